import { rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RunFileError } from "../../src/import/runSource.js";
import { SkippedTally } from "../../src/import/skippedTally.js";
import { importTable } from "../../src/import/table/importTable.js";
import { openTable } from "../../src/import/table/openTable.js";
import type { TableOptions } from "../../src/import/table/tableOptions.js";
import type { TableRow } from "../../src/import/table/tableReader.js";
import { tableSource } from "../../src/import/table/tableSource.js";
import { recordedRows } from "../recordedRows.js";
import { type ImportFolder, openImportFolder } from "./importFolder.js";
import { skippedOf } from "./reportedRows.js";
import { npy, tableWriters, type WrittenRow, withMetadata } from "./tableFiles.js";

type Columns = Omit<TableOptions, "path" | "shownPath" | "dataset">;

let temporary: ImportFolder["temporary"];
let importing: ImportFolder["importing"];
let folder: string;
let file: ImportFolder["file"];
let close: ImportFolder["close"];
let imports = 0;
beforeAll(async () => {
  ({ temporary, importing, folder, file, close } = await openImportFolder());
});
afterAll(() => close());

/** Every file is a version of the same dataset. */
const importFile = (path: string, options: Columns) =>
  importTable(importing, { path, shownPath: path, dataset: "tests", ...options });

/** A name that no other test uses: of an embedding model, or in front of ids. */
const unique = () => `test ${++imports}`;

/** The invocations whose external ids begin with a prefix, by external id, with their vectors of a model. */
async function recorded(prefix: string) {
  const invocations = await temporary.app.database.prisma.invocation.findMany({
    where: { externalId: { startsWith: prefix } },
    orderBy: { externalId: "asc" },
    include: { run: true, embeddings: { include: { embeddingModel: true } } },
  });
  return invocations.map(({ externalId, outputText, metadata, model, sequenceNumber, run, embeddings }) => ({
    externalId,
    outputText,
    metadata: metadata && JSON.parse(metadata),
    model,
    sequenceNumber,
    runId: run.id,
    network: JSON.parse(run.network),
    initialPrompt: run.initialPrompt,
    vectors: embeddings.map(({ vector }) => [...new Float32Array(new Uint8Array(vector).buffer)]),
  }));
}

/** Imports a file that must be refused before anything is recorded, and returns the message. */
async function refused(path: string, options: Columns): Promise<string> {
  const before = await recordedRows(temporary.app);
  const error = await importFile(path, options).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(RunFileError);
  expect(error.message).not.toContain("\n");
  expect(await recordedRows(temporary.app)).toEqual(before);
  return error.message.replaceAll(`${folder}/`, "");
}

const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 });
const vectors = fc.array(float, { minLength: 3, maxLength: 3 }).map(([a, b]) => [a + 0, b + 0, 1]); // JSON has no -0
const texts = fc
  .string({ unit: "binary", minLength: 1, maxLength: 20 })
  .filter((text) => !text.includes("\0") && text.isWellFormed());
const tables = fc.array(
  fc.record({ text: texts, vector: fc.option(vectors, { freq: 5 }), count: fc.maxSafeInteger() }),
  { minLength: 1, maxLength: 20 },
);

test.each(Object.entries(tableWriters))(
  "%s: what is read is what was written",
  async (_, { name, write }) => {
    await fc.assert(
      fc.asyncProperty(tables, async (drawn) => {
        const prefix = `${unique()}-`;
        const rows: WrittenRow[] = drawn.map((row, i) => ({
          id: `${prefix}${String.fromCharCode(97 + i)}`,
          ...row,
        }));
        const path = file(name, write(rows));
        const options = { text: "text", vector: "vector", id: "id", embeddingModel: "Drawn" };
        const withVector = rows.filter(({ vector }) => vector).length;
        const counts = { runs: rows.length, invocations: rows.length, images: 0 };
        const embeddings = withVector > 0 ? { Drawn: withVector } : {};
        const none = { runs: 0, invocations: 0, images: 0, embeddings: {} };
        const report = await importFile(path, options);
        expect(report).toMatchObject({ taken: { ...counts, embeddings }, alreadyThere: none });
        expect(await recorded(prefix)).toEqual(
          rows.map(({ id, text, vector, count }) => ({
            externalId: id,
            outputText: text,
            metadata: { count: /csv|tsv/.test(name) ? String(count) : count },
            model: "unknown",
            sequenceNumber: 0,
            runId: expect.any(String),
            network: ["unknown"],
            initialPrompt: "",
            vectors: vector ? [vector] : [],
          })),
        );
        const again = await importFile(path, options);
        expect(again).toMatchObject({ taken: none, alreadyThere: { ...counts, embeddings } });
      }),
      { numRuns: 6 },
    );
  },
);

test("rows without ids are recognised by their number and content, those with ids by these", async () => {
  const prefix = unique();
  const rows = (second: string) =>
    `id,text\n${prefix}a,${prefix} same\n${prefix}b,${second}\n${prefix}c,${prefix} same\n`;
  const first = file("first.csv", rows(`${prefix} before`));
  const changed = file("changed.csv", rows(`${prefix} after`));
  expect(await importFile(first, { text: "text", id: "id" })).toMatchObject({ taken: { runs: 3 } });
  expect(await importFile(changed, { text: "text", id: "id" })).toEqual({
    taken: { runs: 0, invocations: 0, images: 0, embeddings: {} },
    alreadyThere: { runs: 2, invocations: 2, images: 0, embeddings: {} },
    skipped: [
      {
        what: "row",
        reason: "it differs from the recorded row: text",
        count: 1,
        example: `row 2, id ${prefix}b: is recorded as "${prefix} before". Given: "${prefix} after"`,
      },
    ],
  });
  expect((await recorded(prefix)).map(({ outputText }) => outputText)).toEqual([
    `${prefix} same`,
    `${prefix} before`,
    `${prefix} same`,
  ]);
  expect(await importFile(first, { text: "text" })).toMatchObject({ taken: { runs: 3 } });
  expect(await importFile(first, { text: "text" })).toMatchObject({
    taken: { runs: 0 },
    alreadyThere: { runs: 3 },
  });
  expect(await importFile(changed, { text: "text" })).toMatchObject({
    taken: { runs: 1 },
    alreadyThere: { runs: 2 },
  });
});

