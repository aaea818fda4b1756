import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/database/sqlite/connection.js";
import { withSqliteTarget } from "../../src/database/sqlite/importTarget.js";
import { TaskStoppedError } from "../../src/database/threads/taskReporter.js";
import { importedFileOf } from "../../src/import/importedFile.js";
import type { ImportReport } from "../../src/import/importReport.js";
import { importRuns } from "../../src/import/importRuns.js";
import { importPanicTda } from "../../src/import/panicTda/importPanicTda.js";
import { panicTdaSource } from "../../src/import/panicTda/source.js";
import { RunFileError } from "../../src/import/runSource.js";
import { executeInProcess } from "../../src/server/inProcess.js";
import { openTemporaryApp } from "../temporaryApp.js";
import { createEmptyMedoids, type EmptyMedoids } from "./emptyMedoids.js";
import { float32, type PanicTdaRow, panicTdaContent, writePanicTda } from "./panicTdaFixture.js";
import {
  asBytes,
  asDigits,
  avif,
  type PanicTdaTodayContent,
  type PanicTdaTodayLayout,
  todayContent,
  todayEmbedding,
  todayId,
  writePanicTdaToday,
} from "./panicTdaTodayFixture.js";
import { left, skippedOf, sum, takenRows } from "./reportedRows.js";

let medoids: EmptyMedoids;
beforeAll(async () => {
  medoids = await createEmptyMedoids();
});
afterAll(() => medoids.remove());

let files = 0;
function todayFile(content: PanicTdaTodayContent, layout?: PanicTdaTodayLayout, sql = ""): string {
  const path = join(medoids.folder, `today ${++files} 100%.sqlite`);
  const connection = writePanicTdaToday(path, content, layout);
  if (sql) connection.exec(sql);
  connection.close();
  return path;
}

const reporter = { report() {}, throwIfStopped() {} };
const importInto = (connection: Connection, path: string, on = reporter): Promise<ImportReport> =>
  withSqliteTarget(connection, importedFileOf(path), (target) =>
    importRuns(target, panicTdaSource(path), on),
  );

const rows = (connection: Connection, sql: string) => connection.prepare(sql).raw().all([]);
const recorded = (connection: Connection) =>
  rows(
    connection,
    `SELECT (SELECT count(*) FROM "Run"), (SELECT count(*) FROM "Invocation"), (SELECT count(*) FROM "Embedding"),
            (SELECT count(*) FROM "OutputImage")`,
  )[0];

const takenAndImages = (report: ImportReport) => [...takenRows(report), report.taken.images];

const nothing = { runs: 0, invocations: 0, images: 0, embeddings: {} };
const leftBehind = "clusterings of panic-tda are not imported: cluster the embeddings with Medoid";
const clusteringsOf = (assignments: number) => [
  { what: "clustering", reason: leftBehind, count: 1, example: todayId("e", 0) },
  { what: "assignment", reason: leftBehind, count: assignments, example: todayId("f", 0) },
];

