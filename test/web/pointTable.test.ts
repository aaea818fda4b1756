import { describe, expect, test } from "vitest";
import { arrowPoints } from "../../src/export/mapPoints/arrowPoints.js";
import type { PointRow } from "../../src/export/mapPoints/mapPointsTable.js";
import { notClustered, outlier, PointTable } from "../../web/map/pointTable.js";
import { readPoints } from "../../web/map/readPoints.js";
import { batchOf, idOf, tableOf } from "./made.js";

const labels = [-1, 2, -2, 0, 0, -1, 1];
const points = labels.map((label, n) => ({
  ...{ x: n, y: 0 - n, label, step: n, isMedoid: label >= 0 && label !== 0 },
  ...{ network: `network ${n % 2}`, prompt: `prompt ${n % 3}`, model: "model" },
}));

const uuid = (n: number) => idOf(n).slice("Embedding:".length);
const all = (table: PointTable) => {
  const rows: number[] = [];
  table.forEachRow((row) => rows.push(row));
  return rows;
};

describe("the table of a map's points", () => {
  test.each([1, 2, 3, 7])("has outliers and points without a cluster first, in batches of %i", (size) => {
    const table = tableOf(points, size);
    expect([table.below, table.above, table.count]).toEqual([3, 3, 7]);
    expect([...table.labels.subarray(0, 3)].sort()).toEqual([outlier, outlier, notClustered]);
    expect([...table.labels.subarray(3)].sort()).toEqual([0, 0, 1, 2]);
    for (const row of all(table)) {
      const n = table.x[row];
      expect([table.y[row], table.steps[row], table.labels[row], table.embeddingId(row)]).toEqual([
        ...[0 - n, n, labels[n], idOf(n)],
      ]);
      const text = (name: "network" | "prompt" | "model") => table[name].values[table[name].codes[row]];
      expect([text("network"), text("prompt"), text("model")]).toEqual([
        ...[`network ${n % 2}`, `prompt ${n % 3}`, "model"],
      ]);
    }
    expect([table.network, table.prompt, table.model].map(({ values }) => values.length)).toEqual([2, 3, 1]);
    expect(table.extent).toEqual({ left: 0, right: 6, bottom: -6, top: 0 });
  });

  test("keeps the row of a point while others arrive, and knows where there are none yet", () => {
    const table = new PointTable(7);
    table.append(batchOf(points.slice(0, 2)));
    expect(all(table)).toEqual([0, 6]);
    const before = all(table).map((row) => table.embeddingId(row));
    table.append(batchOf(points.slice(2, 4), 2));
    expect([0, 6].map((row) => table.embeddingId(row))).toEqual(before);
    expect(all(table)).toEqual([0, 1, 5, 6]);
  });

  test("finds the rows of embeddings and of medoids", () => {
    const table = tableOf(points, 2);
    const rows = table.rowsOf([idOf(5), idOf(99), idOf(0), idOf(3), idOf(5)]);
    expect(rows.map((row) => row && table.x[row])).toEqual([5, null, 0, 3, 5]);
    expect([...table.medoids].map(([label, row]) => [label, table.x[row]])).toEqual([
      [2, 1],
      [1, 6],
    ]);
  });

  test("refuses more points than the map has, and keeps what it has", () => {
    const table = new PointTable(2);
    expect(() => table.append(batchOf(points))).toThrow(RangeError);
    expect(table.count).toBe(0);
  });
});

describe("the points of a stream", () => {
  const rows: PointRow[] = [
    [uuid(0), 1.5, -2.25, 0, 1, true, '["a","b"]', "prompt", "b", 1],
    [uuid(1), 0.5, 3, -1, 0, false, '["a","b"]', "", "b", 3],
    [uuid(2), 0, 3e9, null, null, false, '["c"]', "another", "c", 70_000],
  ];
  const stream = (clusterCount: number | null, origin: boolean, size: number, given: PointRow[]) =>
    Buffer.concat(
      Array.from({ length: Math.ceil(given.length / size) }, (_, n) =>
        arrowPoints(given.slice(n * size, (n + 1) * size), { clusterCount, origin }, "{}", {
          isFirst: n === 0,
          isLast: (n + 1) * size >= given.length,
        }),
      ),
    );
  async function* chunks(bytes: Uint8Array, size: number) {
    for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
  }

  async function read(bytes: Uint8Array, size = bytes.length): Promise<PointTable> {
    const table = new PointTable(rows.length);
    for await (const batch of readPoints(chunks(bytes, size))) table.append(batch);
    return table;
  }

  const cells = (table: PointTable) =>
    all(table)
      .map((row) => [
        ...[table.embeddingId(row), table.x[row], table.y[row], table.labels[row], table.steps[row]],
        ...[table.network, table.prompt, table.model].map(({ values, codes }) => values[codes[row]]),
        table.medoids.get(table.labels[row]) === row,
      ])
      .sort();

  test.each([
    [1, 10],
    [2, 1000],
    [3, 64],
  ])("are those that the server wrote, in parts of %i rows and chunks of %i bytes", async (size, chunk) => {
    for (const clusterCount of [3, 40_000]) {
      expect(cells(await read(stream(clusterCount, true, size, rows), chunk))).toEqual([
        [`Embedding:${uuid(0)}`, 1.5, -2.25, 0, 1, '["a","b"]', "prompt", "b", true],
        [`Embedding:${uuid(1)}`, 0.5, 3, -1, 3, '["a","b"]', "", "b", false],
        [`Embedding:${uuid(2)}`, 0, 3e9, -2, 70_000, '["c"]', "another", "c", false],
      ]);
    }
  });

  test("have no cluster and no origin if these were not requested", async () => {
    const alone = rows.map((row) => row.slice(0, 3) as PointRow);
    const table = await read(stream(null, false, 2, alone));
    expect(cells(table).map((row) => row.slice(3))).toEqual(
      rows.map(() => [notClustered, 0, "", "", "", false]),
    );
  });

  test("that is cut off has fewer points, or is an error", async () => {
    const bytes = stream(3, true, 1, rows);
    for (let length = 0; length < bytes.length - 100; length += 50) {
      const table = await read(bytes.subarray(0, length)).catch(() => null);
      expect(table?.count ?? 0).toBeLessThan(rows.length);
    }
  });
});
