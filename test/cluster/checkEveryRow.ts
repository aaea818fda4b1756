import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { queueSchema } from "../../src/jobs/queue/bullJobs.js";
import { backwardSteps, historyOf } from "./statusHistory.js";
import type { TestDatabase } from "./testDatabase.js";

export interface ResultRow {
  id: string;
  status: string;
  attempt: number;
  jobStatus: string | null;
  jobAttempt: number | null;
  handedBack: number;
  leaseOwner: string | null;
  finishedAt: string | null;
  failureCode: string | null;
  failureMessage: string | null;
  idempotencyKey: string | null;
  minClusterSize: number;
  embeddingCount: number | null;
  clusterCount: number | null;
  outlierCount: number | null;
}

/** Waits until no clustering is queued or running. @throws if one still is after `milliseconds` */
export async function allEnded(database: TestDatabase, milliseconds = 60_000): Promise<void> {
  const until = Date.now() + milliseconds;
  for (;;) {
    const open = await database.query<{ id: string }>(
      `SELECT "id", "status", "attempt", "stage" FROM "ClusteringResult" WHERE "status" IN ('QUEUED', 'RUNNING')`,
    );
    if (open.length === 0) return;
    if (Date.now() > until) {
      throw new Error(
        `After ${milliseconds} ms ${open.length} have not ended: ${JSON.stringify(open.slice(0, 5))}`,
      );
    }
    await delay(50);
  }
}

/** Waits until no clustering has a job: it is removed soon after its clustering has ended. SQLite has no jobs. */
export async function noJobIsLeft(database: TestDatabase, milliseconds = 20_000): Promise<void> {
  if (database.kind === "sqlite") return;
  for (const until = Date.now() + milliseconds; ; await delay(50)) {
    const jobs = await database.query(`SELECT "id", "state" FROM ${queueSchema}.job`);
    if (jobs.length === 0) return;
    if (Date.now() > until)
      throw new Error(`${jobs.length} jobs are left: ${JSON.stringify(jobs.slice(0, 5))}`);
  }
}

/**
 * Checks every row of the clusterings, once all have ended: each result is complete or absent, every cluster's medoid
 * is among its members, every count equals the number of rows, every status only moved forward, and no job is left.
 * @param started the ids (bare UUIDs) of the clusterings that were started and not deleted: none may be missing
 * @returns the results
 */
export async function checkEveryRow(database: TestDatabase, started: string[]): Promise<ResultRow[]> {
  const results = await database.query<ResultRow>(`
    SELECT r.*, j."handedBack", j."leaseOwner", j."idempotencyKey",
      j."status" AS "jobStatus", j."attempt" AS "jobAttempt"
    FROM "ClusteringResult" r LEFT JOIN "Job" j ON j."id" = r."id" ORDER BY r."id"`);
  const ids = new Set(results.map(({ id }) => id));
  expect(
    started.filter((id) => !ids.has(id)),
    "clusterings that are lost",
  ).toEqual([]);

  const wrong: string[] = [];
  for (const result of results) {
    const say = (what: string) => wrong.push(`${result.id} (${result.status}): ${what}`);
    if (!["SUCCEEDED", "FAILED", "CANCELLED"].includes(result.status)) say("has not ended");
    const { jobStatus, jobAttempt } = result;
    if (jobStatus !== result.status || jobAttempt !== result.attempt) {
      say(`is ${jobStatus} in attempt ${jobAttempt} for its job`);
    }
    if (result.leaseOwner !== null) say("has a lease");
    if (result.finishedAt === null) say("has no end");
    const counted = await countedRows(database, result.id);
    if (result.status !== "SUCCEEDED") {
      if (counted.clusters + counted.assignments > 0) say(`left rows: ${JSON.stringify(counted)}`);
      continue;
    }
    const reported = {
      clusters: result.clusterCount,
      assignments: result.embeddingCount,
      outliers: result.outlierCount,
      labels: result.clusterCount,
      wrongSizes: 0,
      medoidsElsewhere: 0,
    };
    expect(counted, `rows of ${result.id}`).toEqual(reported);
  }
  for (const [id, history] of await historyOf(database)) {
    for (const step of backwardSteps(history)) wrong.push(`${id}: ${step}`);
  }
  expect(wrong, "what is wrong with the rows").toEqual([]);

  const [orphans] = await database.query<Record<string, number>>(`
    SELECT
      (SELECT count(*) FROM "Cluster" WHERE "clusteringResultId" NOT IN (SELECT "id" FROM "ClusteringResult"))
        AS "clusters",
      (SELECT count(*) FROM "ClusterAssignment"
        WHERE "clusteringResultId" NOT IN (SELECT "id" FROM "ClusteringResult")) AS "assignments",
      (SELECT count(*) FROM "SpanningTree" WHERE "id" NOT IN (
        SELECT "spanningTreeId" FROM "ClusteringResult" WHERE "spanningTreeId" IS NOT NULL)) AS "trees",
      (SELECT count(*) FROM "SpanningTree" t WHERE "byteLength" <> (
        SELECT sum(length("bytes")) FROM "SpanningTreePiece" WHERE "spanningTreeId" = t."id")) AS "brokenTrees",
      (SELECT count(*) FROM "ClusteringResult"
        WHERE ("status" = 'SUCCEEDED') <> ("spanningTreeId" IS NOT NULL)) AS "withoutTree",
      (SELECT count(*) FROM "Job"
        WHERE "kind" = 'clustering' AND "subjectId" NOT IN (SELECT "id" FROM "ClusteringResult")) AS "jobs",
      (SELECT count(*) FROM "EmbeddingModel" m WHERE "embeddingCount" <> (
        SELECT count(*) FROM "Embedding" e WHERE e."embeddingModelId" = m."id")) AS "modelsThatCountWrong"`);
  expect(numbers(orphans)).toEqual({
    ...{ clusters: 0, assignments: 0, jobs: 0, modelsThatCountWrong: 0 },
    ...{ trees: 0, brokenTrees: 0, withoutTree: 0 },
  });
  if (database.kind === "sqlite") await checkFile(database);
  await noJobIsLeft(database);
  return results;
}

