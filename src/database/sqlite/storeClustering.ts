import type { ClusteringToStore } from "../bulkStore.js";
import { readUuid } from "../uuidBytes.js";
import { type Connection, sqliteDateTime, writeTransaction } from "./connection.js";
import type { TaskReporter } from "./taskReporter.js";

const rowsPerReport = 4096;

/**
 * Writes clusters, assignments and SUCCEEDED in one transaction: readers see all of it or nothing.
 * @returns false where the result is no longer RUNNING in this attempt; then nothing was written.
 * @throws Error where a medoid is not a member of its cluster; then nothing was written.
 */
export function storeClustering(
  connection: Connection,
  clustering: ClusteringToStore,
  reporter: TaskReporter,
): boolean {
  const { clusteringResultId, labels, clusterIds, embeddingIds, medoids } = clustering;
  const idOf = (row: number) => readUuid(embeddingIds, row * 16);
  return writeTransaction(connection, () => {
    const outlierCount = labels.reduce((count, label) => count + (label < 0 ? 1 : 0), 0);
    const { changes } = connection
      .prepare(`
        UPDATE "ClusteringResult"
        SET "status" = 'SUCCEEDED', "stage" = NULL, "progress" = 1, "finishedAt" = ?, "leaseOwner" = NULL,
            "leaseExpiresAt" = NULL, "inputDigest" = ?, "engineVersion" = ?, "embeddingCount" = ?, "clusterCount" = ?,
            "outlierCount" = ?
        WHERE "id" = ? AND "attempt" = ? AND "status" = 'RUNNING'`)
      .run(
        sqliteDateTime(new Date()),
        clustering.inputDigest,
        clustering.engineVersion,
        labels.length,
        clusterIds.length,
        outlierCount,
        clusteringResultId,
        clustering.attempt,
      );
    if (changes === 0) return false;

    const insertCluster = connection.prepare(`
      INSERT INTO "Cluster"
        ("id", "clusteringResultId", "label", "size", "persistence", "medoidEmbeddingId", "medoidPoint")
      VALUES (?, ?, ?, ?, ?, ?, ?)`);
    for (let label = 0; label < clusterIds.length; label++) {
      insertCluster.run(
        clusterIds[label],
        clusteringResultId,
        label,
        clustering.sizes[label],
        clustering.persistence[label],
        idOf(medoids[label]),
        clustering.distinctPoints[medoids[label]],
      );
    }
    const insertAssignment = connection.prepare(`
      INSERT INTO "ClusterAssignment"
        ("clusteringResultId", "embeddingId", "clusterId", "probability", "outlierScore", "point")
      VALUES (?, ?, ?, ?, ?, ?)`);
    for (let row = 0; row < labels.length; row++) {
      if (row % rowsPerReport === 0) reporter.report(row / labels.length);
      insertAssignment.run(
        clusteringResultId,
        idOf(row),
        labels[row] < 0 ? null : clusterIds[labels[row]],
        clustering.probabilities[row],
        clustering.outlierScores[row],
        clustering.distinctPoints[row],
      );
    }
    const { unmapped } = connection
      .prepare(`
        SELECT count(*) AS "unmapped" FROM "Cluster" c
        WHERE c."clusteringResultId" = ? AND NOT EXISTS (
          SELECT 1 FROM "ClusterAssignment" a
          WHERE a."clusteringResultId" = c."clusteringResultId" AND a."embeddingId" = c."medoidEmbeddingId"
            AND a."clusterId" = c."id")`)
      .get(clusteringResultId) as { unmapped: number };
    if (unmapped > 0) throw new Error(`${unmapped} clusters hold no medoid among their members`);
    return true;
  });
}