test("vectors are added to texts that were imported without", async () => {
  const vector = Array.from({ length: 16 }, (_, i) => i + 1);
  for (const [format, { name, write }] of Object.entries(tableWriters)) {
    const id = unique();
    const path = file(name, write([{ id, text: `text of ${format}`, vector, count: 1 }]));
    expect(await importFile(path, { text: "text", id: "id" })).toMatchObject({
      taken: { runs: 1, embeddings: {} },
      skipped: [{ what: "column", reason: "it holds vectors", count: 1, example: "vector" }],
    });
    const withVectors = { text: "text", id: "id", vector: "vector", embeddingModel: id };
    expect(await importFile(path, withVectors)).toMatchObject({
      taken: { runs: 0, invocations: 0, embeddings: { [id]: 1 } },
      alreadyThere: { runs: 1, invocations: 1 },
      skipped: [],
    });
  }
});

test("rows and vectors that cannot be used are left out by reason, with an example", async () => {
  const model = unique();
  const lines = [
    '{"id":"a","text":"usable","vector":[1,2]}',
    '{"id":"b","text":"NaN","vector":[1,NaN]}',
    "no JSON",
    "[1]",
    '{"id":"c","text":null,"vector":[1,2]}',
    '{"text":"no id","vector":[1,2]}',
    '{"id":"d","text":{"no":"text"},"vector":[1,2]}',
    '{"id":"e","text":"longer","vector":[1,2,3]}',
    '{"id":"f","text":"zeros","vector":[0,0]}',
    '{"id":"g","text":"null","vector":null}',
    '{"id":"h","text":"null inside","vector":[1,null]}',
    '{"id":"i","text":"infinite","vector":[1e39,1]}',
    '{"id":"j","text":"word","vector":"no vector!"}',
    '{"id":"a","text":"usable","vector":[1,2]}',
    '{"id":"a","text":"another","vector":[1,2]}',
    '{"id":"k","text":"missing","vector":"None"}',
    '{"id":"l","text":"not base64","vector":"hello"}',
    '{"id":"m","text":"one","vector":[1,2],"text":"two"}',
  ].map((line) => line.replace(/"id":"/, `"id":"${model}`));
  const report = await importFile(file("bad.jsonl", lines.join("\n")), {
    text: "text",
    vector: "vector",
    id: "id",
    embeddingModel: model,
  });
  expect(report).toEqual({
    taken: { runs: 9, invocations: 9, images: 0, embeddings: { [model]: 1 } },
    alreadyThere: { runs: 1, invocations: 1, images: 0, embeddings: { [model]: 1 } },
    skipped: expect.any(Array),
  });
  expect(
    report.skipped
      .map(({ what, reason, count, example }) => `${count} ${what}: ${reason} (${example})`)
      .sort(),
  ).toEqual(
    [
      `1 row: it is not valid JSON, which has no NaN and no infinity (row 2: Unexpected token 'N', ..."ector":[1,NaN]}" is not valid JSON)`,
      `1 row: it is not valid JSON (row 3: Unexpected token 'o', "no JSON" is not valid JSON)`,
      "1 row: it is not a JSON object (row 4: [1])",
      "1 row: it has no text (row 5, text: null)",
      "1 row: it has two fields of the same name (row 18: text)",
      "1 row: it has no id (row 6, id: null)",
      '1 row: its text is not text, or not UTF-8 (row 7, text: {"no":"text"})',
      `1 row: a row before it in the table has the same id, and another text (row 15, id ${model}a: is recorded as "usable". Given: "another")`,
      "1 embedding: its vector does not have 2 numbers like the others of its embedding model (row 8: 3 numbers)",
      "1 embedding: its vector is all zeros (row 9, vector: [0, 0])",
      "2 embedding: it has no vector (row 10, vector: null)",
      "1 embedding: its vector has a null among its numbers (row 11, vector: [1, null])",
      "1 embedding: its vector holds a number beyond the range of float32 (row 12, vector: 1e+39 at index 0)",
      "2 embedding: its vector is neither a JSON list nor base64 of float32 numbers (row 13, vector: no vector!)",
    ].sort(),
  );
});

test("what a number cannot hold stays as it is written, in ids and metadata", async () => {
  const path = file(
    "numbers.jsonl",
    [
      '{"id":12345678901234567890,"text":"a","big":-9223372036854775808,"safe":9007199254740991,"float":0.1,"long":0.12345678901234567,"in text":"9223372036854775807","list":[1.0,1e400]}',
      '{"id":1234567890.12345678901,"text":"b"}',
      '{"id":1234567890.12345678902,"text":"c"}',
    ].join("\n"),
  );
  const { taken } = await importFile(path, { text: "text", id: "id" });
  expect(taken.invocations).toBe(3);
  const [first, second, third] = await recorded("123456789");
  expect([first, second, third].map(({ externalId }) => externalId)).toEqual([
    "1234567890.12345678901",
    "1234567890.12345678902",
    "12345678901234567890",
  ]);
  expect(third.metadata).toEqual({
    big: "-9223372036854775808",
    safe: 9007199254740991,
    float: 0.1,
    long: "0.12345678901234567",
    "in text": "9223372036854775807",
    list: [1, "1e400"],
  });
});

test.each<[string, (id: string) => string | Buffer, string]>([
  ["table.csv", (id) => `id,text,vector\n${id},a,"[1,-1e300]"\n`, "-1e+300 at index 1"],
  ["large.csv", (id) => `id,text,vector\n${id},a,"[1,2,1E400]"\n`, "1E400 at index 2"],
  ["long.csv", (id) => `id,text,vector\n${id},a,"[${"9".repeat(400)}]"\n`, `${"9".repeat(39)}… at index 0`],
  ["table.jsonl", (id) => `{"id":"${id}","text":"a","vector":[3.5e38]}`, "3.5e+38 at index 0"],
  [
    "doubles.parquet",
    (id) =>
      tableWriters["Parquet, lists of double"].write([{ id, text: "a", vector: [1, -1e300], count: 0 }]),
    "-1e+300 at index 1",
  ],
])("a number of a vector beyond the range of float32 is named: %s", async (name, content, example) => {
  const id = unique();
  const options = { text: "text", id: "id", vector: "vector", embeddingModel: id };
  const { skipped } = await importFile(file(name, content(id)), options);
  expect(skippedOf({ skipped })).toEqual([
    `1 embedding: its vector holds a number beyond the range of float32 (row 1, vector: ${example})`,
  ]);
});

