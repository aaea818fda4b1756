import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { v7 as randomUuid } from "uuid";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openApp } from "../../src/app.js";
import { storedTables } from "../../src/database/copy/storedTables.js";
import { type CopiedTable, copyDatabase } from "../../src/database/copyDatabase.js";
import type { Database } from "../../src/database/database.js";
import { getDatamodel } from "../../src/database/generated/pothos.js";
import { openDatabase } from "../../src/database/openDatabase.js";
import { walkQuery } from "../../src/schema/walkQuery.js";
import { createApiKey } from "../../src/server/access/apiKeys.js";
import { executeInProcess } from "../../src/server/inProcess.js";
import { runMedoid } from "../cli/runMedoid.js";
import {
  type Fixture,
  id,
  openFixture,
  uuid,
  writeClustering,
  writeMap,
  writeQueuedClustering,
  writeQueuedMap,
  writeRuns,
} from "../fixtures.js";
import { leaveClustering, leaveMap } from "../jobState.js";
import { createTestDatabase, type TestDatabase, testedKind } from "../testDatabase.js";

const rowsOf = (tables: CopiedTable[]) => Object.fromEntries(tables.map(({ table, rows }) => [table, rows]));

let folder: string;
/** Of the tested kind. */
let source: Fixture;
let from: string;
const targets: TestDatabase[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "medoid-copy-"));
  source = await openFixture();
  from = source.app.database.url;
  await writeRuns(source, { runs: 3, steps: 10, text: (n) => `Straße ${n} 🚲` });
  await writeClustering(source, {
    embeddings: 15,
    assign: (n) => ({ label: n % 5 === 4 ? -1 : n % 2, probability: 1 / (n + 1), outlierScore: n / 16 }),
  });
  await writeQueuedClustering(source, 1);
  await writeQueuedClustering(source, 2);
  const { prisma } = source;
  const cluster = { id: uuid("Cluster", 0), name: "Straßen 🚲", note: null };
  await prisma.clusterAnnotation.create({ data: cluster });
  for (const n of [0, 1]) {
    const result = { id: uuid("ClusteringResult", n), name: null, note: `noted ${n}`, revision: 1 + n };
    await prisma.clusteringResultAnnotation.create({ data: result });
  }
  const now = new Date("2026-03-01T12:34:56.789Z");
  await leaveClustering(prisma, uuid("ClusteringResult", 2), {
    ...{ status: "RUNNING", attempt: 2, handedBack: 1, leaseOwner: "somebody", leaseExpiresAt: now },
  });
  await prisma.clusteringResult.update({
    where: { id: uuid("ClusteringResult", 2) },
    data: { stage: "STORING", progress: 0.9, startedAt: now },
  });
  const [first, second] = [1, 2].map((n) => uuid("ClusteringResult", n));
  await prisma.job.update({
    where: { id: second },
    data: { requestedBy: "somebody", idempotencyKey: "once", requestDigest: "d", parentId: first },
  });
  // Staged, but never published.
  await prisma.cluster.create({
    data: {
      ...{ id: uuid("Cluster", 2000), clusteringResultId: uuid("ClusteringResult", 2), label: 0, size: 5 },
      ...{ persistence: 1, medoidEmbeddingId: uuid("Embedding", 0), medoidPoint: 0 },
    },
  });
  await prisma.spanningTree.create({
    data: {
      ...{ id: uuid("ClusteringResult", 2), byteLength: 2, checksum: "c" },
      pieces: { create: { number: 0, bytes: Uint8Array.of(1, 2) } },
    },
  });
  await writeMap(source, { embeddings: 15 });
  await writeQueuedMap(source, 3);
  await leaveMap(prisma, uuid("EmbeddingMap", 3), {
    ...{ status: "RUNNING", attempt: 1, leaseOwner: "somebody", leaseExpiresAt: now },
  });
  await prisma.mapPosition.create({
    data: { embeddingMapId: uuid("EmbeddingMap", 3), embeddingId: uuid("Embedding", 0), x: 1, y: 1 },
  });
  const metadata = '{"colour":"grün 🚲"}';
  await prisma.run.update({ where: { id: uuid("Run", 0) }, data: { metadata } });
  await prisma.invocation.update({
    where: { id: uuid("Invocation", 0) },
    data: { externalId: "row 0", metadata },
  });
  const importedFileId = randomUuid();
  await prisma.importedFile.create({ data: { id: importedFileId, path: "/home/somebody/grün.csv" } });
  await prisma.run.update({ where: { id: uuid("Run", 0) }, data: { importedFileId } });
  await prisma.sharedRun.create({ data: { importedFileId, runId: uuid("Run", 1) } });
  await createApiKey(prisma, { name: "for the copy", scopes: ["read"] });
});
afterEach(async () => {
  for (const target of targets.splice(0)) await target.drop();
});
afterAll(async () => {
  await source.close();
  rmSync(folder, { recursive: true });
});