describe("layouts", () => {
  const all = { runs: 3, invocations: 12, images: 6, embeddings: { Nomic: 6, NomicVision: 6 } };
  const spellings = [(id: string) => id, asDigits, asBytes, (id: string) => id.toUpperCase()];
  const mixed = (id: string, n: number) => spellings[(n * 7 + (n >> 2)) % 4](id);
  const layouts: [string, PanicTdaTodayLayout][] = [
    ["ids with hyphens", {}],
    ["ids without hyphens", { spell: asDigits }],
    ["ids of 16 bytes", { spell: asBytes }],
    ["ids of 16 bytes, without indexes", { spell: asBytes, withoutIndexes: true, withoutKeys: true }],
    ["ids and references to them in any form", { spell: mixed }],
    ["without indexes", { withoutIndexes: true }],
    ["in UTF-16, little-endian", { encoding: "UTF-16le" }],
    ["in UTF-16, big-endian, with ids in any form", { encoding: "UTF-16be", spell: mixed }],
    ["in UTF-16 with ids of 16 bytes", { encoding: "UTF-16le", spell: asBytes }],
    ["written through a write-ahead log", { writeAheadLog: "checkpointed" }],
  ];
  test.each(layouts)("%s", async (_, layout) => {
    const path = todayFile(todayContent(3, 4), layout);
    const digest = () => createHash("sha256").update(readFileSync(path)).digest("hex");
    const before = { digest: digest(), names: readdirSync(medoids.folder) };
    const connection = medoids.open();
    const report = await importInto(connection, path);
    expect(report).toMatchObject({ taken: all, alreadyThere: nothing });
    expect(report.skipped.map(({ what, reason, count }) => ({ what, reason, count }))).toEqual(
      clusteringsOf(12).map(({ example: _, ...kind }) => kind),
    );
    expect(recorded(connection)).toEqual([3, 12, 12, 6]);
    expect(rows(connection, `SELECT count(*) FROM "Invocation" WHERE "inputInvocationId" IS NULL`)).toEqual([
      [3],
    ]);
    const again = await importInto(connection, path);
    expect(again).toEqual({ taken: nothing, alreadyThere: all, skipped: report.skipped });
    expect(recorded(connection)).toEqual([3, 12, 12, 6]);
    connection.close();
    // Neither the file nor its folder was written to.
    expect(digest()).toBe(before.digest);
    expect(
      readdirSync(medoids.folder).filter((name) => !before.names.includes(name) && /^today/.test(name)),
    ).toEqual([]);
  });

  test("the columns that every version has", async () => {
    const connection = medoids.open();
    const report = await importInto(connection, todayFile(todayContent(3, 4), { withFewColumns: true }));
    expect(report.taken).toEqual({ ...all, images: 0 });
    expect(rows(connection, `SELECT DISTINCT "metadata", "maxLength" FROM "Run"`)).toEqual([[null, null]]);
    connection.close();
  });

  test("rows that are only in the write-ahead log, while its writer continues", async () => {
    const connection = medoids.open();
    const path = join(medoids.folder, "live.sqlite");
    const writer = writePanicTdaToday(path, todayContent(3, 4), { writeAheadLog: "open" });
    expect((await importInto(connection, path)).taken).toEqual(all);
    writer.exec("UPDATE runs SET run_number = run_number");
    writer.close();
    connection.close();
  });

  test("more columns and tables, and none of the clusterings", async () => {
    const connection = medoids.open();
    const path = todayFile(
      { ...todayContent(3, 4), clusterings: [], assignments: [] },
      {},
      `ALTER TABLE runs ADD COLUMN extra; ALTER TABLE embeddings ADD COLUMN pooled BLOB;
       DROP TABLE clustering_results; CREATE TABLE more (id)`,
    );
    expect(await importInto(connection, path)).toEqual({ taken: all, alreadyThere: nothing, skipped: [] });
    connection.close();
  });
});

test("imported rows keep their ids, numbers, links, texts, images, times and vectors", async () => {
  for (const spell of [(id: string) => id, asBytes]) {
    const connection = medoids.open();
    await importInto(connection, todayFile(todayContent(2, 2), { spell }));
    const prompt = ['["Flux2Klein","Pixtral"]', "a prompt", 10];
    const metadata = (n: number) => `{"experiment_id":"${todayId("c", 0)}","run_number":${n}}`;
    expect(
      rows(
        connection,
        `SELECT "id", "network", "initialPrompt", "maxLength", "metadata" FROM "Run" ORDER BY 1`,
      ),
    ).toEqual([0, 1].map((n) => [todayId("a", n), ...prompt, metadata(n)]));
    const times = ["2026-09-05T04:40:00.123+00:00", "2026-09-05T04:40:01.000+00:00"];
    expect(
      rows(
        connection,
        `SELECT i."id", "type", "model", "inputInvocationId", "outputText", "seed", "outputImageMediaType",
                "startedAt", "completedAt" FROM "Invocation" i WHERE "runId" = '${todayId("a", 0)}' ORDER BY 1`,
      ),
    ).toEqual([
      [todayId("b", 0), "IMAGE", "Flux2Klein", null, null, 7, "image/avif", ...times],
      [todayId("b", 1), "TEXT", "Pixtral", todayId("b", 0), "text 1", 7, null, ...times],
    ]);
    expect(rows(connection, `SELECT "bytes" FROM "OutputImage" LIMIT 1`)).toEqual([[avif("picture")]]);
    expect(
      rows(
        connection,
        `SELECT e."id", "invocationId", m."name", "vector" FROM "Embedding" e
         JOIN "EmbeddingModel" m ON m."id" = "embeddingModelId" ORDER BY 1 LIMIT 2`,
      ),
    ).toEqual([
      [todayId("d", 0), todayId("b", 0), "NomicVision", float32(1, 1)],
      [todayId("d", 1), todayId("b", 1), "Nomic", float32(1, 2)],
    ]);
    connection.close();
  }
});

