import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/database/sqlite/connection.js";
import { withSqliteTarget } from "../../src/database/sqlite/importTarget.js";
import { TaskStoppedError } from "../../src/database/threads/taskReporter.js";
import { importedFileOf } from "../../src/import/importedFile.js";
import type { ImportReport } from "../../src/import/importReport.js";
import { importRuns } from "../../src/import/importRuns.js";
import { importPanicTdaDump } from "../../src/import/panicTda/importDump.js";
import { panicTdaSource } from "../../src/import/panicTda/source.js";
import { RunFileError } from "../../src/import/runSource.js";
import { createEmptyMedoids, type EmptyMedoids } from "./emptyMedoids.js";
import { float32, type PanicTdaRow } from "./panicTdaFixture.js";
import {
  asDigits,
  type PanicTdaDumpLayout,
  type PanicTdaTodayContent,
  todayContent,
  todayEmbedding,
  todayId,
  writePanicTdaDump,
  writePanicTdaToday,
} from "./panicTdaTodayFixture.js";
import { left, skippedOf, sum, takenRows } from "./reportedRows.js";

let medoids: EmptyMedoids;
beforeAll(async () => {
  medoids = await createEmptyMedoids();
});
afterAll(() => medoids.remove());

let files = 0;
function dumpDirectory(content: PanicTdaTodayContent, layout?: PanicTdaDumpLayout): string {
  const directory = join(medoids.folder, `dump ${++files} 100%`);
  writePanicTdaDump(directory, content, layout);
  return directory;
}

const reporter = { report() {}, throwIfStopped() {} };
const importInto = (connection: Connection, directory: string, on = reporter): Promise<ImportReport> =>
  withSqliteTarget(connection, importedFileOf(directory), (target) =>
    importPanicTdaDump(target, directory, on),
  );

const rows = (connection: Connection, sql: string) => connection.prepare(sql).raw().all([]);
const recorded = (connection: Connection) =>
  rows(
    connection,
    `SELECT (SELECT count(*) FROM "Run"), (SELECT count(*) FROM "Invocation"), (SELECT count(*) FROM "Embedding")`,
  )[0];
const nothing = { runs: 0, invocations: 0, images: 0, embeddings: {} };
const all = { runs: 3, invocations: 12, images: 0, embeddings: { Nomic: 6, NomicVision: 6 } };
const leftBehind = "clusterings of panic-tda are not imported: cluster the embeddings with Medoid";
const ofClusterings = [
  `1 clustering: ${leftBehind} (clustering_results.parquet)`,
  `12 assignment: ${leftBehind} (embedding_clusters.parquet)`,
];

/** The rows in another order, the same each time. */
function shuffled(content: PanicTdaTodayContent): PanicTdaTodayContent {
  const reordered = (list: PanicTdaRow[] = []) =>
    list
      .map((row, n) => ({ row, key: (n * 7919 + 13) % 101 }))
      .sort((a, b) => a.key - b.key)
      .map(({ row }) => row);
  return Object.fromEntries(
    Object.entries(content).map(([table, list]) => [table, reordered(list)]),
  ) as unknown as PanicTdaTodayContent;
}

test("runs come in with what they have, whatever the order of the rows, and again nothing is added", async () => {
  for (const content of [todayContent(3, 4), shuffled(todayContent(3, 4))]) {
    for (const rowGroupSize of [1, 5, 100]) {
      const connection = medoids.open();
      const directory = dumpDirectory(content, { rowGroupSize });
      const report = await importInto(connection, directory);
      expect(report).toMatchObject({ taken: all, alreadyThere: nothing });
      expect(skippedOf(report)).toEqual(ofClusterings);
      expect(recorded(connection)).toEqual([3, 12, 12]);
      const again = await importInto(connection, directory);
      expect(again).toEqual({ taken: nothing, alreadyThere: all, skipped: report.skipped });
      connection.close();
    }
  }
});

