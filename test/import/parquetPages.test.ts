import { type DecodedArray, parquetMetadata } from "hyparquet";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { getSchemaPath } from "hyparquet/src/schema.js";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import { listsOf } from "../../src/import/table/parquetLists.js";
import { listPages } from "../../src/import/table/parquetPages.js";

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

test("of a page that has all rows, numbers are decoded in parts, and levels take a byte each", async () => {
  const chunk = group.columns[0].meta_data!;
  const schemaPath = getSchemaPath(metadata.schema, chunk.path_in_schema);
  const start = Number(chunk.data_page_offset);
  const decoder = {
    ...chunk,
    pathInSchema: chunk.path_in_schema,
    schemaPath,
    element: schemaPath[schemaPath.length - 1].element,
    parsers: DEFAULT_PARSERS,
  };
  let count = 0;
  for await (const page of listPages(file, start, start + Number(chunk.total_compressed_size), decoder)) {
    count++;
    const { valueCount, repetitionLevels, definitionLevels } = page;
    expect(repetitionLevels).toBeInstanceOf(Uint8Array);
    expect(definitionLevels).toBeInstanceOf(Uint8Array);
    expect([repetitionLevels.length, definitionLevels.length]).toEqual([valueCount, valueCount]);
    const parts: DecodedArray[] = [];
    for (let part = page.moreNumbers(); part.length > 0; part = page.moreNumbers()) parts.push(part);
    expect(parts.map(({ length }) => length)).toEqual([16_384, 16_384, 294 * 128 - 1 - 2 * 16_384]);
  }
  expect(count).toBe(1);
});

test("its lists are those that were written", async () => {
  const read = await all(listsOf(file, metadata, group, "vector", {}));
  expect(read.map((list) => list && [...list])).toEqual(lists);
});
