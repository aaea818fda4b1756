import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { v7 as uuid } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { importRunLines } from "../../src/import/runLines/importRunLines.js";
import { RunFileError } from "../../src/import/runSource.js";
import { recordedRows } from "../recordedRows.js";
import { openTemporaryApp, type TemporaryApp } from "../temporaryApp.js";

let folder: string;
let temporary: TemporaryApp;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "medoid-lines-"));
  temporary = await openTemporaryApp();
});
afterAll(async () => {
  await temporary.close();
  rmSync(folder, { recursive: true });
});

const rows = () => recordedRows(temporary.app);
const importFile = (path: string) => importRunLines(temporary.app, path);
function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const run = (fields: object = {}) => ({
  id: uuid(),
  network: ["Viewer"],
  initialPrompt: "a prompt – with “Unicode”",
  seed: "9007199254740993",
  invocations: [0, 1].map((sequenceNumber) => ({
    sequenceNumber,
    model: "Viewer",
    type: "TEXT",
    outputText: `text ${sequenceNumber}`,
    startedAt: "2026-01-01T00:00:00Z",
    embeddings: [{ embeddingModel: "Lines", vector: { floats: [1, sequenceNumber] } }],
  })),
  ...fields,
});
const lines = (...runs: object[]) => runs.map((line) => `${JSON.stringify(line)}\n`).join("");
const counts = (runs: number) => ({
  runs,
  invocations: 2 * runs,
  images: 0,
  embeddings: runs === 0 ? {} : { Lines: 2 * runs },
});
const report = (taken: number, alreadyThere = 0) => ({
  taken: counts(taken),
  alreadyThere: counts(alreadyThere),
  skipped: [],
});

/** Imports a file of which only the given number of runs is taken, and returns what is left out of it. */
async function leftOut(path: string, taken: number) {
  const before = await rows();
  const imported = await importFile(path);
  expect(imported.taken).toEqual(counts(taken));
  const after = await rows();
  expect(after.runs - before.runs).toBe(taken);
  expect(after.invocations - before.invocations).toBe(2 * taken);
  return imported.skipped;
}

test("records a run per line, more than fit into one batch; a second import adds nothing", async () => {
  const before = await rows();
  const path = file("many.jsonl", lines(...Array.from({ length: 450 }, () => run())));
  const progress: number[] = [];
  const onProgress = (value: number) => progress.push(value);
  expect(await importRunLines(temporary.app, path, { onProgress })).toEqual(report(450));
  expect(progress.at(-1)).toBe(1);
  expect((await rows()).runs).toBe(before.runs + 450);
  expect(await importFile(path)).toEqual(report(0, 450));
  expect((await rows()).runs).toBe(before.runs + 450);
});

test("takes metadata and external ids", async () => {
  const given = run({ metadata: { b: [1], a: "é" } });
  given.invocations.forEach((invocation, row) => {
    Object.assign(invocation, { externalId: `row ${row}`, metadata: { row } });
  });
  await importFile(file("metadata.jsonl", lines(given)));
  const stored = await temporary.app.database.prisma.run.findUniqueOrThrow({
    where: { id: given.id },
    include: { invocations: { orderBy: { sequenceNumber: "asc" } } },
  });
  expect(stored.metadata).toBe('{"a":"é","b":[1]}');
  expect(stored.invocations.map(({ externalId, metadata }) => [externalId, metadata])).toEqual([
    ["row 0", '{"row":0}'],
    ["row 1", '{"row":1}'],
  ]);
});

test.each([
  ["metadata", "metadata must be an object."],
  ["seed", "seed must be a whole number"],
])("leaves out a %s that is nested too deep to be quoted", async (field, message) => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  const line = JSON.stringify(run({ [field]: "deep" })).replace('"deep"', deep);
  const [{ example }] = await leftOut(file("deep.jsonl", `${line}\n`), 0);
  expect(example).toContain(`line 1: ${message}`);
});

test("reads compressed files, lines that end in CRLF, empty lines, and a last line without an end", async () => {
  const given = run();
  const text = `${JSON.stringify(given)}\r\n\n  \n${JSON.stringify(run())}`;
  expect(await importFile(file("mixed.jsonl.gz", gzipSync(text)))).toEqual(report(2));
  const stored = await temporary.app.database.prisma.run.findUniqueOrThrow({ where: { id: given.id } });
  expect(stored).toMatchObject({ initialPrompt: given.initialPrompt, seed: 9007199254740993n });
});

test("recognises gzip by the file's first bytes, whatever its name", async () => {
  for (const name of ["RUNS.JSONL.GZ", "no extension", "runs.jsonl"]) {
    expect(await importFile(file(name, gzipSync(lines(run()))))).toMatchObject({ taken: counts(1) });
  }
  expect(await importFile(file("unpacked.jsonl.gz", lines(run())))).toMatchObject({ taken: counts(1) });
});

