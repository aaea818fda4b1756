import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { v7 as uuid } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { importRunLines, RunLinesError } from "../../src/import/runLines/importRunLines.js";
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
const counts = (runCount: number) => ({
  runCount,
  invocationCount: 2 * runCount,
  embeddingCount: 2 * runCount,
});

/** Imports a file that must be refused, and returns the error and how many runs were recorded before it. */
async function refused(path: string) {
  const before = await rows();
  const error = await importFile(path).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(RunLinesError);
  expect(error.message).not.toContain("\n");
  return { error: error as RunLinesError, runs: (await rows()).runs - before.runs };
}

test("records a run per line, more than fit into one batch; a second import adds nothing", async () => {
  const before = await rows();
  const path = file("many.jsonl", lines(...Array.from({ length: 450 }, () => run())));
  const progress: number[] = [];
  const report = await importRunLines(temporary.app, path, {
    onProgress: (value) => progress.push(value),
  });
  expect(report).toEqual({ lines: 450, taken: counts(450), alreadyThere: counts(0) });
  expect(progress.at(-1)).toBe(1);
  expect((await rows()).runs).toBe(before.runs + 450);
  expect(await importFile(path)).toEqual({ lines: 450, taken: counts(0), alreadyThere: counts(450) });
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
  ["metadata", "metadata: must be an object."],
  ["seed", "seed: must be a whole number"],
])("refuses a %s that is nested too deep to be quoted", async (field, message) => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  const line = JSON.stringify(run({ [field]: "deep" })).replace('"deep"', deep);
  const { error, runs } = await refused(file("deep.jsonl", `${line}\n`));
  expect(error.message).toContain(`line 1: ${message}`);
  expect(runs).toBe(0);
});

test("reads compressed files, lines that end in CRLF, empty lines, and a last line without an end", async () => {
  const given = run();
  const text = `${JSON.stringify(given)}\r\n\n  \n${JSON.stringify(run())}`;
  expect(await importFile(file("mixed.jsonl.gz", gzipSync(text)))).toMatchObject({
    lines: 2,
    taken: counts(2),
  });
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
  expect(await importFile(path)).toEqual({
    lines: 4,
    taken: counts(1),
    alreadyThere: { runCount: 3, invocationCount: 5, embeddingCount: 5 },
  });
});

test("a run may grow from line to line", async () => {
  const given = run();
  const path = file("grown.jsonl", lines({ ...given, invocations: given.invocations.slice(0, 1) }, given));
  expect(await importFile(path)).toEqual({
    lines: 2,
    taken: counts(1),
    alreadyThere: { runCount: 1, invocationCount: 1, embeddingCount: 1 },
  });
});

test("names the line and the position of the error; the lines before it were recorded", async () => {
  const wrong = run();
  wrong.invocations[1].embeddings[0].vector.floats = [0, 0];
  const { error, runs } = await refused(file("wrong.jsonl", lines(run(), run(), wrong, run())));
  expect(error).toMatchObject({ line: 3 });
  expect(error.message).toMatch(
    /wrong\.jsonl, line 3: invocations\.1\.embeddings\.0\.vector: must not be all zeros/,
  );
  expect(error.issues.map(({ path }) => path)).toEqual([["invocations", "1", "embeddings", "0", "vector"]]);
  expect(runs).toBe(2);
});

test("records no more invocations together than one recording may have, however many its lines hold", async () => {
  const many = run({ invocations: Array(20_000).fill(null) });
  const { error, runs } = await refused(file("long.jsonl", lines(run(), many)));
  expect([error.line, error.issues[0].message, runs]).toEqual([2, "must be an object.", 1]);
  const tooMany = await refused(file("longer.jsonl", lines(run({ invocations: Array(20_001).fill(null) }))));
  expect(tooMany.error.message).toMatch(/line 1: invocations: are too many: .* at most 20000 invocations/);
});

test("names the line that differs from the recorded run", async () => {
  const given = run();
  const path = file("differs.jsonl", lines(given, run(), { ...given, initialPrompt: "another" }));
  const { error, runs } = await refused(path);
  expect(error.message).toMatch(/line 3: initialPrompt: is recorded as .* Given: "another"$/);
  expect(runs).toBe(2);
});

test.each([
  ["no JSON", "{\n", /line 2: it is not valid JSON/],
  ["a value that is not an object", "7\n", /line 2: must be an object/],
  ["an unknown field", lines({ ...run(), prompt: "x" }), /line 2: prompt: is unknown here/],
  ["a missing field", lines({ ...run(), network: undefined }), /line 2: network: must be a list/],
  ["a seed that JSON has rounded", '{"seed": 9007199254740993}', /line 2: .*\(and 4 more\)$/],
])("a line with %s", async (_, second, message) => {
  const { error, runs } = await refused(file("line.jsonl", lines(run()) + second));
  expect(error.message).toMatch(message);
  expect(runs).toBe(1);
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
    const { error, runs } = await refused(file("bytes.jsonl", written));
    expect(error.message).toMatch(/line 2: it is not UTF-8\.$/);
    expect(error.line).toBe(2);
    expect(runs).toBe(written === content ? 1 : 0); // the line before it, which is already recorded in the second pass
  }
});

test("a file that cannot be read", async () => {
  const cut = gzipSync(lines(run(), run())).subarray(0, 100);
  const damaged = gzipSync(lines(run())).fill(0xff, 10, 30);
  for (const [path, message] of [
    [join(folder, "missing.jsonl"), /does not exist/],
    [folder, /is not a file/],
    [file("damaged.jsonl.gz", damaged), /cannot be read: /],
    [file("cut.jsonl.gz", cut), /cannot be read: unexpected end of file/],
  ] as const) {
    const { error, runs } = await refused(path);
    expect(error).toMatchObject({ line: null });
    expect(error.message).toMatch(message);
    expect(runs).toBe(0);
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
  expect(await importFile(path)).toEqual({ lines: 450, taken: counts(250), alreadyThere: counts(200) });
});