test("values of Parquet become metadata: times in ISO 8601 with all digits, bytes not at all", async () => {
  const id = unique();
  const path = file(
    "types.parquet",
    new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: "id", data: [id] },
          { name: "text", data: ["typed"] },
          { name: "micros", data: [1_000_001n] },
          { name: "nanos", data: [-1n] },
          { name: "day", data: [new Date("2026-01-02")] },
          { name: "large", data: [2n ** 62n] },
          { name: "bytes", data: [new Uint8Array([0, 255])] },
          { name: "json", data: [{ a: [1, null] }] },
          { name: "nothing", data: [null] },
          { name: "notANumber", data: [Number.NaN] },
          { name: "endless", data: [Number.NEGATIVE_INFINITY] },
        ],
        schema: [
          { name: "root", num_children: 11 },
          { name: "id", type: "BYTE_ARRAY", converted_type: "UTF8" },
          { name: "text", type: "BYTE_ARRAY", converted_type: "UTF8" },
          { name: "micros", type: "INT64", converted_type: "TIMESTAMP_MICROS" },
          {
            name: "nanos",
            type: "INT64",
            logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "NANOS" },
          },
          { name: "day", type: "INT32", converted_type: "DATE" },
          { name: "large", type: "INT64" },
          { name: "bytes", type: "BYTE_ARRAY" },
          { name: "json", type: "BYTE_ARRAY", converted_type: "JSON" },
          { name: "nothing", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
          { name: "notANumber", type: "DOUBLE" },
          { name: "endless", type: "FLOAT" },
        ],
      }),
    ),
  );
  const { skipped } = await importFile(path, { text: "text", id: "id" });
  expect(skipped).toEqual([{ what: "column", reason: "it holds bytes", count: 1, example: "bytes" }]);
  const [{ metadata }] = await recorded(id);
  expect(metadata).toEqual({
    micros: "1970-01-01T00:00:01.000001Z",
    nanos: "1969-12-31T23:59:59.999999999Z",
    day: "2026-01-02",
    large: "4611686018427387904",
    json: { a: [1, null] },
    notANumber: "NaN",
    endless: "-Infinity",
  });
});

test("decimals of Parquet stay exact, in ids and metadata; within lists they are left out", async () => {
  const ids = [12_345_678_901_234_567_890_123n, 12_345_678_901_234_567_890_124n];
  const bytes = (value: bigint, count = 16) =>
    Buffer.from(
      BigInt.asUintN(8 * count, value)
        .toString(16)
        .padStart(2 * count, "0"),
      "hex",
    );
  // What Arrow calls decimal128 and decimal256.
  const long = [12_345_678_901_234_567_890_123_456_789n, -(10n ** 30n)];
  const columns: [string, SchemaElement, unknown[]][] = [
    ["id", { name: "id", type: "FIXED_LEN_BYTE_ARRAY", type_length: 16 }, ids.map(bytes)],
    ["text", { name: "text", type: "BYTE_ARRAY", converted_type: "UTF8" }, ["a", "b"]],
    ["price", { name: "price", type: "INT32", scale: 2 }, [1250, -5]],
    ["small", { name: "small", type: "INT64", scale: 10 }, [-1n, 10_000_000_000n]],
    [
      "long",
      { name: "long", type: "FIXED_LEN_BYTE_ARRAY", type_length: 16, scale: 10 },
      long.map((value) => bytes(value)),
    ],
    [
      "longer",
      { name: "longer", type: "FIXED_LEN_BYTE_ARRAY", type_length: 32, scale: 10 },
      long.map((value) => bytes(value, 32)),
    ],
    ["whole", { name: "whole", type: "BYTE_ARRAY" }, [Buffer.from([0xff, 0x38]), Buffer.from([0x7f])]],
  ];
  const schema: SchemaElement[] = [
    { name: "root", num_children: columns.length + 1 },
    ...columns.map(([, element]) => element),
    { name: "list", converted_type: "LIST", repetition_type: "OPTIONAL", num_children: 1 },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type: "INT64", repetition_type: "OPTIONAL" },
  ];
  const columnData = columns.map(([name, , data]) => ({ name, data }) as { name: string; data: unknown[] });
  columnData.push({ name: "list", data: [[1n], [2n]] });
  const written = Buffer.from(parquetWriteBuffer({ columnData, schema, rowGroupSize: 1, statistics: false }));
  const path = file(
    "decimals.parquet",
    withMetadata(written, (metadata) => {
      for (const element of metadata.schema) {
        if (["root", "text", "list"].includes(element.name)) continue;
        element.converted_type = "DECIMAL";
        element.precision = 38;
      }
    }),
  );
  const { skipped } = await importFile(path, { text: "text", id: "id" });
  expect(skipped).toEqual([
    {
      ...{ what: "column", reason: "the decimals within its values would be rounded", count: 1 },
      example: "list",
    },
  ]);
  expect(
    (await recorded("1234567890123456789012")).map(({ externalId, metadata }) => [externalId, metadata]),
  ).toEqual([
    [
      String(ids[0]),
      {
        price: 12.5,
        small: -1e-10,
        long: "1234567890123456789.0123456789",
        longer: "1234567890123456789.0123456789",
        whole: -200,
      },
    ],
    [
      String(ids[1]),
      {
        price: -0.05,
        small: 1,
        long: "-100000000000000000000",
        longer: "-100000000000000000000",
        whole: 127,
      },
    ],
  ]);
});

test("lists of 64-bit integers are vectors", async () => {
  const id = unique();
  const schema: SchemaElement[] = [
    { name: "root", num_children: 3 },
    { name: "id", type: "BYTE_ARRAY", converted_type: "UTF8" },
    { name: "text", type: "BYTE_ARRAY", converted_type: "UTF8" },
    { name: "counts", converted_type: "LIST", repetition_type: "OPTIONAL", num_children: 1 },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type: "INT64", converted_type: "INT_64", repetition_type: "OPTIONAL" },
  ];
  const columnData = [
    { name: "id", data: [`${id} 1`, `${id} 2`] },
    { name: "text", data: ["a", "b"] },
    {
      name: "counts",
      data: [
        [1n, -2n, 3n],
        [4n, null, 6n],
      ],
    },
  ];
  const path = file("counts.parquet", new Uint8Array(parquetWriteBuffer({ columnData, schema })));
  const { skipped } = await importFile(path, {
    text: "text",
    id: "id",
    vector: "counts",
    embeddingModel: id,
  });
  expect(skipped).toEqual([
    expect.objectContaining({
      what: "embedding",
      reason: "its vector has a null among its numbers",
      count: 1,
    }),
  ]);
  expect((await recorded(id)).map(({ vectors }) => vectors)).toEqual([[[1, -2, 3]], []]);
});