test("skips unusable rows, each with its reason, and imports the rest", async () => {
  const content = todayContent(2, 6);
  const { runs, invocations, embeddings } = content;
  runs.push({ id: 4 }, { id: todayId("a", 5), run_number: "first" }, { id: Buffer.from("short") });
  runs.push({ id: todayId("a", 6), experiment_id: Buffer.from("7") }, { id: todayId("a", 7), network: "[]" });
  runs.push({ id: todayId("a", 8), run_number: 2n ** 60n, experiment_id: "an experiment" });
  Object.assign(invocations[0], {
    output_image: Buffer.from("no image"),
    started_at: "2026-02-30T00:00:00Z",
  });
  Object.assign(invocations[1], { output_text: "a\0b" });
  Object.assign(invocations[2], { output_image: Buffer.alloc(0) });
  Object.assign(invocations[3], { type: "video" });
  Object.assign(invocations[4], { seed: "seven", inserted_at: "whenever" });
  Object.assign(invocations[5], { input_invocation_id: null, sequence_number: 2 });
  Object.assign(embeddings[6], { vector: null });
  Object.assign(embeddings[7], { vector: float32(Number.NaN, 1) });
  Object.assign(embeddings[8], { vector: "[1, 2]" });
  embeddings.push({ ...todayEmbedding(90, 0), id: Buffer.from("bytes") }, todayEmbedding(91, 900));
  embeddings.push({ ...todayEmbedding(92, 9), embedding_model: "Nomic" });
  const connection = medoids.open();
  const path = todayFile(
    content,
    { withoutKeys: true },
    `UPDATE runs SET initial_prompt = CAST(x'ff' AS TEXT) WHERE id = '${todayId("a", 1)}'`,
  );
  const report = await importInto(connection, path);
  expect(skippedOf(report)).toEqual(
    [
      "1 run: its id is neither text nor bytes: it is missing or of another type (4.0)",
      `1 run: its run number is not a whole number (${todayId("a", 5)})`,
      "1 run: its id is not a UUID (x'73686f7274')",
      `1 run: its experiment id is neither text nor a UUID (${todayId("a", 6)})`,
      `1 run: its network is not a JSON list of 1 to 1000 model names (${todayId("a", 7)})`,
      `1 run: its initial prompt is not valid UTF-8 (${todayId("a", 1)})`,
      `6 invocation: its run was skipped (${todayId("b", 6)})`,
      `1 invocation: its text holds U+0000 (${todayId("b", 1)})`,
      `1 invocation: its type is neither TEXT nor IMAGE (${todayId("b", 3)})`,
      `1 invocation: its seed is not a whole number (${todayId("b", 4)})`,
      `1 invocation: another invocation of its run has the same sequence number (${todayId("b", 5)})`,
      `1 image: its type is not a supported image type (${todayId("b", 0)})`,
      `1 image: it is empty (${todayId("b", 2)})`,
      `1 input: it is not a usable invocation earlier in its run (${todayId("b", 2)})`,
      `1 time: it is not a valid date and time in the years 0001 to 9999 (${todayId("b", 0)})`,
      `11 embedding: its invocation was skipped (${todayId("d", 1)})`,
      "1 embedding: its id is not a UUID (x'6279746573')",
      `1 embedding: no invocation has its invocation id (${todayId("d", 91)})`,
      `1 clustering: ${leftBehind} (${todayId("e", 0)})`,
      `12 assignment: ${leftBehind} (${todayId("f", 0)})`,
    ].sort(),
  );
  expect(takenAndImages(report)).toEqual([2, 2, 2, 0]);
  expect(recorded(connection)).toEqual([2, 2, 2, 0]);
  expect(rows(connection, `SELECT "metadata" FROM "Run" WHERE "id" = '${todayId("a", 8)}'`)).toEqual([
    [`{"experiment_id":"an experiment","run_number":"${2n ** 60n}"}`],
  ]);
  connection.close();
});