async function countedRows(database: TestDatabase, id: string) {
  const [counted] = await database.query<Record<string, number>>(
    `
    SELECT
      (SELECT count(*) FROM "Cluster" WHERE "clusteringResultId" = r."id") AS "clusters",
      (SELECT count(*) FROM "ClusterAssignment" WHERE "clusteringResultId" = r."id") AS "assignments",
      (SELECT count(*) FROM "ClusterAssignment" WHERE "clusteringResultId" = r."id" AND "clusterId" IS NULL)
        AS "outliers",
      (SELECT coalesce(max("label") + 1, 0) FROM "Cluster" WHERE "clusteringResultId" = r."id") AS "labels",
      (SELECT count(*) FROM "Cluster" c WHERE "clusteringResultId" = r."id" AND "size" <> (
        SELECT count(*) FROM "ClusterAssignment" a
        WHERE a."clusterId" = c."id" AND a."clusteringResultId" = r."id")) AS "wrongSizes",
      (SELECT count(*) FROM "Cluster" c WHERE "clusteringResultId" = r."id" AND NOT EXISTS (
        SELECT 1 FROM "ClusterAssignment" a
        JOIN "Embedding" e ON e."id" = a."embeddingId"
        WHERE a."clusteringResultId" = r."id" AND a."clusterId" = c."id" AND a."embeddingId" = c."medoidEmbeddingId"
          AND a."point" = c."medoidPoint")) AS "medoidsElsewhere"
    FROM "ClusteringResult" r WHERE r."id" = ?`,
    id,
  );
  return numbers(counted);
}

/** Errors that SQLite itself finds in the file. */
async function checkFile(database: TestDatabase): Promise<void> {
  expect(await database.query("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  expect(await database.query("PRAGMA foreign_key_check")).toEqual([]);
}

/** The content of a result without its ids, which are always new: equal for equal results. */
export async function resultDigest(database: TestDatabase, id: string): Promise<string> {
  const rows = await database.query(
    `
    SELECT a."embeddingId", c."label", c."size", c."persistence", c."medoidEmbeddingId", a."probability",
      a."outlierScore", a."point"
    FROM "ClusterAssignment" a LEFT JOIN "Cluster" c ON c."id" = a."clusterId"
    WHERE a."clusteringResultId" = ? ORDER BY a."embeddingId"`,
    id,
  );
  const [result] = await database.query(`SELECT "inputDigest" FROM "ClusteringResult" WHERE "id" = ?`, id);
  return createHash("sha256")
    .update(JSON.stringify([result, rows]))
    .digest("hex");
}

/** One driver returns counts as numbers, others as text or big integers. */
function numbers(row: Record<string, unknown>): Record<string, number> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)]));
}
