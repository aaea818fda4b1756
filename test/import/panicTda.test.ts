import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../src/database/openDatabase.js";
import type { ImportReport } from "../../src/import/importReport.js";
import { importPanicTda } from "../../src/import/panicTda/importPanicTda.js";
import { RunFileError } from "../../src/import/runSource.js";
import { recordedRows } from "../recordedRows.js";
import { openTemporaryApp, type TemporaryApp } from "../temporaryApp.js";
import {
  embeddingRow,
  float32,
  medoidId,
  type PanicTdaContent,
  type PanicTdaLayout,
  type PanicTdaRow,
  panicTdaContent,
  panicTdaId,
  webp,
  writePanicTda,
} from "./panicTdaFixture.js";

let folder: string;
const opened: TemporaryApp[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "medoid-upstream-"));
});
afterAll(async () => {
  for (const temporary of opened) await temporary.close();
  rmSync(folder, { recursive: true });
});

async function emptyMedoid() {
  const temporary = await openTemporaryApp();
  opened.push(temporary);
  return temporary.app;
}

let files = 0;
function panicTdaFile(content: PanicTdaContent, layout?: PanicTdaLayout): string {
  const path = join(folder, `upstream ${++files} 100%.sqlite`);
  writePanicTda(path, content, layout).close();
  return path;
}

const skippedOf = ({ skipped }: ImportReport) =>
  skipped.map(({ what, reason, count, example }) => `${count} ${what}: ${reason} (${example})`).sort();
const nothing = { runs: 0, invocations: 0, images: 0, embeddings: {} };

describe("the databases of shared/data", () => {
  const data = new URL("../../../shared/data/", import.meta.url);
  const isThere = existsSync(data);

  test.skipIf(!isThere)("July: everything is usable, and a second import adds nothing", async () => {
    const app = await emptyMedoid();
    const path = new URL("upstream-july.sqlite", data).pathname;
    const all = {
      runs: 24,
      invocations: 1440,
      images: 720,
      embeddings: { MiniLM: 720, "MiniLM-128": 720 },
    };
    expect(await importPanicTda(app, path)).toEqual({ taken: all, alreadyThere: nothing, skipped: [] });
    expect(await recordedRows(app)).toEqual(all);
    expect(await importPanicTda(app, path)).toEqual({ taken: nothing, alreadyThere: all, skipped: [] });
    expect(await recordedRows(app)).toEqual(all);
  });

  test.skipIf(!isThere)(
    "November, with faults: the usable rows, and why the rest is not usable",
    async () => {
      const app = await emptyMedoid();
      const path = new URL("upstream-november-dirty.sqlite", data).pathname;
      const usable = {
        runs: 13,
        invocations: 720,
        images: 0,
        embeddings: { MiniLM: 351, "MiniLM-128": 356 },
      };
      const report = await importPanicTda(app, path);
      expect(report.taken).toEqual(usable);
      expect(await recordedRows(app)).toEqual(usable);
      expect(report.skipped.map(({ what, reason, count }) => `${count} ${what}: ${reason}`).sort()).toEqual([
        "1 embedding: its number of dimensions differs from its embedding model's",
        "1 embedding: its vector holds NaN",
        "1 embedding: its vector holds infinity",
        "1 embedding: its vector is all zeros",
        "1 embedding: its vector is empty",
        "1 embedding: its vector is not a list of float32 numbers",
        "1 embedding: no invocation has its invocation id",
        "1 invocation: no run has its run id",
        "1 run: its network is not a JSON list of 1 to 1000 model names",
        "2 embedding: another embedding has the same invocation and embedding model",
        "2 embedding: its id is not text: it is missing or of another type",
        "7 embedding: it has no vector",
      ]);
      const { prisma } = app.database;
      expect(await prisma.invocation.count({ where: { type: "TEXT", outputText: null } })).toBe(3);
      expect(await prisma.run.count({ where: { invocations: { none: {} } } })).toBe(1);
      const again = await importPanicTda(app, path);
      expect(again).toEqual({ taken: nothing, alreadyThere: usable, skipped: report.skipped });
      expect(await recordedRows(app)).toEqual(usable);
    },
  );
});

