import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import Libsql from "libsql";
import pg from "pg";
import { v7 as uuid } from "uuid";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type App, openApp } from "../../src/app.js";
import { sqlitePath } from "../../src/database/databaseUrl.js";
import { migrationNames } from "../../src/database/migrations/migrations.js";
import { sqliteDateTime } from "../../src/database/sqlite/connection.js";
import { deleteClusteringResult } from "../../src/resolvers/clusterings/deleteClusteringResult.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { IdempotencyConflictError } from "../../src/resolvers/errors.js";
import { createTestDatabase, type TestDatabase, testedKind } from "../testDatabase.js";

const folder = testedKind === "sqlite" ? "sqlite" : "postgres";
const names = migrationNames(folder);
const before = names.slice(
  0,
  names.findIndex((name) => name.endsWith("_jobs")),
);

let database: TestDatabase;
let app: App;

/** Runs statements one after the other, without Medoid. */
async function run(statements: string[]): Promise<void> {
  if (testedKind === "sqlite") {
    const connection = new Libsql(sqlitePath(database.url));
    for (const statement of statements) connection.exec(statement);
    connection.close();
    return;
  }
  const client = new pg.Client(database.url);
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

const value = (of: unknown) => {
  if (of === null) return "NULL";
  if (of instanceof Date) return `'${testedKind === "sqlite" ? sqliteDateTime(of) : of.toISOString()}'`;
  return typeof of === "string" ? `'${of}'` : String(of);
};
const insert = (table: string, row: Record<string, unknown>) =>
  `INSERT INTO "${table}" (${Object.keys(row)
    .map((name) => `"${name}"`)
    .join(", ")}) VALUES (${Object.values(row).map(value).join(", ")})`;
const bytes = (hex: string) => (testedKind === "sqlite" ? `X'${hex}'` : `'\\x${hex}'`);

/** A database as the previous version created it, with its record of migrations. */
const schemaBefore = () => [
  ...before.map((name) => readFileSync(`prisma/${folder}/migrations/${name}/migration.sql`, "utf8")),
  `CREATE TABLE "_prisma_migrations" (
    "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL,
    "finished_at" ${testedKind === "sqlite" ? "DATETIME" : "TIMESTAMPTZ"}, "migration_name" VARCHAR(255) NOT NULL,
    "logs" TEXT, "rolled_back_at" ${testedKind === "sqlite" ? "DATETIME" : "TIMESTAMPTZ"},
    "started_at" ${testedKind === "sqlite" ? "DATETIME" : "TIMESTAMPTZ"} NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`,
  ...before.map((name) => {
    const sql = readFileSync(`prisma/${folder}/migrations/${name}/migration.sql`);
    const checksum = createHash("sha256").update(sql).digest("hex");
    return `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "finished_at", "applied_steps_count")
      VALUES ('${uuid()}', '${checksum}', '${name}', CURRENT_TIMESTAMP, 1)`;
  }),
];

const modelId = uuid();

/** Two groups of embeddings. */
function embeddingsBefore(): string[] {
  const runId = uuid();
  const statements = [
    insert("EmbeddingModel", { id: modelId, name: "Model", dimensions: 2, embeddingCount: 12 }),
    insert("Run", { id: runId, network: '["a"]', initialPrompt: "a prompt" }),
  ];
  for (let n = 0; n < 12; n++) {
    const [invocationId, vector] = [uuid(), Float32Array.of(n % 2, (0.01 * n) / 2 + 1)];
    statements.push(
      insert("Invocation", {
        ...{ id: invocationId, runId, sequenceNumber: n, model: "a", type: "TEXT", outputText: `text ${n}` },
      }),
      `INSERT INTO "Embedding" ("id", "invocationId", "embeddingModelId", "vector")
       VALUES ('${uuid()}', '${invocationId}', '${modelId}', ${bytes(Buffer.from(vector.buffer).toString("hex"))})`,
    );
  }
  return statements;
}

const lapsed = new Date(Date.now() - 60_000);
const held = () => new Date(Date.now() + 4_000);
const noKey = { requestedBy: "", idempotencyKey: null, requestDigest: null };
const idle = { leaseOwner: null, leaseExpiresAt: null };

/** As the previous version left its clusterings, oldest first. */
const clusterings = {
  waits: {
    ...{ status: "QUEUED", attempt: 2, handedBack: 1, ...idle },
    ...{ requestedBy: "a key", idempotencyKey: "once", requestDigest: "of another input" },
  },
  lost: {
    ...{ status: "RUNNING", attempt: 1, handedBack: 0, leaseOwner: "dead", leaseExpiresAt: lapsed, ...noKey },
    ...{ stage: "NEIGHBOURS", progress: 0.5, startedAt: lapsed },
  },
  spent: {
    ...{ status: "RUNNING", attempt: 4, handedBack: 1, leaseOwner: "dead", leaseExpiresAt: lapsed, ...noKey },
    ...{ stage: "STORING", progress: 0.97, startedAt: lapsed },
  },
  runs: {
    ...{
      status: "RUNNING",
      attempt: 1,
      handedBack: 0,
      leaseOwner: "alive",
      leaseExpiresAt: held(),
      ...noKey,
    },
    ...{ stage: "MEDOIDS", progress: 0.9, startedAt: lapsed },
  },
  cancelled: { status: "CANCELLED", attempt: 1, handedBack: 0, ...idle, ...noKey, finishedAt: lapsed },
};
type Name = keyof typeof clusterings;
const ids = Object.fromEntries(Object.keys(clusterings).map((name) => [name, uuid()])) as Record<
  Name,
  string
>;
const createdAt = (name: Name) =>
  new Date(Date.UTC(2026, 0, 1, 0, 0, Object.keys(clusterings).indexOf(name)));

const clusteringsBefore = () =>
  (Object.keys(clusterings) as Name[]).map((name) =>
    insert("ClusteringResult", {
      ...{ id: ids[name], embeddingModelId: modelId, algorithm: "HDBSCAN", minClusterSize: 3, minSamples: 3 },
      ...{
        clusterSelectionMethod: "EXCESS_OF_MASS",
        clusterSelectionEpsilon: 0,
        alpha: 1,
        metric: "EUCLIDEAN",
      },
      ...{ allowSingleCluster: false, normalize: false, filter: "{}", engineVersion: "old" },
      ...clusterings[name],
      createdAt: createdAt(name),
    }),
  );

beforeEach(async () => {
  database = await createTestDatabase({ migrated: false });
  clusterings.runs.leaseExpiresAt = held();
  await run([...schemaBefore(), ...embeddingsBefore(), ...clusteringsBefore()]);
  const queue = { pollMilliseconds: 20, leaseMilliseconds: 1_000, reconcileMilliseconds: 500 };
  app = await openApp({ databaseUrl: database.url, queue });
});
afterEach(async () => {
  await app.close();
  await database.drop();
});

const resultOf = (name: Name) =>
  app.database.prisma.clusteringResult.findUniqueOrThrow({ where: { id: ids[name] } });

describe("a database of the previous version, with clusterings queued and running in it,", () => {
  test("has a job for each of them, with its progress, and shows clients the same as before", async () => {
    const jobs = await app.database.prisma.job.findMany({ orderBy: { createdAt: "asc" } });
    expect(jobs).toEqual(
      (Object.keys(clusterings) as Name[]).map((name) => {
        const { stage, progress, startedAt, finishedAt, ...job } = clusterings[name] as Record<
          string,
          unknown
        >;
        const [id, kind] = [ids[name], "clustering"];
        return { ...job, id, kind, subjectId: id, parentId: null, createdAt: createdAt(name) };
      }),
    );
    for (const name of Object.keys(clusterings) as Name[]) {
      const { handedBack, leaseOwner, leaseExpiresAt, ...rest } = clusterings[name];
      const { requestedBy, idempotencyKey, requestDigest, ...shown } = rest;
      expect(await resultOf(name)).toMatchObject(shown);
    }
  });

  test("has the work done that was queued or whose worker is gone, without an additional attempt", async () => {
    await app.queue.start();
    const statusOf = async (name: Name) => (await resultOf(name)).status;
    const ends = (name: Name, status: string) =>
      expect.poll(() => statusOf(name), { timeout: 200_000 }).toBe(status);
    await ends("waits", "SUCCEEDED");
    await ends("lost", "SUCCEEDED");
    await ends("spent", "FAILED");

    expect(await resultOf("waits")).toMatchObject({ status: "SUCCEEDED", attempt: 3, clusterCount: 2 });
    expect(await resultOf("lost")).toMatchObject({ status: "SUCCEEDED", attempt: 2, clusterCount: 2 });
    expect(await resultOf("spent")).toMatchObject({
      status: "FAILED",
      failureCode: "ATTEMPTS_SPENT",
      attempt: 4,
    });
    expect(await resultOf("cancelled")).toMatchObject({ status: "CANCELLED", attempt: 1 });
    await ends("runs", "SUCCEEDED");
    const taken = await resultOf("runs");
    expect(taken).toMatchObject({ attempt: 2 });
    // Not before the lease of the process that computed it had expired.
    expect(+taken.startedAt!).toBeGreaterThanOrEqual(+clusterings.runs.leaseExpiresAt);
  });

  test("still recognises the idempotency keys, separately for each caller, until the result is deleted", async () => {
    const input = { embeddingModel: "Model", minClusterSize: 3, idempotencyKey: "once" };
    const outcome = await startClustering(app, input, "a key");
    expect(outcome).toBeInstanceOf(IdempotencyConflictError);
    expect(outcome).toMatchObject({ kind: "clustering", subjectId: ids.waits });
    expect(await startClustering(app, input, "another key")).toEqual({ id: expect.any(String) });

    expect(await deleteClusteringResult(app, ids.cancelled)).toEqual({ deleted: true });
    expect(await app.database.prisma.job.findUnique({ where: { id: ids.cancelled } })).toBeNull();
  });
});
