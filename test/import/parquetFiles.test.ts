import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parquetMetadata } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RunFileError } from "../../src/import/runSource.js";
import { importTable } from "../../src/import/table/importTable.js";
import { proposeColumns } from "../../src/import/table/proposal.js";
import type { TableOptions } from "../../src/import/table/tableOptions.js";
import { recordedRows } from "../recordedRows.js";
import { type ImportFolder, openImportFolder } from "./importFolder.js";

/** Files that pyarrow wrote, by parquetFiles/write.py. */
const files = new URL("parquetFiles/", import.meta.url);
const pathOf = (name: string) => new URL(`${name}.parquet`, files).pathname;

let temporary: ImportFolder["temporary"];
let importing: ImportFolder["importing"];
let folder: string;
let close: ImportFolder["close"];
beforeAll(async () => {
  ({ temporary, importing, folder, close } = await openImportFolder());
});
afterAll(() => close());

let datasets = 0;
/** Imports a file as a dataset of its own. */
async function imported(path: string, options: Partial<TableOptions> = {}) {
  const dataset = `dataset ${datasets++}`;
  const model = options.embeddingModel ?? dataset;
  const table = { path, shownPath: path, dataset, text: "text", embeddingModel: model, ...options };
  const report = await importTable(importing, table);
  const embeddings = await temporary.app.database.prisma.embedding.findMany({
    where: { embeddingModel: { name: model } },
    include: { invocation: true },
  });
  const vectors = embeddings
    .map(({ vector, invocation }) => [
      invocation.outputText,
      ...new Float32Array(new Uint8Array(vector).buffer),
    ])
    .sort();
  return { report, vectors };
}

const noVector = { what: "embedding", reason: "it has no vector", count: 1 };

test.each(
  readdirSync(files)
    .filter((name) => /-v[12]\.parquet$/.test(name))
    .map((name) => name.replace(".parquet", "")),
)("compression and version of pages: %s", async (name) => {
  const { report, vectors } = await imported(pathOf(name), { vector: "vector", id: "id" });
  expect(report.taken.runs).toBe(4);
  expect(report.skipped).toMatchObject([noVector]);
  expect(vectors).toEqual([
    ["first", 1, 2],
    ["fourth", 0.25, 8],
    ["zweiter 🚲", 3, -4.5],
  ]);
});

test.each([
  ["fixed_list", -4.5],
  ["large_list", -4.5],
  ["half", -4.5],
  ["bytes", -4.5],
  ["fixed_bytes", -4.5],
  ["integers", -4],
])("vectors in a column of %s", async (vector, number) => {
  const { report, vectors } = await imported(pathOf("vectors"), { vector });
  expect(report.skipped).toContainEqual(expect.objectContaining(noVector));
  expect(vectors).toContainEqual(["first", 1, 2]);
  expect(vectors).toContainEqual(["zweiter 🚲", 3, number]);
});