test("every row of random databases is taken, already there or skipped, and importing again adds nothing", async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const { content, layout } = randomDatabase(seed);
    const connection = medoids.open();
    const path = todayFile(content, layout);
    const report = await importInto(connection, path);
    const { taken } = report;
    expect(
      {
        runs: taken.runs + left(report, "run"),
        invocations: taken.invocations + left(report, "invocation"),
        embeddings: sum(Object.values(taken.embeddings)) + left(report, "embedding"),
        clusterings: left(report, "clustering"),
        assignments: left(report, "assignment"),
      },
      `seed ${seed}`,
    ).toEqual(Object.fromEntries(Object.entries(content).map(([table, { length }]) => [table, length])));
    expect(recorded(connection), `seed ${seed}`).toEqual(takenAndImages(report));
    const again = await importInto(connection, path);
    expect(again, `seed ${seed}`).toEqual({ taken: nothing, alreadyThere: taken, skipped: report.skipped });
    connection.close();
  }
});

/** A database of a few rows, with ids drawn from so few that most repeat, in any form. */
function randomDatabase(seed: number): {
  content: Required<PanicTdaTodayContent>;
  layout: PanicTdaTodayLayout;
} {
  let state = Math.imul(seed, 2_654_435_761); // otherwise the first numbers of all seeds would be similar
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const one = <T>(...choices: T[]): T => choices[random(choices.length)];
  const spellings = [(id: string) => id, asDigits, asBytes, (id: string) => id.toUpperCase()];
  const usual = one(...spellings);
  const forms = one([usual], [usual], spellings);
  const id = (kind: "a" | "b" | "d", count: number) =>
    random(15) === 0
      ? one<unknown>("no UUID", 5, Buffer.from("5"), Buffer.alloc(16, 0xff), "Z".repeat(32))
      : one(...forms)(todayId(kind, random(count)));
  const many = (most: number, row: (n: number) => PanicTdaRow) =>
    Array.from({ length: random(most + 1) }, (_, n) => row(n));
  return {
    content: {
      runs: many(4, () => ({
        id: id("a", 2),
        network: one('["m"]', '["m"]', '["m", 5]'),
        run_number: one<unknown>(1, 1, 1, "x"),
      })),
      invocations: many(7, () => ({
        ...{ id: id("b", 3), run_id: id("a", 2), sequence_number: random(5), model: "m" },
        ...{ type: one("text", "image", "image", "sound"), output_image: one(avif("1"), avif("2"), null) },
        input_invocation_id: one(null, id("b", 3)),
      })),
      embeddings: many(10, () => ({
        ...{ id: id("d", 3), invocation_id: id("b", 3), embedding_model: one("Nomic", "NomicVision") },
        vector: one<unknown>(float32(1, 2), float32(1, 2), float32(1, 2), null, float32(0, 0), "text"),
      })),
      clusterings: many(2, (n) => ({ id: todayId("e", n) })),
      assignments: many(3, (n) => ({ id: todayId("f", n) })),
    },
    layout: {
      withoutKeys: true,
      withoutIndexes: random(2) === 0,
      encoding: one(undefined, undefined, "UTF-16le", "UTF-16be"),
    },
  };
}