describe("layouts", () => {
  const all = { runs: 3, invocations: 12, images: 6, embeddings: { Jina: 6, Nomic: 6 } };
  const layouts: [string, PanicTdaLayout][] = [
    ["unchanged", {}],
    ["with the table cluster", { withCluster: true }],
    ["without indexes", { withoutIndexes: true }],
    ["with numeric ids", { idType: "NUMERIC" }],
    ["in UTF-16, little-endian", { encoding: "UTF-16le" }],
    ["in UTF-16, big-endian", { encoding: "UTF-16be" }],
    ["in UTF-16 without indexes", { encoding: "UTF-16be", withoutIndexes: true }],
    ["written through a write-ahead log", { writeAheadLog: "checkpointed" }],
  ];
  test.each(layouts)("%s", async (_, layout) => {
    const app = await emptyMedoid();
    const path = panicTdaFile(panicTdaContent(3, 4), layout);
    const digest = () => createHash("sha256").update(readFileSync(path)).digest("hex");
    const before = { digest: digest(), names: readdirSync(folder) };
    expect(await importPanicTda(app, path)).toEqual({ taken: all, alreadyThere: nothing, skipped: [] });
    expect(await recordedRows(app)).toEqual(all);
    // Neither the file nor its folder was written to.
    expect(digest()).toBe(before.digest);
    expect(readdirSync(folder).filter((name) => !before.names.includes(name))).toEqual([]);
  });

  const spellings = [
    (id: string) => id,
    (id: string) => id.toUpperCase(),
    (id: string) => medoidId(id),
    (id: string) => medoidId(id).toUpperCase(),
  ];
  const idColumns = ["id", "run_id", "input_invocation_id", "invocation_id"];
  /** Each id, and each reference to it, in a different spelling. */
  function respelled({ runs, invocations, embeddings }: PanicTdaContent, seed: number): PanicTdaContent {
    let next = seed;
    const respell = (rows: PanicTdaRow[]) =>
      rows.map((row) => {
        const ids = idColumns.filter((column) => typeof row[column] === "string");
        return {
          ...row,
          ...Object.fromEntries(
            ids.map((column) => [column, spellings[next++ % spellings.length](row[column] as string)]),
          ),
        };
      });
    return { runs: respell(runs), invocations: respell(invocations), embeddings: respell(embeddings) };
  }

  test.each([
    ["with indexes", {}],
    ["without", { withoutIndexes: true }],
    ["in UTF-16", { encoding: "UTF-16le" as const }],
  ])("ids and references to them in several spellings, %s", async (_, layout) => {
    const app = await emptyMedoid();
    for (let seed = 0; seed < spellings.length; seed++) {
      const path = panicTdaFile(respelled(panicTdaContent(3, 4), seed), layout);
      const report = await importPanicTda(app, path);
      expect(report.skipped).toEqual([]);
      expect(seed === 0 ? report.taken : report.alreadyThere).toEqual(all);
    }
    expect(await recordedRows(app)).toEqual(all);
    expect(await app.database.prisma.invocation.count({ where: { inputInvocationId: null } })).toBe(3);
  });

  test("a row whose id repeats another's in a different spelling is skipped, and no part of the other", async () => {
    const content = panicTdaContent(2, 2);
    const run = medoidId(panicTdaId("a", 0)).toUpperCase();
    const invocation = panicTdaId("b", 1).toUpperCase();
    content.runs.push({ id: run });
    content.invocations.push({ id: invocation, run_id: run, sequence_number: 7, type: "TEXT", model: "m" });
    const app = await emptyMedoid();
    const report = await importPanicTda(app, panicTdaFile(content));
    expect(report.taken).toEqual({ runs: 2, invocations: 4, images: 2, embeddings: { Jina: 2, Nomic: 2 } });
    expect(skippedOf(report)).toEqual([
      `1 invocation: another row has the same id (${invocation})`,
      `1 run: another row has the same id (${run})`,
    ]);
  });

  test("with rows that are only in the write-ahead log, while its writer continues", async () => {
    const app = await emptyMedoid();
    const path = join(folder, "live.sqlite");
    const writer = writePanicTda(path, panicTdaContent(3, 4), { writeAheadLog: "open" });
    expect((await importPanicTda(app, path)).taken).toEqual(all);
    writer.exec("UPDATE run SET seed = seed");
    writer.close();
  });

  test("imported rows keep their ids, links, texts, images, times and vectors", async () => {
    const app = await emptyMedoid();
    await importPanicTda(app, panicTdaFile(panicTdaContent(1, 2)));
    const { prisma } = app.database;
    expect(await prisma.run.findMany()).toMatchObject([
      {
        id: medoidId(panicTdaId("a", 0)),
        network: '["FluxDev","Moondream"]',
        seed: -1n,
        maxLength: 10,
        initialPrompt: "a prompt",
      },
    ]);
    const invocations = await prisma.invocation.findMany({
      orderBy: { sequenceNumber: "asc" },
      include: { outputImage: true, embeddings: { orderBy: { id: "asc" } } },
    });
    const times = {
      startedAt: new Date("2025-07-19T04:40:00.123Z"),
      completedAt: new Date("2025-07-19T04:40:01Z"),
    };
    expect(invocations).toMatchObject([
      {
        ...times,
        id: medoidId(panicTdaId("b", 0)),
        type: "IMAGE",
        model: "FluxDev",
        inputInvocationId: null,
        outputText: null,
        outputImageMediaType: "image/webp",
        embeddings: [],
      },
      {
        ...times,
        id: medoidId(panicTdaId("b", 1)),
        type: "TEXT",
        inputInvocationId: medoidId(panicTdaId("b", 0)),
        outputText: "text 1",
        seed: 7n,
        outputImageMediaType: null,
        embeddings: [{ id: medoidId(panicTdaId("d", 2)) }, { id: medoidId(panicTdaId("d", 3)) }],
      },
    ]);
    expect(Buffer.from(invocations[0].outputImage!.bytes)).toEqual(webp("picture"));
    expect(Buffer.from(invocations[1].embeddings[1].vector)).toEqual(float32(1, 2, 1));
  });
});