test("a row with too much metadata is recorded without it", async () => {
  const id = unique();
  const path = file("wide.csv", `id,text,wide\n${id},text,${"x".repeat(20_000)}\n`);
  const { skipped } = await importFile(path, { text: "text", id: "id" });
  expect(skipped).toEqual([
    {
      what: "metadata",
      reason:
        "the other columns of the row cannot be its metadata: metadata must take at most 16000 bytes as JSON",
      count: 1,
      example: "row 1: 20011 bytes",
    },
  ]);
  expect(await recorded(id)).toMatchObject([{ outputText: "text", metadata: null }]);
});

test("texts beside the text that are not UTF-8, or nested too deeply, are reported", async () => {
  const id = unique();
  const columnData = [
    { name: "id", data: [`${id} 1`, `${id} 2`] },
    { name: "text", data: ["a", "b"] },
    { name: "note", data: [Buffer.from("ok"), Buffer.from("caf\xe9", "latin1")] },
  ];
  const schema: SchemaElement[] = [
    { name: "root", num_children: 3 },
    { name: "id", type: "BYTE_ARRAY", converted_type: "UTF8" },
    { name: "text", type: "BYTE_ARRAY", converted_type: "UTF8" },
    { name: "note", type: "BYTE_ARRAY" },
  ];
  const written = Buffer.from(parquetWriteBuffer({ columnData, schema, statistics: false }));
  const path = file(
    "notes.parquet",
    withMetadata(written, (metadata) => {
      for (const element of metadata.schema) if (element.name === "note") element.converted_type = "UTF8";
    }),
  );
  const { skipped } = await importFile(path, { text: "text", id: "id" });
  expect(skipped).toEqual([
    {
      ...{ what: "metadata", count: 1, example: "row 2: the bytes 63 61 66 e9" },
      reason: "the other columns of the row at note cannot be its metadata: it is not UTF-8",
    },
  ]);
  const deep = `{"id":"${id} 3","text":"deep","m":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
  const options = { text: "text", id: "id", vector: "m", embeddingModel: id };
  for (const given of [{ text: "text", id: "id" }, options]) {
    const other = `{"id":"${id} 4 ${Object.keys(given).length}","text":"flat","m":[0.5,2]}`;
    const report = await importFile(file("deep.jsonl", `${deep}\n${other}\n`), given);
    expect(report.skipped).toMatchObject([{ what: expect.stringMatching(/metadata|embedding/), count: 1 }]);
  }
});

test("long numbers within the vectors of JSON lines are numbers", async () => {
  const id = unique();
  const rows = `{"id":"${id}","text":"a","vector":[9007199254740993,0.5]}\n{"id":"${id} 2","text":"b","vector":[1e400,2]}\n`;
  const options = { text: "text", id: "id", vector: "vector", embeddingModel: id };
  const { skipped } = await importFile(file("long.jsonl", rows), options);
  expect(skipped).toMatchObject([
    {
      reason: "its vector holds a number beyond the range of float32",
      example: "row 2, vector: 1e400 at index 0",
    },
  ]);
  expect((await recorded(id)).map(({ vectors }) => vectors)).toEqual([[[9007199254740992, 0.5]], []]);
});

test("of the prompts of a run the first row's is recorded, and others are reported", async () => {
  const run = unique();
  const rows = ["P", "other", "", "P", "third"].map((prompt, step) => `${run},${step},text,${prompt}`);
  const path = file("prompts.csv", ["run,step,text,prompt", ...rows, ""].join("\n"));
  const { skipped } = await importFile(path, { text: "text", run: "run", step: "step", prompt: "prompt" });
  expect(skipped).toEqual([
    {
      ...{ what: "prompt", reason: "it differs from that of its run's first row", count: 2 },
      example: `row 2, run: ${run}, step: 1`,
    },
  ]);
});

test("rows in any order are the steps of the runs that a column names", async () => {
  const prefix = unique();
  const row = (run: string, step: number, model = "writer") =>
    `${prefix}${run}${step},${run} ${step},${prefix}${run},${step},${model},prompt of ${run},"[${step + 1},1]"`;
  const rows = [
    row("b", 2),
    row("a", 10, "reader"),
    row("a", 0),
    row("b", 0),
    row("a", 3),
    row("a", 10),
    row("b", -1),
  ];
  const path = file("runs.csv", ["id,text,run,step,model,prompt,vector", ...rows, ""].join("\n"));
  const options = {
    text: "text",
    id: "id",
    run: "run",
    step: "step",
    model: "model",
    prompt: "prompt",
    vector: "vector",
    embeddingModel: prefix,
  };
  const counts = { runs: 2, invocations: 5, images: 0, embeddings: { [prefix]: 5 } };
  const none = { runs: 0, invocations: 0, images: 0, embeddings: {} };
  const skipped = [
    {
      what: "row",
      reason: expect.stringMatching(/./),
      count: 1,
      example: expect.stringMatching(/^row [67], /),
    },
  ];
  const report = await importFile(path, options);
  expect(report).toMatchObject({ taken: counts, alreadyThere: none, skipped: [skipped[0], skipped[0]] });
  expect(report.skipped.map(({ reason, example }) => `${reason}: ${example}`).sort()).toEqual([
    `another row has the same run and step: row 6, run: ${prefix}a, step: 10`,
    "its step is not a whole number from 0 to 2147483647: row 7, step: -1",
  ]);
  const stored = await recorded(prefix);
  expect(
    stored.map(({ outputText, sequenceNumber, network, initialPrompt, vectors }) => [
      outputText,
      sequenceNumber,
      network.join(),
      initialPrompt,
      vectors[0][0],
    ]),
  ).toEqual([
    ["a 0", 0, "writer,reader", "prompt of a", 1],
    ["a 10", 10, "writer,reader", "prompt of a", 11],
    ["a 3", 3, "writer,reader", "prompt of a", 4],
    ["b 0", 0, "writer", "prompt of b", 1],
    ["b 2", 2, "writer", "prompt of b", 3],
  ]);
  const runs = await temporary.app.database.prisma.run.findMany({
    where: { id: { in: stored.map(({ runId }) => runId) } },
  });
  expect(runs.map(({ metadata }) => JSON.parse(metadata!)).sort((a, b) => (a.run < b.run ? -1 : 1))).toEqual([
    { dataset: "tests", run: `${prefix}a` },
    { dataset: "tests", run: `${prefix}b` },
  ]);
  expect(await importFile(path, options)).toMatchObject({ taken: none, alreadyThere: counts });
});

test("without a column of steps, the order of the rows decides; a run is longer than one piece", async () => {
  const run = unique();
  const rows = Array.from({ length: 600 }, (_, i) => `text ${i},${run}`);
  const path = file("long.csv", ["text,run", ...rows, ""].join("\n"));
  expect(await importFile(path, { text: "text", run: "run" })).toMatchObject({
    taken: { runs: 1, invocations: 600 },
    skipped: [],
  });
  const { prisma } = temporary.app.database;
  const last = await prisma.invocation.findFirstOrThrow({
    where: { outputText: "text 599", sequenceNumber: 599 },
    include: { run: { include: { _count: { select: { invocations: true } } } } },
  });
  expect(last.run._count.invocations).toBe(600);
  expect(await importFile(path, { text: "text", run: "run" })).toMatchObject({
    taken: { runs: 0, invocations: 0 },
    alreadyThere: { runs: 1, invocations: 600 },
  });
});

const numbers = [1, 2, 3, 4, 5, 6];
const float16 = Buffer.from(Uint16Array.from([0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600]).buffer);
const float32 = Buffer.from(Float32Array.from(numbers).buffer);
const float64 = Buffer.from(Float64Array.from(numbers).buffer);

test.each([
  ["v1.npy", npy(float32, "<f4", [3, 2]), undefined],
  ["v2.npy", npy(float64, "<f8", [3, 2], { version: 2 }), 2],
  ["v3.npy", npy(float16, "<f2", [3, 2], { version: 3 }), undefined],
  ["raw.f32", float32, 2],
  ["raw.f16", float16, 2],
] as const)("a file of vectors: %s", async (name, content, dimensions) => {
  const prefix = unique();
  const table = file("texts.csv", `id,text\n${prefix}a,a\n${prefix}b,\n${prefix}c,c\n`);
  const report = await importFile(table, {
    text: "text",
    id: "id",
    vectors: file(name, content),
    dimensions,
    embeddingModel: prefix,
  });
  expect(report).toMatchObject({ taken: { runs: 2, embeddings: { [prefix]: 2 } } });
  expect((await recorded(prefix)).map(({ vectors }) => vectors)).toEqual([[[1, 2]], [[5, 6]]]);
});

test("a number beyond the range of float32 in a file of vectors is named, unlike infinity", async () => {
  const prefix = unique();
  const table = file("texts.csv", `id,text\n${prefix}a,a\n${prefix}b,b\n${prefix}c,c\n`);
  const doubles = Buffer.from(Float64Array.of(1, 1e300, Number.POSITIVE_INFINITY, 1, 3, 4).buffer);
  const vectors = file("beyond.npy", npy(doubles, "<f8", [3, 2]));
  const report = await importFile(table, { text: "text", id: "id", vectors, embeddingModel: prefix });
  expect(skippedOf(report)).toEqual([
    "1 embedding: its vector holds a number beyond the range of float32 (row 1: 1e+300 at index 1)",
    "1 embedding: its vector holds infinity (row 2)",
  ]);
});

test.each([
  ["objects.npy", npy(float32, "|O", [3, 2]), undefined, /object array.* np\.stack/],
  [
    "fortran.npy",
    npy(float32, "<f4", [3, 2], { fortranOrder: true }),
    undefined,
    /Fortran order.* np\.ascontiguousarray/,
  ],
  ["big-endian.npy", npy(float32, ">f4", [3, 2]), undefined, /type >f4/],
  ["flat.npy", npy(float32, "<f4", [6]), undefined, /has 1 dimension instead of 2/],
  ["cut.npy", npy(float32.subarray(0, 20), "<f4", [3, 2]), undefined, /is cut off/],
  ["header.npy", npy(float32, "<f4", [3, 2]).subarray(0, 40), undefined, /header is cut off/],
  ["longer.npy", npy(float32, "<f4", [2, 2]), undefined, /longer than its header says/],
  ["fewer.npy", npy(float32.subarray(0, 16), "<f4", [2, 2]), undefined, /has 2 vectors, but .* more rows/],
  ["more.npy", npy(float32, "<f4", [6, 1]), undefined, /has 6 vectors, but .* 3 rows/],
  ["other.npy", npy(float32, "<f4", [3, 2]), 3, /vectors of 2 numbers, not of --dimensions 3/],
  ["raw.f32", float32, undefined, /add --dimensions/],
  ["uneven.f32", float32, 4, /not whole float32 vectors of 4 numbers/],
  ["vectors.txt", float32, 2, /must be a \.npy file/],
  ["empty.npy", "", 2, /is empty/],
] as const)("a file of vectors that is refused: %s", async (name, content, dimensions, message) => {
  const table = file("texts.csv", "text\na\nb\nc\n");
  const vectors = file(name, content);
  expect(await refused(table, { text: "text", vectors, dimensions, embeddingModel: "Refused" })).toMatch(
    message,
  );
});

const parquetFile = () =>
  Buffer.from(parquetWriteBuffer({ columnData: [{ name: "text", data: ["a", "b"], type: "STRING" }] }));

/** A file whose row group would take 1 GB in memory, by what the file says. */
const largeRowGroup = () =>
  withMetadata(parquetFile(), ({ row_groups: [{ columns }] }) => {
    for (const { meta_data } of columns) meta_data!.total_uncompressed_size = 2n ** 30n;
  });

/** A file with a column of decimals that have 9 digits, by what the file says. */
const decimalsOfScale = (scale: number) => {
  const columnData = [
    { name: "text", data: ["a", "b"], type: "STRING" as const },
    { name: "price", data: [1, 12], type: "INT32" as const },
  ];
  return withMetadata(Buffer.from(parquetWriteBuffer({ columnData, statistics: false })), ({ schema }) => {
    Object.assign(schema[2], { converted_type: "DECIMAL", precision: 9, scale });
  });
};

const damagedFooter = (bytes: Buffer) => bytes.fill(0xff, bytes.length - 80, bytes.length - 8);

const utf32 = (text: string) =>
  Buffer.from(Uint32Array.from(text, (character) => character.codePointAt(0)!).buffer);

const refusedTables: [string, string, () => string | Buffer, RegExp][] = [
  ["an empty file", "empty.csv", () => "", /^empty\.csv is empty\.$/],
  ["a header alone", "header.csv", () => "text,id\n", /^header\.csv has no rows\.$/],
  ["a missing column", "other.csv", () => "a,b\n1,2\n", /has no column "text"\. It has: a, b\.$/],
  ["two columns of one name", "two.csv", () => "text,x,text\n1,2,3\n", /two columns named "text"/],
  ["UTF-16 with a mark", "marked.csv", () => Buffer.from("\ufefftext\na\n", "utf16le"), /UTF-16.*iconv/],
  ["UTF-16 without", "unmarked.csv", () => Buffer.from("text\nabc\n", "utf16le"), /iconv -f UTF-16LE/],
  ["UTF-16, big-endian", "be.csv", () => Buffer.from("text\nabc\n", "utf16le").swap16(), /iconv -f UTF-16BE/],
  ["UTF-32 with a mark", "mark32.csv", () => utf32("\ufefftext\na\n"), /but UTF-32\. .*iconv -f UTF-32 /],
  ["UTF-32 without", "utf32.csv", () => utf32("text\na\n"), /iconv -f UTF-32LE/],
  ["UTF-32, big-endian", "be32.csv", () => utf32("text\na\n").swap32(), /iconv -f UTF-32BE/],
  [
    "Latin-1",
    "latin.csv",
    () => Buffer.from("text\ntea\ncaf\xe9\n", "latin1"),
    /^latin\.csv is not UTF-8: .* in line 3\./,
  ],
  ["Latin-1 in JSON lines", "latin.jsonl", () => Buffer.from('{"text":"\xe9"}\n', "latin1"), /line 1/],
  [
    "an open quote",
    "quote.csv",
    () => `\ufefftext,id\r\n"a\r\nb",1\r\n\r\n${'"c",2\r\n'.repeat(3)}"d,3\r\n${"e,4\r\n".repeat(9)}`,
    /^quote\.csv is not valid CSV: the quote that opens in line 8 is not closed\.$/,
  ],
  [
    "a cut gzip file",
    "cut.csv.gz",
    () => gzipSync("text\nabc\n".repeat(999)).subarray(0, 40),
    /cannot be read: unexpected end/,
  ],
  ["Parquet in gzip", "packed.parquet", () => gzipSync(parquetFile()), /Decompress it first/],
  ["cut Parquet", "cut.parquet", () => parquetFile().subarray(0, 80), /cut off/],
  [
    "Parquet with an encrypted footer",
    "closed.parquet",
    () => Buffer.from(`PARE${"x".repeat(20)}PARE`),
    /encrypted/,
  ],
  [
    "Parquet with a damaged footer",
    "damaged.parquet",
    () => damagedFooter(parquetFile()),
    /cannot be read as Parquet/,
  ],
  ...[-1, 10, 80_000].map((scale): [string, string, () => Buffer, RegExp] => [
    `Parquet with decimals of 9 digits and the scale ${scale}`,
    "scale.parquet",
    () => decimalsOfScale(scale),
    new RegExp(`damaged \\(column price has decimals of 9 digits, of which ${scale} are after the point\\)`),
  ]),
  [
    "Parquet with a large row group",
    "large.parquet",
    largeRowGroup,
    /number 1 has 2 rows with 1,024 MB besides vectors.*row_group_size=1\)\.$/,
  ],
  [
    "a value over several lines",
    "pretty.json",
    () => '{\n"text": "a"\n}\n',
    /spread over several lines.*jq -c/,
  ],
  ["a JSON list", "list.json", () => '[{"text":"a"}]', /JSON lines/],
  ["bytes", "bytes.csv", () => Buffer.from([1, 2, 0, 3, 4, 5, 6, 7]), /zero bytes/],
  ["a SQLite database", "runs.db", () => `SQLite format 3\0${"x".repeat(100)}`, /SQLite database/],
];