test("stopped midway it leaves complete runs, and run again it finishes", async () => {
  const path = todayFile(todayContent(300, 10));
  const connection = medoids.open();
  let progress = 0;
  const stopping = {
    ...reporter,
    report(value: unknown = 0) {
      progress = Math.max(progress, value as number);
      if (progress > 0.15) throw new TaskStoppedError();
    },
  };
  await expect(importInto(connection, path, stopping)).rejects.toBeInstanceOf(TaskStoppedError);
  const [runs, invocations] = recorded(connection) as [number, number];
  expect(runs).toBeGreaterThan(0);
  expect(runs).toBeLessThan(300);
  expect(invocations).toBe(10 * runs);
  const report = await importInto(connection, path);
  expect([report.alreadyThere.runs, report.taken.runs]).toEqual([runs, 300 - runs]);
  expect(recorded(connection)).toEqual([300, 3000, 3000, 1500]);
  connection.close();
});

describe("a file with the tables of both layouts", () => {
  test("is read by the tables that have runs, and refused if both have", async () => {
    const path = join(medoids.folder, "both.sqlite");
    writePanicTda(path, panicTdaContent(1, 2)).close();
    const database = writePanicTdaToday(path, { runs: [], invocations: [], embeddings: [] });
    const connection = medoids.open();
    expect(takenAndImages(await importInto(connection, path))).toEqual([1, 2, 2, 1]);
    database.exec(`INSERT INTO runs (id) VALUES ('${todayId("a", 0)}')`);
    expect(() => panicTdaSource(path)).toThrow(RunFileError);
    expect(() => panicTdaSource(path)).toThrow(
      /it has the tables of two layouts of panic-tda, both with runs: "runs", .* and "run", .*\. Divide it into two databases\.$/,
    );
    database.exec("DELETE FROM run");
    expect(skippedOf(await importInto(connection, path))).toEqual([
      `1 run: its network is not a JSON list of 1 to 1000 model names (${todayId("a", 0)})`,
    ]);
    database.close();
    connection.close();
  });
});

test("a file that lacks a table or a column of the layout is refused in one line that names the layouts", () => {
  const tables =
    'Databases of panic-tda have the tables "runs", "invocations" and "embeddings" of 2026 (Elixir) or "run", "invocation" and "embedding" of 2025 (Python).';
  const cases = [
    ["DROP TABLE embeddings", `it has no table "embeddings". ${tables}`],
    [
      "ALTER TABLE invocations RENAME COLUMN model TO name",
      `it has no column "invocations.model". ${tables}`,
    ],
    ["DROP TABLE runs; CREATE VIEW runs AS SELECT * FROM invocations", 'its "runs" is a view'],
  ];
  for (const [sql, message] of cases) {
    const path = todayFile(todayContent(1, 2), {}, sql);
    expect(() => panicTdaSource(path), sql).toThrow(RunFileError);
    expect(() => panicTdaSource(path), sql).toThrow(message);
  }
});

test("the embeddings of images are clustered: a medoid has an image in place of a text", async () => {
  const content = todayContent(12, 2);
  for (const [n, row] of content.embeddings.entries()) row.vector = float32(n % 3, 1, n % 2);
  const temporary = await openTemporaryApp();
  try {
    const { app } = temporary;
    await importPanicTda(app, todayFile(content));
    await app.queue.start();
    await executeInProcess(app, {
      query: `mutation { clusterEmbeddings(input: { embeddingModel: "NomicVision", minClusterSize: 2 }) { __typename } }`,
    });
    const query = `{ latestClusteringResult {
      embeddingCount
      clusters { edges { node { medoidText medoidInvocation { type outputText outputImageUrl } } } }
    } }`;
    for (;;) {
      const { data } = await executeInProcess<{ latestClusteringResult: object | null }>(app, { query });
      if (data?.latestClusteringResult === null) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      const image = { type: "IMAGE", outputText: null, outputImageUrl: expect.stringMatching(/^\/images\//) };
      const cluster = { node: { medoidText: null, medoidInvocation: image } };
      expect(data).toEqual({
        latestClusteringResult: { embeddingCount: 12, clusters: { edges: [cluster, cluster, cluster] } },
      });
      return;
    }
  } finally {
    await temporary.close();
  }
});