test("skips unusable rows, each with its reason, and imports the rest", async () => {
  const content = panicTdaContent(3, 10);
  const { runs, invocations, embeddings } = content;
  // Runs: 0 to 2 are usable; 3 has no network, 4 a number for an id, 5 an id that is not a UUID.
  runs.push({ id: panicTdaId("a", 3), network: "not json" });
  runs.push({ id: 4 });
  runs.push({ id: "run five" });
  runs.push({ id: panicTdaId("a", 6), max_length: 0 });
  invocations.push({
    id: panicTdaId("b", 300),
    run_id: panicTdaId("a", 3),
    sequence_number: 0,
    model: "M",
    type: "TEXT",
  });
  embeddings.push(embeddingRow(300, 300));
  // Invocations, of run 0: rows 0 to 9.
  Object.assign(invocations[2], { type: "SOUND" });
  Object.assign(invocations[4], { output_image_data: Buffer.from("GIF89a") });
  Object.assign(invocations[5], { output_image_data: webp("on a text"), started_at: "yesterday" });
  Object.assign(invocations[6], { output_image_data: Buffer.alloc(0) });
  Object.assign(invocations[7], { output_text: "a\0b" });
  invocations.push({ ...invocations[9], id: panicTdaId("b", 400) });
  invocations.push({
    id: panicTdaId("b", 401),
    run_id: panicTdaId("a", 99),
    sequence_number: 0,
    model: "M",
    type: "TEXT",
  });
  embeddings.push(embeddingRow(401, 401), embeddingRow(402, 402));
  // Embeddings of the texts of run 1: invocations 11, 13, 15, 17 and 19.
  const change = (n: number, row: object) =>
    Object.assign(embeddings.find(({ id }) => id === panicTdaId("d", n))!, row);
  change(22, { vector: null });
  change(26, { vector: Buffer.alloc(0) });
  change(30, { vector: Buffer.from("abc") });
  change(34, { vector: float32(Number.NaN, 1) });
  change(38, { vector: float32(Number.NEGATIVE_INFINITY, 1) });
  // Of run 2: 21, 23, 25, 27 and 29. A duplicate has the later id, unless the first is unusable itself.
  change(42, { vector: float32(0, 0) });
  change(46, { vector: float32(1, 2, 3) });
  embeddings.push(embeddingRow(500, 21), embeddingRow(501, 25), { ...embeddingRow(502, 27), id: "e" });
  change(58, { embedding_model: "" });

  const app = await emptyMedoid();
  const path = panicTdaFile(content, { idType: "BLOB" });
  const report = await importPanicTda(app, path);
  expect(skippedOf(report)).toEqual(
    [
      `1 run: its network is not a JSON list of 1 to 1000 model names (${panicTdaId("a", 3)})`,
      "1 run: its id is not text: it is missing or of another type (4.0)",
      "1 run: its id is not a UUID (run five)",
      `1 run: its maximum length is not a whole number from 1 to 2147483647 (${panicTdaId("a", 6)})`,
      `1 invocation: its run was skipped (${panicTdaId("b", 300)})`,
      `1 invocation: its type is neither TEXT nor IMAGE (${panicTdaId("b", 2)})`,
      `1 invocation: its text holds U+0000 (${panicTdaId("b", 7)})`,
      `1 invocation: another invocation of its run has the same sequence number (${panicTdaId("b", 400)})`,
      `1 invocation: no run has its run id (${panicTdaId("b", 401)})`,
      `1 image: its type is not a supported image type (${panicTdaId("b", 4)})`,
      `1 image: the type of its invocation is TEXT (${panicTdaId("b", 5)})`,
      `1 image: it is empty (${panicTdaId("b", 6)})`,
      `2 input: it is not a usable invocation earlier in its run (${panicTdaId("b", 3)})`,
      `1 time: it is not a valid date and time in the years 0001 to 9999 (${panicTdaId("b", 5)})`,
      // Two of the unreadable text, one of the run that was skipped, one of the invocation without a run.
      `4 embedding: its invocation was skipped (${panicTdaId("d", 401)})`,
      `1 embedding: no invocation has its invocation id (${panicTdaId("d", 402)})`,
      `1 embedding: it has no vector (${panicTdaId("d", 22)})`,
      `1 embedding: its vector is empty (${panicTdaId("d", 26)})`,
      `1 embedding: its vector is not a list of float32 numbers (${panicTdaId("d", 30)})`,
      `1 embedding: its vector holds NaN (${panicTdaId("d", 34)})`,
      `1 embedding: its vector holds infinity (${panicTdaId("d", 38)})`,
      `1 embedding: its vector is all zeros (${panicTdaId("d", 42)})`,
      `1 embedding: its number of dimensions differs from its embedding model's (${panicTdaId("d", 46)})`,
      `1 embedding: another embedding has the same invocation and embedding model (${panicTdaId("d", 501)})`,
      "1 embedding: its id is not a UUID (e)",
      `1 embedding: it has no embedding model (${panicTdaId("d", 58)})`,
    ].sort(),
  );
  const skipped = (what: string) =>
    report.skipped.filter((kind) => kind.what === what).reduce((sum, { count }) => sum + count, 0);
  const { taken } = report;
  expect(taken.runs + skipped("run")).toBe(runs.length);
  expect(taken.invocations + skipped("invocation")).toBe(invocations.length);
  expect(taken.embeddings.Nomic + taken.embeddings.Jina + skipped("embedding")).toBe(embeddings.length);
  expect(await recordedRows(app)).toEqual(taken);
  // The second of two embeddings is imported if the first is unusable.
  const { prisma } = app.database;
  expect(await prisma.embedding.count({ where: { id: medoidId(panicTdaId("d", 500)) } })).toBe(1);
  const again = await importPanicTda(app, path);
  expect(again).toEqual({ taken: nothing, alreadyThere: taken, skipped: report.skipped });
});