let files = 0;
/** The URL of a SQLite database that is migrated and empty. */
async function emptyFile(): Promise<string> {
  const url = `file:${join(folder, `${files++}.db`)}`;
  await (await openDatabase(url)).close();
  return url;
}

/** The URL of such a database of the tested kind. */
async function emptyDatabase(): Promise<string> {
  const target = await createTestDatabase();
  targets.push(target);
  await (await openDatabase(target.url)).close();
  return target.url;
}

async function withDatabase<T>(url: string, use: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(url);
  try {
    return await use(database);
  } finally {
    await database.close();
  }
}

async function walk(url: string) {
  const app = await openApp({ databaseUrl: url });
  try {
    const variables = { id: id("ClusteringResult", 0), first: 5 };
    return await executeInProcess(app, { query: walkQuery, variables, baseUrl: "http://medoid.test" });
  } finally {
    await app.close();
  }
}

const counts = {
  ImportedFile: 1,
  Run: 3,
  SharedRun: 1,
  EmbeddingModel: 1,
  Invocation: 30,
  OutputImage: 15,
  Embedding: 15,
  Job: 5,
  SpanningTree: 1,
  SpanningTreePiece: 1,
  ClusteringResult: 3,
  Cluster: 2,
  ClusteringResultAnnotation: 2,
  ClusterAnnotation: 1,
  ClusterAssignment: 15,
  EmbeddingMap: 2,
  MapPosition: 15,
  ApiKey: 1,
};

test(`${testedKind} → SQLite → ${testedKind} → SQLite: every table has the same digest, and the walk the same response`, async () => {
  const urls = [from, await emptyFile(), await emptyDatabase(), await emptyFile()];
  const reports: CopiedTable[][] = [];
  for (let at = 1; at < urls.length; at++) reports.push(await copyDatabase(urls[at - 1], urls[at]));

  expect(rowsOf(reports[0])).toEqual(counts);
  expect(reports[1]).toEqual(reports[0]);
  expect(reports[2]).toEqual(reports[0]);
  const original = await walk(from);
  expect(original.errors).toBeUndefined();
  expect(await walk(urls[2])).toEqual(original);
  expect(await walk(urls[3])).toEqual(original);
  // The values themselves, because equal digests do not show that both sides are right.
  const one = { where: { id: uuid("Run", 0) } };
  await withDatabase(urls[3], async ({ prisma }) => {
    expect(await prisma.run.findUnique(one)).toEqual(await source.prisma.run.findUnique(one));
    const inOrder = { orderBy: { id: "asc" } } as const;
    expect(await prisma.invocation.findMany(inOrder)).toEqual(
      await source.prisma.invocation.findMany(inOrder),
    );
    expect(await prisma.embedding.findMany(inOrder)).toEqual(await source.prisma.embedding.findMany(inOrder));
    expect(await prisma.outputImage.findMany({ orderBy: { invocationId: "asc" } })).toEqual(
      await source.prisma.outputImage.findMany({ orderBy: { invocationId: "asc" } }),
    );
    expect(await prisma.clusterAssignment.findMany({ orderBy: { embeddingId: "asc" } })).toEqual(
      await source.prisma.clusterAssignment.findMany({ orderBy: { embeddingId: "asc" } }),
    );
    expect(await prisma.spanningTreePiece.findMany()).toEqual([
      { spanningTreeId: uuid("ClusteringResult", 0), number: 0, bytes: Uint8Array.of(1, 2, 3) },
    ]);
    expect(await prisma.mapPosition.findMany({ orderBy: { embeddingId: "asc" } })).toEqual(
      await source.prisma.mapPosition.findMany({
        where: { embeddingMapId: uuid("EmbeddingMap", 0) },
        orderBy: { embeddingId: "asc" },
      }),
    );
    expect(await prisma.clusterAnnotation.findMany()).toEqual([
      { id: uuid("Cluster", 0), name: "Straßen 🚲", note: null },
    ]);
    expect(await prisma.clusteringResultAnnotation.findMany(inOrder)).toEqual(
      [0, 1].map((n) => ({
        ...{ id: uuid("ClusteringResult", n), name: null, note: `noted ${n}`, revision: 1 + n },
      })),
    );
    expect(await prisma.apiKey.findMany()).toEqual(await source.prisma.apiKey.findMany());
  });
});