test("a dump gives the same rows as the database, and adds nothing to it", async () => {
  const content = todayContent(3, 4);
  const directory = dumpDirectory(shuffled(content));
  const path = join(medoids.folder, "same.sqlite");
  writePanicTdaToday(path, content).close();
  const [ofDump, ofDatabase] = [medoids.open(), medoids.open()];
  await importInto(ofDump, directory);
  await withSqliteTarget(ofDatabase, importedFileOf(path), (target) =>
    importRuns(target, panicTdaSource(path), reporter),
  );
  for (const sql of [
    `SELECT "id", "network", "initialPrompt", "seed", "maxLength", "metadata" FROM "Run" ORDER BY 1`,
    `SELECT "id", "runId", "sequenceNumber", "model", "type", "seed", "inputInvocationId", "outputText", "startedAt",
            "completedAt" FROM "Invocation" ORDER BY 1`,
    `SELECT e."id", "invocationId", m."name", "vector" FROM "Embedding" e
     JOIN "EmbeddingModel" m ON m."id" = "embeddingModelId" ORDER BY 1`,
  ]) {
    expect(rows(ofDump, sql)).toEqual(rows(ofDatabase, sql));
  }
  // The images that the database had stay, although the dump has none.
  const report = await importInto(ofDatabase, directory);
  expect(report).toMatchObject({ taken: nothing, alreadyThere: all });
  expect(rows(ofDatabase, `SELECT count(*) FROM "OutputImage"`)).toEqual([[6]]);
  ofDump.close();
  ofDatabase.close();
});

test("prompts that were embedded for the dump are skipped, with their embeddings", async () => {
  const content = todayContent(3, 4);
  const prompt = { run_id: todayId("a", 0), type: "text", model: "prompt", output_text: "a prompt" };
  content.invocations.unshift(
    { ...prompt, id: "prompt-1", sequence_number: -1 },
    { ...prompt, id: "prompt-2", sequence_number: 0, run_id: null },
    { ...prompt, id: todayId("b", 900), sequence_number: -1 },
  );
  content.embeddings.unshift(
    { ...todayEmbedding(900, 0), id: "prompt-e1", invocation_id: "prompt-1" },
    { ...todayEmbedding(901, 0), invocation_id: "prompt-3" },
    { ...todayEmbedding(902, 0), invocation_id: asDigits(todayId("b", 900)).toUpperCase() },
  );
  const connection = medoids.open();
  const report = await importInto(connection, dumpDirectory(content));
  expect(report.taken).toEqual(all);
  const reason = "it is of a prompt that was embedded for the dump, not of a step of a run";
  expect(skippedOf(report)).toEqual([
    ...ofClusterings,
    `3 embedding: ${reason} (prompt-e1)`,
    `3 invocation: ${reason} (prompt-1)`,
  ]);
  expect(recorded(connection)).toEqual([3, 12, 12]);
  connection.close();
});

test("skips unusable rows, each with its reason, and imports the rest", async () => {
  const content = todayContent(3, 4);
  const { runs, invocations, embeddings } = content;
  runs.push({ id: "run", network: "[]" }, { id: todayId("a", 9), network: "no JSON" }, { id: null });
  Object.assign(invocations[3], { output_text: "a\0b" });
  Object.assign(invocations[7], { started_at: "2026-13-01T00:00:00Z" });
  Object.assign(embeddings[0], { vector: null });
  Object.assign(embeddings[1], { vector: [1, null] });
  Object.assign(embeddings[2], { vector: [] });
  Object.assign(embeddings[4], { vector: [Number.NaN, 1] });
  Object.assign(embeddings[5], { vector: float32(0, 0) });
  Object.assign(embeddings[7], { vector: float32(1, 2, 3) });
  Object.assign(embeddings[8], { vector: [1, 1e300] });
  const connection = medoids.open();
  const report = await importInto(connection, dumpDirectory(content, { vectorType: "DOUBLE" }));
  expect(skippedOf(report)).toEqual(
    [
      ...ofClusterings,
      "1 run: its id is not a UUID (run)",
      `1 run: its network is not a JSON list of 1 to 1000 model names (${todayId("a", 9)})`,
      "1 run: its id is neither text nor bytes: it is missing or of another type (NULL)",
      `1 invocation: its text holds U+0000 (${todayId("b", 3)})`,
      `1 time: it is not a valid date and time in the years 0001 to 9999 (${todayId("b", 7)})`,
      `2 embedding: it has no vector (${todayId("d", 0)})`,
      `1 embedding: its vector is not a list of float32 numbers (${todayId("d", 1)})`,
      `1 embedding: its invocation was skipped (${todayId("d", 3)})`,
      `1 embedding: its vector holds NaN (${todayId("d", 4)})`,
      `1 embedding: its vector is all zeros (${todayId("d", 5)})`,
      `1 embedding: its vector holds a number beyond the range of float32 (${todayId("d", 8)}: 1e+300 at index 1)`,
      `1 embedding: its number of dimensions differs from its embedding model's (${todayId("d", 7)})`,
    ].sort(),
  );
  expect(recorded(connection)).toEqual([3, 11, 4]);
  connection.close();
});

