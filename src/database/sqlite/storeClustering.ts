import { setTimeout as pause } from "node:timers/promises";
import type { ClusteringToStore } from "../bulkStore.js";
import { readUuid } from "../copyFormat/uuidBytes.js";
import { longestPause } from "../errors/retryWhenBusy.js";
import { requireAllStaged, type StagedRows, stagedRowsQuery } from "../stagedRows.js";
import type { TaskReporter } from "../threads/taskReporter.js";
import { type Connection, sqliteDateTime, writeTransaction } from "./connection.js";

/** Few enough that the write lock is held for about a tenth of a second. */
export const rowsPerTransaction = 8192;
/** Between two transactions: every writer that waits for the lock asks for it meanwhile. */
const pauseMilliseconds = longestPause;

/** The attempt is no longer the one that runs. */
class AttemptOverError extends Error {}

/**
 * Stages clusters and assignments in short transactions, then publishes them with SUCCEEDED in one: until then no
 * query shows them. Every transaction is conditional on the attempt.
 * @returns false where the result is no longer RUNNING in this attempt; then nothing is published.
 * @throws Error where a medoid is not a member of its cluster, or a row is missing; then nothing is published
 */
export async function storeClustering(
  connection: Connection,
  clustering: ClusteringToStore,
  reporter: TaskReporter,
): Promise<boolean> {
  const { clusteringResultId: id, attempt, labels } = clustering;
  try {
    await discardStagedRows(connection, id, attempt);
    writeTransaction(connection, () => {
      requireAttempt(connection, id, attempt);
      insertClusters(connection, clustering);
    });
    for (let first = 0; first < labels.length; first += rowsPerTransaction) {
      reporter.report(first / labels.length);
      writeTransaction(connection, () => {
        requireAttempt(connection, id, attempt);
        insertAssignments(connection, clustering, first, Math.min(first + rowsPerTransaction, labels.length));
      });
      if (first + rowsPerTransaction < labels.length) await pause(pauseMilliseconds);
    }
    reporter.report(1);
    // It reads every row, so it does not hold the write lock: only an attempt that takes over changes them meanwhile.
    requireWholeResult(connection, clustering);
    writeTransaction(connection, () => {
      requireAttempt(connection, id, attempt);
      publish(connection, clustering);
    });
    return true;
  } catch (error) {
    await discardStagedRows(connection, id, attempt);
    if (error instanceof AttemptOverError) return false;
    throw error;
  }
}

/**
 * Removes what an attempt that did not succeed has staged, in short transactions, unless another attempt has taken
 * over: what is staged then is that one's.
 */
export async function discardStagedRows(connection: Connection, id: string, attempt: number): Promise<void> {
  const mine = `EXISTS (
    SELECT 1 FROM "ClusteringResult" r WHERE r."id" = ? AND r."attempt" = ? AND r."status" <> 'SUCCEEDED')`;
  const someAssignments = connection.prepare(`
    DELETE FROM "ClusterAssignment" WHERE rowid IN (
      SELECT rowid FROM "ClusterAssignment" WHERE "clusteringResultId" = ? LIMIT ${rowsPerTransaction}
    ) AND ${mine}`);
  while (writeTransaction(connection, () => someAssignments.run(id, id, attempt)).changes > 0) {
    await pause(pauseMilliseconds);
  }
  const clusters = connection.prepare(`DELETE FROM "Cluster" WHERE "clusteringResultId" = ? AND ${mine}`);
  writeTransaction(connection, () => clusters.run(id, id, attempt));
}

/** Removes what attempts have left behind whose result was cancelled, or failed, after their process had died. */
export async function discardAbandonedRows(connection: Connection): Promise<void> {
  const results = connection
    .prepare(`
      SELECT r."id", r."attempt" FROM "ClusteringResult" r
      WHERE r."status" IN ('FAILED', 'CANCELLED') AND (
        EXISTS (SELECT 1 FROM "Cluster" c WHERE c."clusteringResultId" = r."id") OR
        EXISTS (SELECT 1 FROM "ClusterAssignment" a WHERE a."clusteringResultId" = r."id"))`)
    .all() as { id: string; attempt: number }[];
  for (const { id, attempt } of results) await discardStagedRows(connection, id, attempt);
}

function requireAttempt(connection: Connection, id: string, attempt: number): void {
  const row = connection
    .prepare(`SELECT 1 FROM "ClusteringResult" WHERE "id" = ? AND "attempt" = ? AND "status" = 'RUNNING'`)
    .get(id, attempt);
  if (!row) throw new AttemptOverError();
}

const embeddingIdOf = ({ embeddingIds }: ClusteringToStore, row: number) => readUuid(embeddingIds, row * 16);

function insertClusters(connection: Connection, clustering: ClusteringToStore): void {
  const insert = connection.prepare(`
    INSERT INTO "Cluster"
      ("id", "clusteringResultId", "label", "size", "persistence", "medoidEmbeddingId", "medoidPoint")
    VALUES (?, ?, ?, ?, ?, ?, ?)`);
  for (const [label, clusterId] of clustering.clusterIds.entries()) {
    const medoid = clustering.medoids[label];
    insert.run(
      clusterId,
      clustering.clusteringResultId,
      label,
      clustering.sizes[label],
      clustering.persistence[label],
      embeddingIdOf(clustering, medoid),
      clustering.distinctPoints[medoid],
    );
  }
}

function insertAssignments(
  connection: Connection,
  clustering: ClusteringToStore,
  first: number,
  end: number,
): void {
  const insert = connection.prepare(`
    INSERT INTO "ClusterAssignment"
      ("clusteringResultId", "embeddingId", "clusterId", "probability", "outlierScore", "point")
    VALUES (?, ?, ?, ?, ?, ?)`);
  for (let row = first; row < end; row++) {
    const label = clustering.labels[row];
    insert.run(
      clustering.clusteringResultId,
      embeddingIdOf(clustering, row),
      label < 0 ? null : clustering.clusterIds[label],
      clustering.probabilities[row],
      clustering.outlierScores[row],
      clustering.distinctPoints[row],
    );
  }
}

function requireWholeResult(connection: Connection, clustering: ClusteringToStore): void {
  const staged = connection.prepare(stagedRowsQuery("?1")).get(clustering.clusteringResultId) as StagedRows;
  requireAllStaged(staged, clustering);
}

function publish(connection: Connection, clustering: ClusteringToStore): void {
  const { labels } = clustering;
  connection
    .prepare(`
      UPDATE "ClusteringResult"
      SET "status" = 'SUCCEEDED', "stage" = NULL, "progress" = 1, "finishedAt" = ?,
          "finishingNumber" = (SELECT coalesce(max("finishingNumber"), 0) + 1 FROM "ClusteringResult"), "leaseOwner" = NULL,
          "leaseExpiresAt" = NULL, "inputDigest" = ?, "engineVersion" = ?, "embeddingCount" = ?, "clusterCount" = ?,
          "outlierCount" = ?
      WHERE "id" = ?`)
    .run(
      sqliteDateTime(new Date()),
      clustering.inputDigest,
      clustering.engineVersion,
      labels.length,
      clustering.clusterIds.length,
      labels.reduce((count, label) => count + (label < 0 ? 1 : 0), 0),
      clustering.clusteringResultId,
    );
}
