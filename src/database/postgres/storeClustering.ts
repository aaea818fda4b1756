import type { PoolClient } from "pg";
import type { BulkOptions, ClusteringToStore } from "../bulkStore.js";
import { CopyRows } from "../copyFormat/copyRows.js";
import { requireAllStaged, type StagedRows, stagedRowsQuery } from "../stagedRows.js";
import type { BulkConnections } from "./connections/bulkConnections.js";
import { isIntegrityViolation } from "./connections/integrityViolation.js";
import { retryWhenAway, writeTransaction } from "./connections/transaction.js";
import { copyInto } from "./copyInto.js";

/** Few enough that a transaction takes some tenths of a second: so long may a cancellation or a lease have to wait. */
export const rowsPerTransaction = 8192;
const clusterBytes = 110;
const assignmentBytes = 106;

/**
 * A statement of a transaction that stages rows may take so long: a worker that is stopped meanwhile must not keep the
 * one that takes over waiting. Milliseconds.
 */
const stagingMilliseconds = 15_000;

/** The attempt is no longer the one that runs. */
class AttemptOverError extends Error {}

/**
 * Stages clusters and assignments in short transactions, then publishes them with SUCCEEDED in one: until then no
 * query shows them. Every transaction is conditional on the attempt, and holds the result's row from that look on.
 * @returns false where the result is no longer RUNNING in this attempt; then nothing is published.
 * @throws Error where a medoid is not a member of its cluster, or a row is missing; then nothing is published
 */
export async function storeClustering(
  connections: BulkConnections,
  clustering: ClusteringToStore,
  { signal, onProgress }: BulkOptions = {},
): Promise<boolean> {
  const { clusteringResultId: id, attempt, labels } = clustering;
  const stage = (work: (client: PoolClient) => Promise<void>) =>
    writeTransaction(
      connections,
      async (client) => {
        await client.query(`SET LOCAL statement_timeout = ${stagingMilliseconds}`);
        await requireAttempt(client, id, attempt);
        await work(client);
        // Held only from here on: who takes the clustering over need not wait for the rows.
        await requireAttempt(client, id, attempt, "FOR NO KEY UPDATE");
      },
      { signal, isWorthRetrying: isTimeout },
    );
  const isCurrent = () =>
    retryWhenAway(async () => (await connections.query(currentAttempt, [id, attempt])).rows.length > 0);
  try {
    await discardStagedRows(connections, id, attempt);
    await stage((client) => insertClusters(client, clustering));
    for (let first = 0; first < labels.length; first += rowsPerTransaction) {
      onProgress?.(first / labels.length);
      const end = Math.min(first + rowsPerTransaction, labels.length);
      await stage((client) => insertAssignments(client, clustering, first, end));
    }
    onProgress?.(1);
    await writeTransaction(
      connections,
      async (client) => {
        await requireAttempt(client, id, attempt, "FOR NO KEY UPDATE");
        await requireWholeResult(client, clustering);
        await publish(client, clustering);
      },
      { signal },
    );
    return true;
  } catch (error) {
    await discardStagedRows(connections, id, attempt);
    // Rows of the attempt that has taken over stand in the way, or what these rows go with is gone.
    const isOver = error instanceof AttemptOverError || (isIntegrityViolation(error) && !(await isCurrent()));
    if (isOver) return false;
    throw error;
  }
}

/**
 * Removes what an attempt that did not succeed has staged, in short transactions, unless another attempt has taken
 * over: what is staged then is that one's.
 */
export async function discardStagedRows(
  connections: BulkConnections,
  id: string,
  attempt: number,
): Promise<void> {
  const discard = (sql: string) =>
    writeTransaction(connections, async (client) => {
      const { rowCount: isMine } = await client.query(
        `SELECT 1 FROM "ClusteringResult" WHERE "id" = $1 AND "attempt" = $2 AND "status" <> 'SUCCEEDED'
         FOR NO KEY UPDATE`,
        [id, attempt],
      );
      return isMine ? ((await client.query(sql, [id])).rowCount ?? 0) : 0;
    });
  const someAssignments = `
    DELETE FROM "ClusterAssignment" WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM "ClusterAssignment" WHERE "clusteringResultId" = $1 LIMIT ${rowsPerTransaction}))`;
  while ((await discard(someAssignments)) > 0) {}
  await discard(`DELETE FROM "Cluster" WHERE "clusteringResultId" = $1`);
}