test.each(refusedTables)("a table that is refused: %s", async (_, name, content, message) => {
  expect(await refused(file(name, content()), { text: "text" })).toMatch(message);
});

test("a page of vectors that is too large is refused, by what its header says", async () => {
  const rows = [{ id: "a", text: "a text", vector: [1, 2], count: 1 }];
  const written = tableWriters["Parquet, lists of float"].write(rows);
  const end = written.length - written.readUInt32LE(written.length - 8) - 8;
  // In Thrift's compact protocol: the type of a data page, 512 MB uncompressed, and 4 bytes compressed.
  const header = Buffer.from([0x15, 0x00, 0x15, 0x80, 0x80, 0x80, 0x80, 0x04, 0x15, 0x08, 0x00]);
  const large = withMetadata(
    Buffer.concat([written.subarray(0, end), header, written.subarray(end)]),
    ({ row_groups: [{ columns }] }) => {
      const { meta_data } = columns.find((column) => column.meta_data?.path_in_schema[0] === "vector")!;
      Object.assign(meta_data!, { data_page_offset: BigInt(end), total_uncompressed_size: 2n ** 29n });
    },
  );
  expect(
    await refused(file("page.parquet", large), { text: "text", vector: "vector", embeddingModel: "x" }),
  ).toMatch(
    /the first one of row group 1, of 1 rows, has 512 MB of column vector, .* at most 256 MB .*ROW_GROUP_SIZE 1\)\.$/,
  );
});