test("a run may grow from line to line, in any spelling of its id", async () => {
  const given = run();
  const first = { ...given, invocations: given.invocations.slice(0, 1) };
  const spellings = [given.id.toUpperCase(), `Run:${given.id}`, `Run:${given.id.toUpperCase()}`];
  const path = file("spellings.jsonl", lines(first, ...spellings.map((id) => ({ ...given, id }))));
  const alreadyThere = { runs: 3, invocations: 5, images: 0, embeddings: { Lines: 5 } };
  expect(await importFile(path)).toEqual({ ...report(1), alreadyThere });
});

test("a run may grow from line to line", async () => {
  const given = run();
  const path = file("grown.jsonl", lines({ ...given, invocations: given.invocations.slice(0, 1) }, given));
  const alreadyThere = { runs: 1, invocations: 1, images: 0, embeddings: { Lines: 1 } };
  expect(await importFile(path)).toEqual({ ...report(1), alreadyThere });
});

test("leaves a bad line out as a whole, counts it by its reason, and goes on", async () => {
  const wrong = [0, 1].map((at) => {
    const zeros = run();
    zeros.invocations[at].embeddings[0].vector.floats = [0, 0];
    return zeros;
  });
  const path = file("wrong.jsonl", `${lines(run(), run(), wrong[1], run(), wrong[0])}{\n${lines(run())}7`);
  expect(await leftOut(path, 4)).toEqual([
    {
      what: "run",
      reason: "invocations.embeddings.vector must not be all zeros",
      count: 2,
      example:
        'line 3: invocations.1.embeddings.0.vector must not be all zeros: it has no direction. Given: {"floats":[0,0]}',
    },
    { what: "run", reason: "it is not valid JSON", count: 1, example: expect.stringMatching(/^line 6: /) },
    {
      what: "run",
      reason: "must be an object",
      count: 1,
      example: "line 8: must be an object. Given: 7 (and 4 more)",
    },
  ]);
});

test.each([
  [
    '"vector":{"floats":[1e400, 1]}',
    "invocations.embeddings.vector.floats is a number beyond the range of float32",
    "invocations.0.embeddings.0.vector.floats.0 is a number beyond the range of float32. Given: 1e400",
  ],
  [
    '"vector":{"floats":[ 0.1234567890123456789, 3.5e+0038 ]}',
    "invocations.embeddings.vector.floats is a number beyond the range of float32",
    "invocations.0.embeddings.0.vector.floats.1 is a number beyond the range of float32. Given: 3.5e+0038",
  ],
  [
    '"vector":{ "floats":[0.00, "]}\\"" ] }',
    "invocations.embeddings.vector.floats must be a list of numbers",
    'invocations.0.embeddings.0.vector.floats must be a list of numbers. Given: [0.00, "]}\\"" ]',
  ],
])("quotes what a line has as it is written: %s", async (vector, reason, example) => {
  const line = lines({ ...run(), invocations: run().invocations.slice(0, 1) });
  const path = file(
    "written.jsonl",
    line.replace(/"vector":\{[^}]*\}/, () => vector),
  );
  expect(await leftOut(path, 0)).toEqual([{ what: "run", reason, count: 1, example: `line 1: ${example}` }]);
});

test("leaves out only the bad ones among more lines than fit into one batch", async () => {
  const given = Array.from({ length: 450 }, (_, n) => (n % 3 === 0 ? { ...run(), network: [] } : run()));
  expect(await leftOut(file("third.jsonl", lines(...given)), 300)).toEqual([
    {
      what: "run",
      reason: "network must name at least one model",
      count: 150,
      example: "line 1: network must name at least one model. Given: []",
    },
  ]);
});

test("records no more invocations together than one recording may have, however many its lines hold", async () => {
  const many = run({ invocations: Array(20_000).fill(null) });
  const tooMany = run({ invocations: Array(20_001).fill(null) });
  expect(await leftOut(file("long.jsonl", lines(run(), many, tooMany)), 1)).toMatchObject([
    { reason: "invocations must be an object", count: 1 },
    { reason: "invocations are too many", count: 1 },
  ]);
  const half = () => {
    const { invocations, ...rest } = run();
    const [first] = invocations;
    const numbered = Array.from({ length: 11_000 }, (_, sequenceNumber) => ({
      ...first,
      embeddings: [],
      sequenceNumber,
    }));
    return { ...rest, invocations: numbered };
  };
  expect((await importFile(file("halves.jsonl", lines(half(), half())))).taken).toMatchObject({
    runs: 2,
    invocations: 22_000,
  });
});