describe("files that are missing", () => {
  const cases: [missing: string[], rows: number[], skipped: string[]][] = [
    [["clustering_results", "embedding_clusters"], [3, 12, 12], []],
    [["embeddings"], [3, 12, 0], ofClusterings],
    [
      ["invocations"],
      [3, 0, 0],
      [...ofClusterings, `12 embedding: no invocation has its invocation id (${todayId("d", 0)})`],
    ],
    [["invocations", "embeddings", "clustering_results", "embedding_clusters"], [3, 0, 0], []],
  ];
  test.each(cases)("%s", async (withoutFiles, expected, skipped) => {
    const connection = medoids.open();
    const report = await importInto(connection, dumpDirectory(todayContent(3, 4), { withoutFiles }));
    expect(skippedOf(report)).toEqual(skipped);
    expect(recorded(connection)).toEqual(expected);
    connection.close();
  });
});

test("a directory that is no dump, or has a file that cannot be read, is refused in one line", async () => {
  const changed = (name: string, change: (path: string) => void) => {
    const directory = dumpDirectory(todayContent(2, 2));
    change(join(directory, name));
    return directory;
  };
  const withColumns = (path: string, columns: string[]) =>
    writeFileSync(
      path,
      Buffer.from(
        parquetWriteBuffer({ columnData: columns.map((name) => ({ name, data: ["a"], type: "STRING" })) }),
      ),
    );
  const cut = (path: string) => {
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length - 10));
  };
  const overwrite = (path: string) => writeFileSync(path, readFileSync(path).fill(0xff, 4, 60));
  const empty = join(medoids.folder, "nothing");
  mkdirSync(empty);
  const cases: [directory: string, message: RegExp][] = [
    [empty, /is a directory without runs\.parquet, so it is not a dump of panic-tda\./],
    [
      changed("runs.parquet", (path) => withColumns(path, ["id", "network"])),
      /runs\.parquet has no column "initial_prompt", which dumps of panic-tda have\.$/,
    ],
    [
      changed("invocations.parquet", (path) => withColumns(path, ["id"])),
      /invocations\.parquet has no column "run_id"/,
    ],
    [changed("embeddings.parquet", (path) => writeFileSync(path, "")), /embeddings\.parquet /],
    [changed("embeddings.parquet", cut), /embeddings\.parquet /],
    [changed("invocations.parquet", overwrite), /invocations\.parquet cannot be read as Parquet: /],
    [changed("runs.parquet", (path) => writeFileSync(path, "a,b\n1,2\n")), /runs\.parquet /],
    ...["runs", "invocations", "embeddings", "clustering_results"].map((table): [string, RegExp] => [
      changed(`${table}.parquet`, (path) => {
        rmSync(path);
        mkdirSync(path);
      }),
      new RegExp(`${table}\\.parquet is a directory, not a file\\.$`),
    ]),
  ];
  for (const [directory, message] of cases) {
    const connection = medoids.open();
    const refused = importInto(connection, directory);
    await expect(refused, directory).rejects.toBeInstanceOf(RunFileError);
    await expect(refused, directory).rejects.toThrow(message);
    await expect(refused, directory).rejects.toThrow(/^[^\n]*$/);
    expect(recorded(connection)).toEqual([0, 0, 0]);
    connection.close();
  }
});

