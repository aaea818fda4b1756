import { expect, test } from "vitest";
import { rowIdOf } from "../../src/import/table/rowIds.js";
import { SeenIds } from "../../src/import/table/seenIds.js";

test("ids are known once they were added, and no others", () => {
  const seen = new SeenIds();
  const id = (row: number) => rowIdOf("dataset", { run: null, id: String(row) });
  const rows = Array.from({ length: 20_000 }, (_, row) => row);
  expect(rows.filter((row) => seen.add(id(row)))).toEqual([]);
  expect(rows.filter((row) => !seen.has(id(row)) || !seen.add(id(row)))).toEqual([]);
  expect(rows.filter((row) => seen.has(id(row + 20_000)))).toEqual([]);
  expect(rows.filter((row) => seen.add(id(row + 20_000)))).toEqual([]);
});