test("an invocation that was stored before its input is copied after it", async () => {
  const original = await createTestDatabase();
  targets.push(original);
  const [runId, input, output] = [uuid("Run", 0), uuid("Invocation", 1), uuid("Invocation", 0)];
  await withDatabase(original.url, async ({ prisma }) => {
    await prisma.run.create({ data: { id: runId, network: '["Viewer"]', initialPrompt: "a prompt" } });
    const fields = { runId, model: "Viewer", type: "TEXT" } as const;
    await prisma.invocation.create({ data: { ...fields, id: output, sequenceNumber: 1 } });
    await prisma.invocation.create({ data: { ...fields, id: input, sequenceNumber: 0 } });
    await prisma.invocation.update({ where: { id: output }, data: { inputInvocationId: input } });
  });
  const to = await emptyDatabase();
  await copyDatabase(original.url, to);
  await withDatabase(to, async ({ prisma }) => {
    const copied = await prisma.invocation.findUnique({ where: { id: output } });
    expect(copied).toMatchObject({ sequenceNumber: 1, inputInvocationId: input });
  });
});

test("a clustering or map that runs in the source is queued in the copy, without the rows that its worker has staged", async () => {
  const to = await emptyDatabase();
  await copyDatabase(from, to);
  await withDatabase(to, async ({ prisma }) => {
    const where = { id: uuid("ClusteringResult", 2) };
    const stored = await source.prisma.clusteringResult.findUniqueOrThrow({ where });
    expect(await prisma.clusteringResult.findUnique({ where })).toEqual({
      ...stored,
      ...{ status: "QUEUED", attempt: 2, stage: null, progress: 0, startedAt: null },
    });
    const inOrder = { orderBy: { id: "asc" } } as const;
    const map = { id: uuid("EmbeddingMap", 3) };
    expect(await prisma.embeddingMap.findUnique({ where: map })).toEqual({
      ...(await source.prisma.embeddingMap.findUnique({ where: map })),
      ...{ status: "QUEUED", attempt: 1, progress: 0 },
    });
    expect(await prisma.job.findUnique({ where: map })).toMatchObject({ status: "QUEUED", handedBack: 1 });
    expect(await prisma.mapPosition.count({ where: { embeddingMapId: map.id } })).toBe(0);
    const ofClusterings = { where: { kind: "clustering" }, ...inOrder } as const;
    const jobs = await source.prisma.job.findMany(ofClusterings);
    expect(await prisma.job.findMany(ofClusterings)).toEqual([
      ...jobs.slice(0, 2),
      {
        ...jobs[2],
        ...{ status: "QUEUED", attempt: 2, handedBack: 2, leaseOwner: null, leaseExpiresAt: null },
      },
    ]);
    expect(jobs.map(({ id }) => id)).toEqual([0, 1, 2].map((n) => uuid("ClusteringResult", n)));
    expect(await prisma.cluster.count({ where: { clusteringResultId: where.id } })).toBe(0);
    expect(await prisma.spanningTree.count({ where })).toBe(0);
    expect(stored.status).toBe("RUNNING");
  });
});