test.each([undefined, "UTF-16le", "UTF-16be"] as const)(
  "accounts for every row, in the encoding %s: with ids that are missing or not Unicode, and any text",
  async (encoding) => {
    const app = await emptyMedoid();
    const content = panicTdaContent(3, 4);
    const { runs, invocations, embeddings } = content;
    Object.assign(invocations[1], { output_text: "é日🎉" });
    runs.push({ id: null }, { id: panicTdaId("a", 7), network: "é" });
    invocations.push({ ...invocations[0], id: null, sequence_number: 90 });
    invocations.push({ ...invocations[0], id: "é", sequence_number: 91 });
    invocations.push({ ...invocations[0], id: "half", sequence_number: 92, run_id: panicTdaId("a", 7) });
    embeddings.push({ ...embeddingRow(90, 1), id: null }, { ...embeddingRow(91, 3), invocation_id: "é" });
    embeddings.push({ ...embeddingRow(92, 3), invocation_id: "half" });
    const path = join(folder, `rows in ${encoding}.sqlite`);
    const writer = writePanicTda(path, content, { encoding });
    const half = encoding === undefined ? "ff" : "00d800d8";
    writer.exec(`UPDATE run SET id = CAST(x'${half}' AS TEXT) WHERE id = '${panicTdaId("a", 2)}'`);
    writer.exec(
      `UPDATE invocation SET run_id = CAST(x'${half}' AS TEXT) WHERE run_id = '${panicTdaId("a", 2)}'`,
    );
    writer.close();
    const { taken, skipped } = await importPanicTda(app, path);
    expect(taken).toEqual({ runs: 2, invocations: 8, images: 4, embeddings: { Jina: 4, Nomic: 4 } });
    expect(await recordedRows(app)).toEqual(taken);
    const count = (what: string) =>
      skipped.filter((kind) => kind.what === what).reduce((sum, { count }) => sum + count, 0);
    expect({ runs: count("run"), invocations: count("invocation"), embeddings: count("embedding") }).toEqual({
      runs: runs.length - 2,
      invocations: invocations.length - 8,
      embeddings: embeddings.length - 8,
    });
    expect(skipped.map(({ example }) => example)).toEqual(
      expect.arrayContaining(["NULL", "é", panicTdaId("a", 7)]),
    );
    const texts = await app.database.prisma.invocation.findMany({ where: { outputText: "é日🎉" } });
    expect(texts.map(({ id }) => id)).toEqual([medoidId(panicTdaId("b", 1))]);
  },
);

