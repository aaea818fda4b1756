import { parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import type { RowSelection, StoredValue } from "../../src/database/rowSelection.js";
import { sqliteDialect } from "../../src/database/sqlite/sqliteDialect.js";
import { encodedPiece, type Piece } from "../../src/export/encodedPiece.js";
import type { ExportedFile } from "../../src/export/exportedFile.js";
import { parquet } from "../../src/export/formats/parquet.js";
import { columnsOf } from "../../src/export/tables.js";

const id = "0198c1b2-0000-7000-8005-000000000000";

/** A table of clusters whose texts have these lengths, as a database would return its pages. */
function clustersOf(rows: number, textLength: (label: number) => number) {
  const limits: number[] = [];
  const selectRows = async ({ parameters }: RowSelection): Promise<StoredValue[][]> => {
    const after = parameters.length === 3 ? (parameters[1] as number) : -1;
    const limit = parameters.at(-1) as number;
    limits.push(limit);
    const count = Math.max(0, Math.min(limit, rows - 1 - after));
    return Array.from({ length: count }, (_, i) => {
      const label = after + 1 + i;
      return [label, 5, 0.5, 0.25, id, id, id, "x".repeat(textLength(label))];
    });
  };
  return { selectRows, limits };
}

async function piecesOf(
  { selectRows }: ReturnType<typeof clustersOf>,
  format: ExportedFile["format"] = "JSONL",
  offset = 0,
): Promise<Piece[]> {
  const pieces: Piece[] = [];
  const request = { clusteringResultId: id, table: "CLUSTERS", format, vectors: false, offset } as const;
  let at = offset;
  for (let after: Piece["next"] | undefined; after !== null; after = pieces.at(-1)!.next) {
    pieces.push(
      await encodedPiece({ ...request, after: after ?? null, offset: at }, sqliteDialect, selectRows),
    );
    at += pieces.at(-1)!.bytes.length;
  }
  return pieces;
}

const labels = (pieces: Piece[]) =>
  Buffer.concat(pieces.map(({ bytes }) => bytes))
    .toString()
    .match(/(?<="label":)\d+/g)
    ?.map(Number);

test.each([0, 1, 255, 256, 257, 40_000])(
  "%i rows are in the pieces once each, in their order",
  async (rows) => {
    const pieces = await piecesOf(clustersOf(rows, () => 10));
    expect(labels(pieces) ?? []).toEqual(Array.from({ length: rows }, (_, label) => label));
    expect(pieces.reduce((sum, { count }) => sum + count, 0)).toBe(rows);
    expect(Math.max(...pieces.map(({ count }) => count))).toBeLessThanOrEqual(16_384);
  },
);

test("a statement reads few rows if they are long, and a piece is full after a number of bytes", async () => {
  const short = clustersOf(20_000, () => 10);
  await piecesOf(short);
  expect(Math.max(...short.limits)).toBe(4096);
  const long = clustersOf(1_000, () => 40_000);
  const pieces = await piecesOf(long);
  expect(Math.max(...long.limits)).toBe(256);
  expect(labels(pieces)).toEqual(Array.from({ length: 1_000 }, (_, label) => label));
  // 8 MB, and at most what one statement reads before anything is known about the length.
  for (const { bytes } of pieces) expect(bytes.length).toBeLessThan(8 * 2 ** 20 + 257 * 40_300);
  expect(pieces.length).toBeGreaterThan(1);
});

test("the row groups of a Parquet file are where its footer says, however many there are", async () => {
  const frame = parquet.frame(columnsOf({ table: "CLUSTERS", vectors: false }), "{}");
  const pieces = await piecesOf(
    clustersOf(70_000, () => 10),
    "PARQUET",
    frame.start.length,
  );
  expect(pieces).toHaveLength(5);
  for (const piece of pieces) frame.add(structuredClone(piece)); // as it comes from the thread
  const file = Buffer.concat([frame.start, ...pieces.map(({ bytes }) => bytes), frame.end()]);
  const rows = await parquetReadObjects({
    file: new Uint8Array(file).buffer,
    columns: ["label", "medoid_text"],
  });
  expect(rows).toEqual(
    Array.from({ length: 70_000 }, (_, label) => ({ label, medoid_text: "x".repeat(10) })),
  );
});

test("a Parquet file without rows can be read", async () => {
  const frame = parquet.frame(columnsOf({ table: "CLUSTERS", vectors: true }), "{}");
  const file = Buffer.concat([frame.start, frame.end()]);
  expect(await parquetReadObjects({ file: new Uint8Array(file).buffer })).toEqual([]);
});