/** Removes what attempts have left behind whose result was cancelled, or failed, after their process had died. */
export async function discardAbandonedRows(connections: BulkConnections): Promise<void> {
  const { rows } = await connections.query<{ id: string; attempt: number }>(`
    SELECT r."id", r."attempt" FROM "ClusteringResult" r
    WHERE r."status" IN ('FAILED', 'CANCELLED') AND (
      EXISTS (SELECT 1 FROM "Cluster" c WHERE c."clusteringResultId" = r."id") OR
      EXISTS (SELECT 1 FROM "ClusterAssignment" a WHERE a."clusteringResultId" = r."id"))`);
  for (const { id, attempt } of rows) await discardStagedRows(connections, id, attempt);
}

const currentAttempt = `
  SELECT 1 FROM "ClusteringResult" WHERE "id" = $1 AND "attempt" = $2 AND "status" = 'RUNNING'`;

/** @param hold the row until the transaction ends, so that none takes the clustering over in between */
async function requireAttempt(
  client: PoolClient,
  id: string,
  attempt: number,
  hold: "" | "FOR NO KEY UPDATE" = "",
): Promise<void> {
  const { rowCount } = await client.query(`${currentAttempt} ${hold}`, [id, attempt]);
  if (!rowCount) throw new AttemptOverError();
}

const embeddingIdOf = ({ embeddingIds }: ClusteringToStore, row: number) =>
  embeddingIds.subarray(row * 16, row * 16 + 16);

async function insertClusters(client: PoolClient, clustering: ClusteringToStore): Promise<void> {
  const columns = [
    "id",
    "clusteringResultId",
    "label",
    "size",
    "persistence",
    "medoidEmbeddingId",
    "medoidPoint",
  ];
  const rows = new CopyRows(columns.length, clustering.clusterIds.length * clusterBytes);
  for (const [label, clusterId] of clustering.clusterIds.entries()) {
    const medoid = clustering.medoids[label];
    rows
      .row()
      .uuid(clusterId)
      .uuid(clustering.clusteringResultId)
      .int4(label)
      .int4(clustering.sizes[label])
      .float8(clustering.persistence[label])
      .bytes(embeddingIdOf(clustering, medoid))
      .int4(clustering.distinctPoints[medoid]);
  }
  await copyInto(client, "Cluster", columns, rows);
}

async function insertAssignments(
  client: PoolClient,
  clustering: ClusteringToStore,
  first: number,
  end: number,
): Promise<void> {
  const columns = ["clusteringResultId", "embeddingId", "clusterId", "probability", "outlierScore", "point"];
  const rows = new CopyRows(columns.length, (end - first) * assignmentBytes);
  for (let row = first; row < end; row++) {
    const label = clustering.labels[row];
    rows
      .row()
      .uuid(clustering.clusteringResultId)
      .bytes(embeddingIdOf(clustering, row))
      .uuid(label < 0 ? null : clustering.clusterIds[label])
      .float8(clustering.probabilities[row])
      .float8(clustering.outlierScores[row])
      .int4(clustering.distinctPoints[row]);
  }
  await copyInto(client, "ClusterAssignment", columns, rows);
}

async function requireWholeResult(client: PoolClient, clustering: ClusteringToStore): Promise<void> {
  const { rows } = await client.query<StagedRows>(stagedRowsQuery("$1"), [clustering.clusteringResultId]);
  requireAllStaged(rows[0], clustering);
}

async function publish(client: PoolClient, clustering: ClusteringToStore): Promise<void> {
  const { labels } = clustering;
  // One at a time until the commit: the next one counts on from what this one is given.
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended('medoid finishing order', 0))");
  await client.query(
    `
    UPDATE "ClusteringResult"
    SET "status" = 'SUCCEEDED', "stage" = NULL, "progress" = 1, "finishedAt" = $2,
        "finishingNumber" = (SELECT coalesce(max("finishingNumber"), 0) + 1 FROM "ClusteringResult"), "leaseOwner" = NULL,
        "leaseExpiresAt" = NULL, "inputDigest" = $3, "engineVersion" = $4, "embeddingCount" = $5,
        "clusterCount" = $6, "outlierCount" = $7
    WHERE "id" = $1`,
    [
      clustering.clusteringResultId,
      new Date(),
      clustering.inputDigest,
      clustering.engineVersion,
      labels.length,
      clustering.clusterIds.length,
      labels.reduce((count, label) => count + (label < 0 ? 1 : 0), 0),
    ],
  );
}

function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown }).code === "57014"; // query_canceled
}
