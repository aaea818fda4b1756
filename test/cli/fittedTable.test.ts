import fc from "fast-check";
import { expect, test } from "vitest";
import { fittedTable, type TableColumn } from "../../src/cli/output/fittedTable.js";
import { columnsOf } from "../../src/cli/output/printable.js";

const columns: TableColumn[] = [
  { title: "column", ifWide: "shorten" },
  { title: "seems to be", ifWide: "wrap" },
  { title: "count", align: "right" },
];
const linesOf = (rows: string[][], width: number) => fittedTable(columns, rows, width).trimEnd().split("\n");

test("a table is as wide as its values, and no wider than the terminal", () => {
  expect(linesOf([["id", "metadata", "1"]], 80)).toEqual([
    "┌────────┬─────────────┬───────┐",
    "│ column │ seems to be │ count │",
    "├────────┼─────────────┼───────┤",
    "│ id     │ metadata    │     1 │",
    "└────────┴─────────────┴───────┘",
  ]);
  const word = fc.string({ unit: fc.constantFrom("a", "é", "日", "🚲"), minLength: 1, maxLength: 5 });
  const words = fc.array(word, { minLength: 1, maxLength: 60 }).map((list) => list.join(" "));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(words, words, fc.nat().map(String)), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 60, max: 200 }),
      (rows, width) => {
        const lines = linesOf(rows, width);
        expect(new Set(lines.map(columnsOf)).size).toBe(1);
        expect(columnsOf(lines[0])).toBeLessThanOrEqual(width);
        for (const [, wrapped, count] of rows) {
          expect(lines.some((line) => line.endsWith(` ${count} │`))).toBe(true);
          for (const part of wrapped.split(" ")) expect(lines.join("\n")).toContain(part);
        }
      },
    ),
    { numRuns: 50 },
  );
});
