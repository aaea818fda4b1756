import fc from "fast-check";
import { parquetMetadata } from "hyparquet";
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import { LevelReader } from "../../src/import/table/parquetLevels.js";
import { listsOf } from "../../src/import/table/parquetLists.js";
import { partsOfColumn } from "../../src/import/table/parquetPages.js";

const lists = Array.from({ length: 300 }, (_, row) =>
  row % 50 === 7
    ? null
    : Array.from({ length: 128 }, (_, i) => (row === 100 && i === 3 ? null : row + i / 128)),
);
// All rows in one page, as DuckDB writes them.
const buffer = parquetWriteBuffer({
  schema: [
    { name: "root", num_children: 1 },
    { name: "vector", converted_type: "LIST", repetition_type: "OPTIONAL", num_children: 1 },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type: "FLOAT", repetition_type: "OPTIONAL" },
  ],
  columnData: [{ name: "vector", data: lists, encoding: "PLAIN" }],
  pageSize: 2 ** 30,
});
const metadata = parquetMetadata(buffer);
const [group] = metadata.row_groups;
const file = {
  byteLength: buffer.byteLength,
  slice: async (start: number, end?: number) => buffer.slice(start, end),
};

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const item of items) read.push(item);
  return read;
}

test("of a page that has all rows, numbers and levels are decoded in parts", async () => {
  const parts = await all(partsOfColumn(file, metadata, group, "vector", {}).parts);
  const valueCount = 294 * 128 + 6; // each list that is null is a value
  expect(parts.map((part) => part.valueCount)).toEqual([16_384, 16_384, valueCount - 2 * 16_384]);
  for (const { repetitionLevels } of parts) expect(repetitionLevels).toBeInstanceOf(Uint8Array);
  expect(parts.map(({ repetitionLevels }) => repetitionLevels.length)).toEqual(
    parts.map((part) => part.valueCount),
  );
  // The last part has nothing but numbers.
  expect(parts.map(({ definitionLevels }) => definitionLevels.length)).toEqual([16_384, 16_384, 0]);
  expect(parts.reduce((sum, { values }) => sum + values.length, 0)).toBe(294 * 128 - 1);
});

test("levels in parts are those that hyparquet decodes at once", () => {
  const run = fc.record({ isPacked: fc.boolean(), groups: fc.integer({ min: 1, max: 5 }), seed: fc.nat() });
  const runs = fc.array(run, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      runs,
      fc.integer({ min: 1, max: 20 }),
      (width, given, part) => {
        const bytes: number[] = [];
        let count = 0;
        for (const { isPacked, groups, seed } of given) {
          bytes.push(isPacked ? (groups << 1) | 1 : groups << 1);
          const length = isPacked ? groups * width : 1;
          // A repeated level has no more bits than its width.
          for (let i = 0; i < length; i++) bytes.push((seed * (i + 7)) & (isPacked ? 255 : (1 << width) - 1));
          count += isPacked ? groups * 8 : groups;
        }
        const view = new DataView(Uint8Array.from(bytes).buffer);
        const atOnce = new Uint8Array(count);
        readRleBitPackedHybrid({ view, offset: 0 }, width, atOnce, bytes.length);
        const reader = new LevelReader({ view, offset: 0 }, width);
        const read: number[] = [];
        while (read.length < count) read.push(...reader.next(Math.min(part, count - read.length)));
        expect(read).toEqual([...atOnce]);
        expect(() => reader.next(1)).toThrow(RangeError);
      },
    ),
  );
});

test("its lists are those that were written", async () => {
  const read = await all(listsOf(file, metadata, group, "vector", {}));
  expect(read.map((list) => list && [...list])).toEqual(lists);
});

test("a large page is not unpacked by WebAssembly, whose memory is never given back", async () => {
  const rows = Array.from({ length: 65 }, (_, row) => new Array<number>(65_536).fill(row));
  const large = parquetWriteBuffer({
    schema: [
      { name: "root", num_children: 1 },
      { name: "vector", converted_type: "LIST", repetition_type: "REQUIRED", num_children: 1 },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
    ],
    columnData: [{ name: "vector", data: rows, encoding: "PLAIN" }],
    codec: "SNAPPY",
    statistics: false,
    pageSize: 2 ** 30,
  });
  const described = parquetMetadata(large);
  expect(described.row_groups[0].columns[0].meta_data!.codec).toBe("SNAPPY");
  const read: (number | undefined)[] = [];
  const source = {
    byteLength: large.byteLength,
    slice: async (start: number, end?: number) => large.slice(start, end),
  };
  const refusing = {
    SNAPPY: () => {
      throw new Error("unpacked by WebAssembly");
    },
  };
  for await (const list of listsOf(source, described, described.row_groups[0], "vector", refusing)) {
    read.push(list?.length, list?.[0] ?? undefined, list?.at(-1) ?? undefined);
  }
  expect(read).toEqual(rows.flatMap((_, row) => [65_536, row, row]));
});