test("every row of random dumps is taken, already there or skipped, and importing again adds nothing", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const content = randomDump(seed);
    const connection = medoids.open();
    const directory = dumpDirectory(content, { rowGroupSize: 1 + (seed % 4) });
    const report = await importInto(connection, directory);
    const { taken } = report;
    expect(
      {
        runs: taken.runs + left(report, "run"),
        invocations: taken.invocations + left(report, "invocation"),
        embeddings: sum(Object.values(taken.embeddings)) + left(report, "embedding"),
      },
      `seed ${seed}`,
    ).toEqual(Object.fromEntries(Object.entries(content).map(([table, { length }]) => [table, length])));
    expect(recorded(connection), `seed ${seed}`).toEqual(takenRows(report));
    expect(await importInto(connection, directory), `seed ${seed}`).toEqual({
      taken: nothing,
      alreadyThere: taken,
      skipped: report.skipped,
    });
    connection.close();
  }
});

/** A dump of a few rows, with ids drawn from so few that many repeat. */
function randomDump(seed: number): PanicTdaTodayContent {
  let state = Math.imul(seed, 2_654_435_761); // otherwise the first numbers of all seeds would be similar
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const one = <T>(...choices: T[]): T => choices[random(choices.length)];
  const id = (kind: "a" | "b" | "d", count: number) => {
    const uuid = todayId(kind, random(count));
    return random(12) === 0 ? one("prompt-1", "no UUID", null) : one(uuid, uuid, asDigits(uuid));
  };
  const many = (most: number, row: () => PanicTdaRow) => Array.from({ length: 1 + random(most) }, row);
  return {
    runs: many(4, () => ({ id: id("a", 3), network: one('["m"]', '["m"]', "[5]") })),
    invocations: many(8, () => ({
      ...{ id: id("b", 5), run_id: id("a", 3), sequence_number: random(6) - 1, model: "m" },
      ...{ type: one("text", "image", "image", "sound"), input_invocation_id: one(null, id("b", 5)) },
    })),
    embeddings: many(12, () => ({
      ...{ id: id("d", 8), invocation_id: id("b", 5), embedding_model: one("Nomic", "NomicVision") },
      vector: one<unknown>(float32(1, 2), float32(3, 2), null, float32(0, 0), [1, null]),
    })),
  };
}

test("stopped midway it leaves complete runs and no temporary file, and run again it finishes", async () => {
  const directory = dumpDirectory(todayContent(200, 10), { rowGroupSize: 100 });
  const connection = medoids.open();
  /** Temporary files of SQLite, which it removes when it has opened them. */
  const names = () =>
    [tmpdir(), "/var/tmp"]
      .filter((parent) => existsSync(parent))
      .flatMap((parent) => readdirSync(parent).filter((name) => name.startsWith("etilqs_")));
  const before = names();
  const progress: number[] = [];
  const stoppingAt = (share: number) => ({
    ...reporter,
    report(value: unknown = 0) {
      if (process.platform !== "win32" && progress.length % 50 === 0) expect(names()).toEqual(before);
      progress.push(value as number);
      if ((value as number) > share) throw new TaskStoppedError();
    },
  });
  await expect(importInto(connection, directory, stoppingAt(0.1))).rejects.toBeInstanceOf(TaskStoppedError);
  expect(recorded(connection)).toEqual([0, 0, 0]);
  await expect(importInto(connection, directory, stoppingAt(0.47))).rejects.toBeInstanceOf(TaskStoppedError);
  expect(names()).toEqual(before);
  const [runs, invocations] = recorded(connection) as [number, number];
  expect(runs).toBeGreaterThan(0);
  expect(runs).toBeLessThan(200);
  expect(invocations).toBe(10 * runs);
  progress.length = 0;
  const report = await importInto(connection, directory, stoppingAt(1));
  expect([report.alreadyThere.runs, report.taken.runs]).toEqual([runs, 200 - runs]);
  expect(recorded(connection)).toEqual([200, 2000, 2000]);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(progress.at(-1)).toBe(1);
  connection.close();
});