test("leaves out lines that differ from what is recorded, and records the others of their batch", async () => {
  const given = run();
  const stored = run();
  await importFile(file("stored.jsonl", lines(stored)));
  const changed = structuredClone(stored);
  changed.invocations[1].outputText = "changed";
  const [first, second] = run().invocations;
  const id = uuid();
  const taken = run({ invocations: [{ ...first, id }, second] });
  const takenId = run({ invocations: [{ ...first, id }] });
  const longer = run();
  longer.invocations[1].embeddings[0].vector.floats.push(1);
  const path = file(
    "differs.jsonl",
    lines(given, changed, taken, takenId, { ...given, initialPrompt: "another" }, longer, run()),
  );
  expect(await leftOut(path, 3)).toEqual([
    {
      what: "run",
      reason: "it differs from the recorded run: outputText",
      count: 1,
      example: 'line 2: invocations.1.outputText is recorded as "text 1". Given: "changed"',
    },
    {
      what: "run",
      reason: "an invocation has the id of one of another run",
      count: 1,
      example: expect.stringMatching(/^line 4: invocations\.0\.id is the id of an invocation of another run/),
    },
    {
      what: "run",
      reason: "it differs from the recorded run: initialPrompt",
      count: 1,
      example: expect.stringMatching(/^line 5: initialPrompt is recorded as .* Given: "another"$/),
    },
    {
      what: "run",
      reason: "a vector does not have 2 numbers like the others of its embedding model",
      count: 1,
      example: expect.stringMatching(/^line 6: invocations\.1\.embeddings\.0\.vector has 3 dimensions/),
    },
  ]);
});

test.each([
  [
    "a field twice",
    lines(run()).replace('"network":', '"seed":"1",$&'),
    "it has two fields of the same name",
  ],
  ["no JSON", "{\n", "it is not valid JSON"],
  ["a value that is not an object", "7\n", "must be an object"],
  ["an unknown field", lines({ ...run(), prompt: "x" }), "a field is unknown here"],
  [
    "metadata that nests too deep",
    lines(run({ metadata: { a: JSON.parse("[".repeat(30) + "]".repeat(30)) } })),
    "metadata",
  ],
  ["a missing field", lines({ ...run(), network: undefined }), "network must be a list"],
  ["a seed that JSON has rounded", '{"seed": 9007199254740993}', "id must be the id of a Run"],
])("a line with %s", async (_, second, reason) => {
  const [left, ...others] = await leftOut(file("line.jsonl", lines(run()) + second), 1);
  expect(others).toEqual([]);
  expect(left.reason).toContain(reason);
  expect(left.example).toMatch(/^line 2: ./);
});

test.each([
  ["a byte of Latin-1", [0xe9]],
  ["a surrogate as bytes", [0xed, 0xa0, 0x80]],
  ["an overlong slash", [0xc0, 0xaf]],
  ["beyond Unicode", [0xf4, 0x90, 0x80, 0x80]],
  ["a character that is cut off", [0xe2, 0x82]],
])("a line that is not UTF-8, compressed or not: %s", async (_, bytes) => {
  const [before, after] = JSON.stringify(run({ initialPrompt: "|" })).split("|");
  const content = Buffer.concat([
    Buffer.from(lines(run()) + before),
    Buffer.from(bytes),
    Buffer.from(`${after}\n${lines(run())}`),
  ]);
  for (const written of [content, gzipSync(content)]) {
    const taken = written === content ? 2 : 0; // the second time they are there already
    expect(await leftOut(file("bytes.jsonl", written), taken)).toEqual([
      { what: "run", reason: "it is not UTF-8", count: 1, example: "line 2" },
    ]);
  }
});

test("a file that cannot be read", async () => {
  const cut = gzipSync(lines(run(), run())).subarray(0, 100);
  const damaged = gzipSync(lines(run())).fill(0xff, 10, 30);
  const long = gzipSync(lines(...Array.from({ length: 450 }, () => run())));
  for (const [path, message] of [
    [join(folder, "missing.jsonl"), /does not exist/],
    [folder, /is not a file/],
    [file("damaged.jsonl.gz", damaged), /cannot be read: /],
    [file("cut.jsonl.gz", cut), /cannot be read: unexpected end of file/],
    [file("long.jsonl.gz", long.subarray(0, -8)), /cannot be read: unexpected end of file/],
    [file("empty.jsonl", ""), /is empty\.$/],
  ] as const) {
    const before = await rows();
    const error = await importFile(path).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(RunFileError);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("\n");
    expect(await rows()).toEqual(before);
  }
});

test("stops when it is aborted, after complete batches", async () => {
  const before = await rows();
  const path = file("stopped.jsonl", lines(...Array.from({ length: 450 }, () => run())));
  const stop = new AbortController();
  const stopped = importRunLines(temporary.app, path, {
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await expect(stopped.catch((error) => error === stop.signal.reason)).resolves.toBe(true);
  expect((await rows()).runs).toBe(before.runs + 200);
  expect(await importFile(path)).toEqual(report(250, 200));
});