test("a file whose writer died in a transaction is refused with a suggestion", async () => {
  const app = await emptyMedoid();
  const path = panicTdaFile(panicTdaContent(3, 4));
  const writer = new Database(path);
  writer.exec("PRAGMA cache_size = 1");
  writer.exec("BEGIN EXCLUSIVE");
  const picture = webp("x".repeat(3000));
  for (let n = 0; n < 100; n++) {
    writer.prepare("INSERT INTO invocation (id, output_image_data) VALUES (?, ?)").run([`new ${n}`, picture]);
  }
  const left = join(folder, "left.sqlite");
  for (const end of ["", "-journal"]) copyFileSync(`${path}${end}`, `${left}${end}`);
  const digest = () => createHash("sha256").update(readFileSync(left)).digest("hex");
  const before = digest();
  const refused = importPanicTda(app, left);
  await expect(refused).rejects.toBeInstanceOf(RunFileError);
  await expect(refused).rejects.toThrow(
    /^.*left\.sqlite was left in the middle of a transaction: .*sqlite3 \S*left\.sqlite .*$/,
  );
  expect(digest()).toBe(before);
  writer.exec("ROLLBACK");
  writer.close();
  expect((await recordedRows(app)).runs).toBe(0);
  // The suggestion: any reader with write access undoes the unfinished transaction.
  const reader = new Database(left);
  expect(reader.prepare("SELECT count(*) AS runs FROM run").get([])).toMatchObject({ runs: 3 });
  reader.close();
  expect((await importPanicTda(app, left)).taken.runs).toBe(3);
});