test("a column of JSON lines that begins after any number of rows is found, and judged by its first value", async () => {
  const id = unique();
  const rows = (vectors: object) =>
    [...Array(1200).keys()]
      .map((n) => JSON.stringify({ id: `${id} ${n}`, text: `${n}`, ...(n >= 1100 && vectors) }))
      .join("\n");
  const path = file("late.jsonl", rows({ v: Array(16).fill(1), other: [0.5, 2] }));
  const texts = await importFile(path, { text: "text", id: "id" });
  expect(texts.taken.runs).toBe(1200);
  expect(skippedOf(texts)).toEqual(["2 column: it holds vectors (v)"]);
  for (const vector of ["v", "other"]) {
    const embedded = await importFile(path, {
      text: "text",
      id: "id",
      vector,
      embeddingModel: `${id} ${vector}`,
    });
    expect(embedded).toMatchObject({ taken: { runs: 0, embeddings: { [`${id} ${vector}`]: 100 } } });
  }
  expect(await refused(path, { text: "text", id: "id", vector: "w" })).toBe(
    'late.jsonl has no column "w". It has: id, text.',
  );
});

test("short vectors with fractions in a column that is not named do not become metadata, unlike whole numbers", async () => {
  const id = unique();
  const columns = ["csv", "jsonl"].map((ending) => {
    const rows = [1, 2].map((n) => ({
      id: `${id} ${ending} ${n}`,
      text: "a",
      first: [n, 0.5],
      second: [0.25, n],
      box: [n, 2],
    }));
    const csv = [
      "id,text,first,second,box",
      ...rows.map((row) =>
        Object.values(row)
          .map((each) => `"${typeof each === "string" ? each : JSON.stringify(each)}"`)
          .join(","),
      ),
    ];
    return file(
      `short.${ending}`,
      ending === "csv" ? csv.join("\n") : rows.map((row) => JSON.stringify(row)).join("\n"),
    );
  });
  for (const path of columns) {
    for (const [vector, runs] of [
      ["first", 2],
      ["second", 0],
    ] as const) {
      const report = await importFile(path, {
        text: "text",
        id: "id",
        vector,
        embeddingModel: `${id} ${vector}`,
      });
      expect(report).toMatchObject({ taken: { runs, embeddings: { [`${id} ${vector}`]: 2 } } });
      expect(skippedOf(report)).toEqual([
        `1 column: it holds vectors (${vector === "first" ? "second" : "first"})`,
      ]);
    }
  }
  const [inCsv, , inJson] = await recorded(id);
  expect([inCsv.metadata, inJson.metadata]).toEqual([{ box: "[1,2]" }, { box: [1, 2] }]);
});