describe("all or nothing", () => {
  let to: string;
  beforeEach(async () => {
    to = await emptyDatabase();
  });
  const isEmpty = () =>
    withDatabase(to, async ({ prisma }) => (await prisma.run.count()) + (await prisma.apiKey.count()) === 0);

  test("a database that is not empty is refused, and left unchanged", async () => {
    await withDatabase(to, ({ prisma }) =>
      prisma.embeddingModel.create({ data: { id: uuid("EmbeddingModel", 9), name: "other", dimensions: 1 } }),
    );
    await expect(copyDatabase(from, to)).rejects.toThrow(
      /must be empty, and its table EmbeddingModel has 1 row\. Nothing was copied/,
    );
    expect(await isEmpty()).toBe(true);
  });

  test.each([0, 0.3, 0.9])("stopped at %d, it leaves nothing", async (at) => {
    const stop = new AbortController();
    const copying = copyDatabase(from, to, {
      signal: stop.signal,
      onProgress: (progress) => progress >= at && stop.abort(new Error("stopped here")),
    });
    await expect(copying).rejects.toThrow("stopped here");
    expect(await isEmpty()).toBe(true);
    expect(rowsOf(await copyDatabase(from, to))).toEqual(counts);
  });

  test("if a row does not arrive unchanged, nothing is left", async () => {
    await withDatabase(to, async ({ prisma }) => {
      const statements =
        testedKind === "postgresql"
          ? [
              `CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS
               $$ BEGIN NEW."outputText" := 'other'; RETURN NEW; END $$`,
              `CREATE TRIGGER change BEFORE INSERT ON "Invocation" FOR EACH ROW
               WHEN (NEW."sequenceNumber" = 3) EXECUTE FUNCTION change()`,
            ]
          : [
              `CREATE TRIGGER change AFTER INSERT ON "Invocation" WHEN NEW."sequenceNumber" = 3
               BEGIN UPDATE "Invocation" SET "outputText" = 'other' WHERE "id" = NEW."id"; END`,
            ];
      for (const statement of statements) await prisma.$executeRawUnsafe(statement);
    });
    await expect(copyDatabase(from, to)).rejects.toThrow(
      /The table Invocation was stored differently from what was read: 30 rows/,
    );
    expect(await isEmpty()).toBe(true);
  });
});

test("every column of every table is copied", async () => {
  const columns = await withDatabase(from, ({ read }) =>
    read(
      testedKind === "postgresql"
        ? `SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns
           WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%'`
        : `SELECT m.name AS "table", c.name AS "column" FROM sqlite_master m JOIN pragma_table_info(m.name) c
           WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%'`,
      [],
    ),
  );
  const listed = storedTables.flatMap(({ name, columns }) => columns.map(([column]) => `${name}.${column}`));
  expect(columns.map(({ table, column }) => `${table}.${column}`).sort()).toEqual(listed.sort());
});

test("each table comes after those that its rows refer to", () => {
  const models = getDatamodel().datamodel.models;
  storedTables.forEach(({ name }, place) => {
    const before = storedTables.slice(0, place + 1).map((table) => table.name);
    const referredTo = models[name].fields.filter(
      ({ relationFromFields = [] }) => relationFromFields.length > 0,
    );
    expect(before).toEqual(expect.arrayContaining(referredTo.map(({ type }) => type)));
  });
});

describe("medoid copy", () => {
  test("prints each table with its rows and digest", async () => {
    const to = `file:${join(folder, "made.db")}`;
    const { code, stdout, stderr } = await runMedoid(
      "file:./unused.db",
      "copy",
      "--from",
      from,
      "--to",
      to,
      "--json",
    );
    expect(stderr).toMatch(/Copying 100 %/);
    expect(code).toBe(0);
    const printed: CopiedTable[] = JSON.parse(stdout);
    expect(rowsOf(printed)).toEqual(counts);
    for (const { digest } of printed) expect(digest).toMatch(/^[0-9a-f]{64}$/);

    const again = await runMedoid("file:./unused.db", "copy", "--from", from, "--to", to);
    expect(again.stderr).toMatch(/must be empty, and its table ImportedFile has 1 row\./);
    expect(again.code).toBe(1);
  });
});