test("text that is not valid Unicode does not end the process", async () => {
  const app = await emptyMedoid();
  const path = join(folder, "latin1.sqlite");
  const writer = writePanicTda(path, panicTdaContent(2, 2));
  writer.exec(`UPDATE invocation SET output_text = CAST(x'e9' AS TEXT) WHERE id = '${panicTdaId("b", 1)}'`);
  writer.exec(`UPDATE run SET initial_prompt = CAST(x'e9' AS TEXT) WHERE id = '${panicTdaId("a", 1)}'`);
  writer.close();
  const report = await importPanicTda(app, path);
  expect(report.taken).toMatchObject({ runs: 1, invocations: 1 });
  expect(skippedOf(report)).toEqual([
    `1 invocation: its text is not valid UTF-8 (${panicTdaId("b", 1)})`,
    `1 run: its initial prompt is not valid UTF-8 (${panicTdaId("a", 1)})`,
    `2 invocation: its run was skipped (${panicTdaId("b", 2)})`,
    `4 embedding: its invocation was skipped (${panicTdaId("d", 2)})`,
  ]);
});

test("a run that differs from the recorded one is skipped entirely; a run that grew is extended", async () => {
  const app = await emptyMedoid();
  await importPanicTda(app, panicTdaFile(panicTdaContent(3, 4)));
  const before = await recordedRows(app);
  const content = panicTdaContent(3, 4);
  const { runs, invocations, embeddings } = content;
  for (const [n, sequence_number] of [4, 5].entries()) {
    invocations.push({
      ...invocations[n],
      id: panicTdaId("b", 100 + n),
      sequence_number,
      input_invocation_id: null,
    });
  }
  embeddings.push(embeddingRow(100, 101), embeddingRow(101, 101, "Jina", [1, 2, 3]));
  runs[1].initial_prompt = "another";
  invocations.splice(8, 4); // of run 2
  const report = await importPanicTda(app, panicTdaFile(content));
  expect(report.taken).toEqual({ runs: 0, invocations: 2, images: 1, embeddings: { Jina: 1, Nomic: 1 } });
  expect(report.alreadyThere).toEqual({
    runs: 2,
    invocations: 4,
    images: 2,
    embeddings: { Jina: 2, Nomic: 2 },
  });
  expect(skippedOf(report)).toEqual([
    `1 run: it differs from the recorded run: initialPrompt (${panicTdaId("a", 1)}: is recorded as "a prompt". Given: "another")`,
    `4 embedding: its invocation was skipped (${panicTdaId("d", 10)})`,
    // Those of the invocations of run 2 that this file lacks.
    `4 embedding: no invocation has its invocation id (${panicTdaId("d", 18)})`,
    `4 invocation: its run was skipped (${panicTdaId("b", 4)})`,
  ]);
  expect(await recordedRows(app)).toEqual({
    runs: 3,
    invocations: before.invocations + 2,
    images: before.images + 1,
    embeddings: { Jina: 7, Nomic: 7 },
  });
});

test("a model keeps the dimensions that it has in the database", async () => {
  const app = await emptyMedoid();
  await importPanicTda(app, panicTdaFile(panicTdaContent(1, 2)));
  const content = panicTdaContent(3, 2);
  for (const row of content.embeddings.slice(2)) row.vector = float32(1, 2, 3);
  const report = await importPanicTda(app, panicTdaFile(content));
  expect(report.taken).toEqual({ runs: 2, invocations: 4, images: 2, embeddings: { Jina: 2 } });
  expect(report.skipped).toMatchObject([
    { count: 2, reason: "its number of dimensions differs from its embedding model's" },
  ]);
});

test("stopped midway it leaves complete runs, and run again it finishes", async () => {
  const app = await emptyMedoid();
  const path = panicTdaFile(panicTdaContent(400, 20), { withoutIndexes: true });
  const stop = new AbortController();
  const progress: number[] = [];
  const stopped = importPanicTda(app, path, {
    signal: stop.signal,
    onProgress(value) {
      progress.push(value);
      if (value > 0.3) stop.abort();
    },
  });
  await expect(stopped.catch((error) => error === stop.signal.reason)).resolves.toBe(true);
  const part = await recordedRows(app);
  expect(part.runs).toBeGreaterThan(0);
  expect(part.runs).toBeLessThan(400);
  expect(part.invocations).toBe(part.runs * 20);
  expect(part.images).toBe(part.runs * 10);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));

  const report = await importPanicTda(app, path);
  expect(report.alreadyThere.runs).toBe(part.runs);
  expect(report.taken.runs).toBe(400 - part.runs);
  expect(await recordedRows(app)).toEqual({
    runs: 400,
    invocations: 8000,
    images: 4000,
    embeddings: { Jina: 4000, Nomic: 4000 },
  });
});