test("a directory, a missing file and vectors of another length than the model's are refused", async () => {
  expect(await refused(folder, { text: "text" })).toMatch(/is a directory/);
  expect(await refused(join(folder, "missing.csv"), { text: "text" })).toBe("missing.csv does not exist.");
  const model = unique();
  const options = { text: "text", vector: "vector", embeddingModel: model };
  await importFile(file("two.csv", 'text,vector\na,"[1,2]"\n'), options);
  expect(await refused(file("three.csv", 'text,vector\na,"[1,2,3]"\n'), options)).toBe(
    `three.csv has vectors of 3 numbers, but those that are recorded of the embedding model "${model}" have 2. Give another name with --embedding-model.`,
  );
});

test("a file that is compressed in another way than its name says is read, or its message says what to do", async () => {
  const id = unique();
  const rows = (n: number) => `id,text\n${id} ${n},text\n`;
  const options = { text: "text", id: "id" };
  expect((await importFile(file("plain.csv.gz", rows(1)), options)).taken.runs).toBe(1);
  expect((await importFile(file("packed.csv", gzipSync(rows(2))), options)).taken.runs).toBe(1);
  expect(
    (await importFile(file("packed.jsonl", gzipSync(`{"text":"${id}"}`)), { text: "text" })).taken.runs,
  ).toBe(1);
  const parquet = Buffer.from(
    parquetWriteBuffer({ columnData: [{ name: "text", data: [`${id} in Parquet`] }] }),
  );
  expect((await importFile(file("plain.parquet.gz", parquet), { text: "text" })).taken.runs).toBe(1);
  for (const [name, content, message] of [
    [
      "twice.csv.gz",
      gzipSync(gzipSync(rows(3))),
      /what is in it is compressed by gzip once more: decompress it\.$/,
    ],
    [
      "zstd.csv",
      Buffer.from("28b52ffd0458", "hex"),
      /is compressed in another way than by gzip: decompress it\.$/,
    ],
    ["lz4.csv.gz", Buffer.from("04224d186040", "hex"), /is compressed in another way than by gzip/],
    ["packed.parquet", gzipSync(parquet), /is Parquet that is compressed by gzip.* Decompress it first\.$/],
    ["cut.csv", gzipSync(rows(3)).subarray(0, 12), /cannot be read: unexpected end of file\.$/],
  ] as const) {
    expect(await refused(file(name, content), options)).toMatch(message);
  }
  const vectors = npy(new Uint8Array(Float32Array.of(1, 2).buffer), "<f4", [1, 2]);
  for (const name of ["packed.npy", "packed.f32"]) {
    const path = file(name, gzipSync(vectors));
    const given = { ...options, vectors: path, dimensions: 2, embeddingModel: id };
    expect(await refused(file("one.csv", rows(4)), given)).toBe(
      `${name} is compressed by gzip, which vectors must not be. Decompress it first.`,
    );
  }
});

test.each([
  ["backslashes before quotes", "escaped.csv", 'text,id\n"he said \\"hi, you\\"",ID\n', 'he said "hi, you"'],
  [
    "doubled quotes beside backslashes",
    "doubled.csv",
    'text,id\n"{""a"": ""b\\""c""}",ID\n',
    '{"a": "b\\"c"}',
  ],
  ["vertical bars", "bars.csv", "text|id\na, b|ID\n", "a, b"],
  ["commas in a file named .tsv", "commas.tsv", "text,id\na,ID\n", "a"],
  ["a delimiter in a quoted name", "named.csv", '"a,b,c";text;id\n1;x;ID\n', "x"],
])("CSV with %s is read", async (_, name, content, text) => {
  const id = unique();
  expect(
    (await importFile(file(name, content.replace("ID", id)), { text: "text", id: "id" })).taken.runs,
  ).toBe(1);
  expect(await recorded(id)).toMatchObject([{ outputText: text }]);
});

