import type { ClusteringToStore } from "../bulkStore.js";

/** Counts of the rows that an attempt has staged, as the transaction that publishes them sees them. */
export interface StagedRows {
  clusters: number;
  assignments: number;
  /**
   * Clusters whose medoid is not assigned to them, or is assigned with another distinct vector than the
   * cluster names.
   */
  unmapped: number;
  /** Clusters whose size differs from the number of their members. */
  missized: number;
  /** Number of bytes of the clustering's own spanning tree. */
  treeBytes: number;
}

/** @param id the placeholder of the result's id */
export const stagedRowsQuery = (id: string): string => `
  WITH "members" AS MATERIALIZED (
    SELECT "clusterId", count(*) AS "count" FROM "ClusterAssignment"
    WHERE "clusteringResultId" = ${id} GROUP BY "clusterId")
  SELECT
    CAST(count(*) AS INTEGER) AS "clusters",
    CAST((SELECT coalesce(sum("count"), 0) FROM "members") AS INTEGER) AS "assignments",
    CAST(count(*) FILTER (WHERE NOT EXISTS (
      SELECT 1 FROM "ClusterAssignment" a
      WHERE a."clusteringResultId" = c."clusteringResultId" AND a."embeddingId" = c."medoidEmbeddingId"
        AND a."clusterId" = c."id" AND a."point" = c."medoidPoint")) AS INTEGER) AS "unmapped",
    CAST(count(*) FILTER (WHERE c."size" <> coalesce(m."count", 0)) AS INTEGER) AS "missized",
    CAST((SELECT coalesce(sum(length("bytes")), 0) FROM "SpanningTreePiece" WHERE "spanningTreeId" = ${id})
      AS INTEGER) AS "treeBytes"
  FROM "Cluster" c LEFT JOIN "members" m ON m."clusterId" = c."id"
  WHERE c."clusteringResultId" = ${id}`;

/**
 * The last check before a result is published. It checks the rows as stored, independently of how they were
 * computed and sent.
 * @param ownTreeBytes number of bytes of the spanning tree, if the clustering has one of its own; otherwise 0
 * @throws Error that names what is wrong
 */
export function requireAllStaged(
  { clusters, assignments, unmapped, missized, treeBytes }: StagedRows,
  { clusterIds, labels }: ClusteringToStore,
  ownTreeBytes: number,
): void {
  if (unmapped > 0) throw new Error(`${unmapped} clusters hold no medoid among their members`);
  if (missized > 0) throw new Error(`${missized} clusters hold more or fewer members than their size says`);
  if (clusters !== clusterIds.length || assignments !== labels.length) {
    throw new Error(
      `${clusters} clusters and ${assignments} assignments are staged, not ${clusterIds.length} and ${labels.length}`,
    );
  }
  if (treeBytes !== ownTreeBytes) {
    throw new Error(`${treeBytes} bytes of the spanning tree are staged, not ${ownTreeBytes}`);
  }
}