test("while it runs, other processes can write", async () => {
  const app = await emptyMedoid();
  const path = panicTdaFile(panicTdaContent(400, 20));
  let isImporting = true;
  const importing = importPanicTda(app, path).finally(() => {
    isImporting = false;
  });
  let written = 0;
  while (isImporting) {
    await app.database.bulk.recordRuns([
      {
        id: medoidId(panicTdaId("c", written++)),
        network: ["N"],
        initialPrompt: "",
        seed: null,
        maxLength: null,
        metadata: null,
        invocations: [],
      },
    ]);
  }
  expect((await importing).taken.runs).toBe(400);
  expect((await recordedRows(app)).runs).toBe(400 + written);
  expect(written).toBeGreaterThan(1);
});

test("a damaged file is refused in one line; complete runs that were read before stay recorded", async () => {
  const app = await emptyMedoid();
  const path = panicTdaFile(panicTdaContent(400, 20, webp("x".repeat(3000))));
  const bytes = readFileSync(path);
  const damaged = bytes.fill(0xff, Math.floor(bytes.length * 0.6), Math.floor(bytes.length * 0.6) + 65_536);
  writeFileSync(path, damaged);
  const refused = importPanicTda(app, path);
  await expect(refused).rejects.toBeInstanceOf(RunFileError);
  await expect(refused).rejects.toThrow(/cannot be read: database disk image is malformed$/);
  const { runs, invocations, images } = await recordedRows(app);
  expect({ invocations, images }).toEqual({ invocations: 20 * runs, images: 10 * runs });
});

test("a file that is not an upstream database is refused in one line", async () => {
  const app = await emptyMedoid();
  const file = (name: string, content: string | Buffer) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const other = join(folder, "other.sqlite");
  writePanicTda(other, panicTdaContent(1, 1)).exec("ALTER TABLE embedding RENAME TO vectors");
  const cut = readFileSync(panicTdaFile(panicTdaContent(20, 20))).subarray(0, 20_000);
  const ofMedoid = join(folder, "medoid.db");
  await (await openDatabase(`file:${ofMedoid}`)).close();
  const cases: [path: string, message: RegExp][] = [
    [join(folder, "missing.sqlite"), /missing\.sqlite does not exist\.$/],
    [folder, /is a directory without runs\.parquet, so it is not a dump of panic-tda\./],
    [file("empty.sqlite", ""), /is not a SQLite database: it is empty\. Files to import are /],
    [
      file("notes.txt", "hello ".repeat(1000)),
      /is not a SQLite database: it seems to be text that begins with "hello .* Files to import are tables of texts /,
    ],
    [
      file("header.sqlite", `SQLite format 3\0${"x".repeat(5000)}`),
      /is not a SQLite database: it holds binary data/,
    ],
    [
      other,
      /not one of panic-tda: it has no table "embedding"\. Databases of panic-tda have the tables "runs", .* or "run", .*\.$/,
    ],
    [ofMedoid, /is a database of Medoid: it is not imported, but used as --database-url\.$/],
    [file("cut.sqlite", cut), /cannot be read: .*malformed/],
  ];
  for (const [path, message] of cases) {
    const refused = importPanicTda(app, path);
    await expect(refused, path).rejects.toBeInstanceOf(RunFileError);
    await expect(refused, path).rejects.toThrow(message);
    await expect(refused, path).rejects.toThrow(/^[^\n]*$/);
  }
  expect(await recordedRows(app)).toEqual({ runs: 0, invocations: 0, images: 0, embeddings: {} });
});