describe("CSV whose quotes are escaped in another way than in its first 64 kB", () => {
  const plain = Array.from({ length: 40 }, (_, i) => `${`plain text ${i} `.repeat(150)},p${i}\n`).join("");
  const start = { doubled: `"a ""b"" c",first\n${plain}`, escaped: `"a \\"b\\" c",first\n${plain}`, plain };
  const byBackslash = (text: string) => `"${text.replaceAll('"', '\\"')}"`;
  const byDoubling = (text: string) => `"${text.replaceAll('"', '""')}"`;
  /** The rows after the start by their ids, and why others were left out. */
  async function rowsAfter(before: string, rows: string): Promise<[TableRow[], string[]]> {
    const path = file("escapes.csv", `text,id\n${before}${rows}`);
    const { close, rows: all } = await openTable(path, path, []);
    const read: TableRow[] = [];
    for await (const row of all()) if (row.number > 40) read.push(row);
    await close();
    const usable = read.filter(({ fault }) => fault === null);
    return [
      usable,
      read.flatMap(({ fault, faultExample }) => (fault === null ? [] : [`${fault} ${faultExample}`])),
    ];
  }

  test.each([
    ["doubled", byBackslash, 'he said "hi"', /escaped by a backslash .* "he said \\"hi\\""$/],
    ["plain", byBackslash, 'he said "hi, you"', /escaped by a backslash .* "he said \\"hi$/],
    ["plain", byBackslash, 'he said hi", and left', /escaped by a backslash .* and left"$/],
    ["escaped", byDoubling, 'he said "hi"', /has doubled quotes .* "he said ""hi"""$/],
  ] as const)(
    "after a start that is %s, its row is left out with the reason",
    async (kind, write, text, reason) => {
      const [usable, faults] = await rowsAfter(start[kind], `before,1\n${write(text)},2\nafter,3\n`);
      expect(faults).toEqual([expect.stringMatching(reason)]);
      expect(usable.slice(-2).map(({ cells }) => ({ ...cells }))).toEqual([
        { text: "before", id: "1" },
        { text: "after", id: "3" },
      ]);
    },
  );

  test("quotes that are not closed for that reason are named", async () => {
    const path = file("unclosed.csv", `text,id\n${plain}"he said hi\\"",1\n`);
    await expect(importFile(path, { text: "text" })).rejects.toThrow(
      /the quote that opens in line 42 is not closed; it has a quote with a backslash in front/,
    );
  });

  const quoted = fc
    .array(fc.constantFrom('"', "a", ",", " ", "\n", "é", "\\", "x1"), { maxLength: 8 })
    .map((parts) => parts.join(""));
  const texts = fc.array(quoted, { minLength: 1, maxLength: 6 });

  test("no text is misread in silence, and in the file's own way all are read", async () => {
    await fc.assert(
      fc.asyncProperty(texts, async (all) => {
        const lines = (write: (text: string) => string) =>
          all.map((text, i) => `${write(text)},${i}\n`).join("");
        const [own, faults] = await rowsAfter(start.doubled, lines(byDoubling));
        expect(faults).toEqual([]);
        expect(own.slice(-all.length).map(({ cells }) => cells.text ?? "")).toEqual(all);

        const escaped = all.map((text) => text.replaceAll("\\", "/"));
        const [usable, reported] = await rowsAfter(
          start.plain,
          escaped.map((text, i) => `${byBackslash(text)},${i}\n`).join(""),
        ).catch((error: unknown) => {
          expect(error).toBeInstanceOf(RunFileError);
          return [[] as TableRow[], []];
        });
        // Between the parts of a text with line breaks, a line may look like a row.
        const mayLookLikeRows = reported.length > 0 && escaped.some((text) => text.includes("\n"));
        if (!mayLookLikeRows) for (const { cells } of usable) expect(escaped).toContain(cells.text ?? "");
      }),
      { numRuns: 40 },
    );
  });
});

test("fields are read by the header's delimiter; rows with other numbers of fields are left out", async () => {
  const id = unique();
  const path = file(
    "ragged.csv",
    `\ufefftext;id;note\n"a;\n""b""";${id};an "x"\nshort;${id}\nlong;${id};x;y\n`,
  );
  expect(await importFile(path, { text: "text", id: "id" })).toMatchObject({
    taken: { runs: 1 },
    skipped: [
      {
        what: "row",
        reason: "its number of fields differs from the number of columns in the header",
        count: 2,
        example: `row 2: 2 instead of 3: [short, ${id}]`,
      },
    ],
  });
  expect(await recorded(id)).toMatchObject([{ outputText: 'a;\n"b"', metadata: { note: 'an "x"' } }]);
});

test.each([
  ["CSV", "once.csv", 'text,vector\nfirst,"[1,2]"\n,"[3,4]"\nthird,x\n'],
  [
    "JSON lines",
    "once.jsonl",
    '{"text":"first","vector":[1,2]}\n{"vector":[3,4]}\n{"text":"third","vector":"x"}\n',
  ],
])("%s that was surveyed is not read again: its rows are in a temporary file", async (_, name, content) => {
  const path = file(name, content);
  const options = {
    path,
    shownPath: path,
    dataset: "once",
    text: "text",
    vector: "vector",
    embeddingModel: "once",
  };
  const source = await tableSource(options);
  try {
    expect(await source.survey(new SkippedTally(), { report() {} })).toBe(3);
    rmSync(path);
    const read: unknown[] = [];
    const runs = source.runs();
    let next = await runs.next();
    for (; !next.done; next = await runs.next()) {
      const run = next.value;
      for (const piece of run.pieces()) {
        for (const { outputText, embeddings } of piece.complete(new Map())) {
          read.push([outputText, embeddings.map(({ vector }) => [...vector])]);
        }
      }
      read.push(
        ...[run.leftOutBefore, run.skipped].flatMap((tally) => tally.entries()).map(({ reason }) => reason),
      );
    }
    expect(read).toEqual([["first", [[1, 2]]], ["third", []], "it has no text", "its vector is empty"]);
  } finally {
    await source.close();
  }
});

test("an import that is stopped is continued", async () => {
  const prefix = unique();
  const rows = Array.from({ length: 5000 }, (_, i) => `${prefix}${i},text ${i}`);
  const path = file("stopped.csv", ["id,text", ...rows, ""].join("\n"));
  const stop = new AbortController();
  const options = { path, shownPath: path, dataset: "tests", text: "text", id: "id" };
  const stopped = importTable(temporary.app, options, {
    signal: stop.signal,
    onProgress: (progress) => {
      if ((progress as number) > 0.1) stop.abort(); // the survey is over
    },
  });
  await expect(stopped.catch((error) => error === stop.signal.reason)).resolves.toBe(true);
  const report = await importTable(temporary.app, options);
  expect(report.taken.runs + report.alreadyThere.runs).toBe(5000);
  expect(report.taken.runs).toBeGreaterThan(0);
  expect(
    await temporary.app.database.prisma.invocation.count({ where: { externalId: { startsWith: prefix } } }),
  ).toBe(5000);
});