test("a column of bytes holds vectors if its first values can be nothing else than float32", async () => {
  const rows = 300;
  const random = (row: number, i: number) => Math.sin(1 + row * 37 + i * 101);
  const float32 = (row: number, length: number) =>
    Buffer.from(Float32Array.from({ length }, (_, i) => random(row, i)).buffer);
  const columns: Record<string, (row: number) => Uint8Array | null> = {
    vectors: (row) => (row === 250 ? Buffer.from("no float") : row % 100 === 9 ? null : float32(row, 32)),
    short: (row) => float32(row, 3),
    lengths: (row) => float32(row, 16 + row),
    doubles: (row) => Buffer.from(Float64Array.from({ length: 32 }, (_, i) => random(row, i)).buffer),
    whole: (row) => Buffer.from(Int32Array.from({ length: 32 }, (_, i) => row + i).buffer),
    digits: (row) => Buffer.from(String(1e15 + row).repeat(4)),
    pictures: (row) => Buffer.from(Array.from({ length: 128 }, (_, i) => (random(row, i) * 1e6) & 255)),
  };
  const data = (of: (row: number) => unknown) => Array.from({ length: rows }, (_, row) => of(row));
  const path = join(folder, "bytes.parquet");
  const bytes = parquetWriteBuffer({
    schema: [
      { name: "root", num_children: 1 + Object.keys(columns).length },
      { name: "text", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
      ...Object.keys(columns).map((name) => ({
        ...{ name, type: "BYTE_ARRAY" as const, repetition_type: "OPTIONAL" as const },
      })),
    ],
    columnData: [
      { name: "text", data: data((row) => `text ${row}`) },
      ...Object.entries(columns).map(([name, of]) => ({ name, data: data(of) })),
    ],
    rowGroupSize: 200,
  });
  writeFileSync(path, Buffer.from(bytes));
  const { columns: proposedColumns, roles } = await proposeColumns(path, path, {});
  expect(roles).toEqual({ text: "text", vector: "vectors" });
  expect(proposedColumns[1]).toMatchObject({ name: "vectors", role: "vectors (--vector)" });
  const { report: without } = await imported(path, { embeddingModel: undefined });
  expect(without.skipped).toEqual([
    { what: "column", reason: "it holds bytes", count: 6, example: "short" },
    { what: "column", reason: "it holds vectors", count: 1, example: "vectors" },
  ]);
  const { report, vectors } = await imported(path, { vector: "vectors" });
  expect(report.skipped.filter(({ what }) => what === "embedding")).toEqual([
    { ...noVector, count: 3, example: "row 10, vectors: null" },
    expect.objectContaining({
      reason: "its vector does not have 32 numbers like the others of its embedding model",
    }),
  ]);
  expect(vectors.length).toBe(rows - 4);
  expect(vectors).toContainEqual(["text 299", ...new Float32Array(new Uint8Array(float32(299, 32)).buffer)]);
});

test("values of every type become metadata, and are exact", async () => {
  const { report } = await imported(pathOf("types"), { id: "id" });
  expect(report.taken.runs).toBe(2);
  expect(report.skipped).toEqual([{ what: "column", reason: "it holds bytes", count: 2, example: "binary" }]);
  const { prisma } = temporary.app.database;
  const { metadata } = await prisma.invocation.findFirstOrThrow({ where: { externalId: "full" } });
  expect(JSON.parse(metadata!)).toEqual({
    bool: true,
    ...{ int8: -8, int16: -1600, int32: -32, int64: "-9223372036854775808" },
    ...{ uint8: 255, uint16: 65535, uint32: 4294967295, uint64: "18446744073709551615" },
    ...{
      half: 0.5,
      float: 0.25,
      double: 0.1,
      nan: "NaN",
      small_decimal: 1.5,
      decimal: "-12345678901234567890.123",
    },
    ...{ string: "é", large_string: "ß", dictionary: "one of few" },
    ...{ date: "2026-03-01", time_ms: "12:34:56.789", time_us: "12:34:56.789012" },
    ...{ timestamp_ms: "2026-03-01T12:34:56.789Z", timestamp_us: "2026-03-01T12:34:56.789012Z" },
    timestamp_ns: "2026-03-01T12:34:56.789012Z",
    ...{ list: ["a", null, "b"], lists: [[1, 2], [3]], map: { k: 1 }, struct: { a: 1, b: { c: ["x"] } } },
    uuid: "00000000-0000-0000-0000-000000000007",
  });
  const empty = await prisma.invocation.findFirstOrThrow({ where: { externalId: "empty" } });
  expect(empty.metadata).toBeNull();
  await imported(pathOf("int96"), { id: "id" });
  expect(await prisma.invocation.findFirst({ where: { externalId: "int96" } })).toMatchObject({
    metadata: '{"when":"2026-03-01T12:34:56.789012Z"}',
  });
});

test("decimal ids of any length are exact", async () => {
  const { report } = await imported(pathOf("decimal-ids"), { id: "id" });
  expect(report.taken.runs).toBe(3);
  const ids = [2n ** 100n, 2n ** 100n + 1n, -1n].map(String);
  const { prisma } = temporary.app.database;
  expect(await prisma.invocation.count({ where: { externalId: { in: ids } } })).toBe(3);
});

test.each(["encrypted-footer", "encrypted-column"])("%s is refused", async (name) => {
  const before = await recordedRows(temporary.app);
  const refused = imported(pathOf(name), { vector: "vector" });
  await expect(refused).rejects.toBeInstanceOf(RunFileError);
  await expect(refused).rejects.toThrow(/encrypted.*Decrypt it first\.$/);
  expect(await recordedRows(temporary.app)).toEqual(before);
});

test("a file that is cut off anywhere is refused, and nothing is recorded", async () => {
  const before = await recordedRows(temporary.app);
  const whole = readFileSync(pathOf("zstd-v2"));
  const path = join(folder, "cut.parquet");
  for (let length = 4; length < whole.length; length += 61) {
    writeFileSync(path, whole.subarray(0, length));
    const refused = await imported(path, { vector: "vector" }).catch((error) => error);
    expect([length, refused instanceof RunFileError]).toEqual([length, true]);
    expect(refused.message).not.toContain("\n");
  }
  expect(await recordedRows(temporary.app)).toEqual(before);
});

test("of a file that is damaged further on, every row before the damage is recorded and reported", async () => {
  const texts = Array.from({ length: 3500 }, (_, row) => (row === 1999 ? "" : `text ${row}`));
  const whole = Buffer.from(
    parquetWriteBuffer({
      columnData: [
        { name: "text", data: texts, type: "STRING" },
        { name: "vector", data: texts.map((_, row) => [row, 1]) },
      ],
      rowGroupSize: 1000,
    }),
  );
  const { row_groups } = parquetMetadata(new Uint8Array(whole).buffer);
  const path = join(folder, "damaged.parquet");
  for (const [group, column] of [
    [2, 1],
    [3, 0],
  ]) {
    const start = Number(row_groups[group].columns[column].meta_data!.data_page_offset);
    writeFileSync(path, Buffer.from(whole).fill(0xff, start, start + 30));
    const { report, vectors } = await imported(path, { vector: "vector" });
    expect(report).toMatchObject({
      taken: { runs: 1000 * group - 1 },
      skipped: [{ what: "row", reason: "it has no text", count: 1 }],
    });
    expect(report.unreadable).toContain(`after row ${group},000: it is damaged`);
    expect(vectors).toHaveLength(report.taken.runs);
  }
  const start = Number(row_groups[0].columns[0].meta_data!.data_page_offset);
  writeFileSync(path, Buffer.from(whole).fill(0xff, start, start + 30));
  const before = await recordedRows(temporary.app);
  await expect(imported(path, { vector: "vector" })).rejects.toThrow("it is damaged");
  expect(await recordedRows(temporary.app)).toEqual(before);
});

test("10,000 columns: metadata that fits is taken", async () => {
  const columns = Array.from({ length: 10_000 }, (_, i) => `column ${i}`);
  const row = (text: string, value: (i: number) => string) =>
    [text, ...columns.map((_, i) => value(i))].join();
  const path = join(folder, "wide.csv");
  const lines = [
    ["text", ...columns].join(),
    row("sparse", (i) => (i % 5000 === 7 ? "x" : "")),
    row("dense", String),
  ];
  writeFileSync(path, `${lines.join("\n")}\n`);
  const { report } = await imported(path);
  expect(report.taken.runs).toBe(2);
  expect(report.skipped).toMatchObject([{ what: "metadata", count: 1, example: "row 2: 207781 bytes" }]);
  const { prisma } = temporary.app.database;
  const { metadata } = await prisma.invocation.findFirstOrThrow({ where: { outputText: "sparse" } });
  expect(metadata).toBe('{"column 5007":"x","column 7":"x"}');
});

test.skipIf(process.platform === "win32")("a pipe is refused, with what to do", async () => {
  const path = join(folder, "pipe.csv");
  execFileSync("mkfifo", [path]);
  await expect(imported(path)).rejects.toThrow(
    `${path} is not a file. Give - as the file to read standard input, with a name of the dataset: COMMAND | medoid import - --dataset NAME`,
  );
});
