import { assignedEmbeddings, type ScoredEmbedding } from "./clusteringResultKeysets.js";
import type { Keyset } from "./keyset.js";

/** The members of a cluster, by descending membership probability. */
export const members: Keyset<ScoredEmbedding> = {
  ...assignedEmbeddings,
  order: "Cluster.members",
  parent: `"row"."clusterId"`,
  orderBy: [
    { sql: `"row"."probability"`, descending: true, kind: "number", value: (row) => row.probability },
    { sql: `"row"."embeddingId"`, kind: "id", value: (row) => row.id },
  ],
};

export type MedoidOccurrence = ScoredEmbedding & {
  /** 0 for the medoid itself, 1 for the others. */
  rank: number;
  runId: string;
  sequenceNumber: number;
};

const rank = `CASE WHEN "row"."embeddingId" = "cluster"."medoidEmbeddingId" THEN 0 ELSE 1 END`;

/** The members whose vector equals the medoid's: first the medoid, then the others in canonical order. */
export const medoidOccurrences: Keyset<MedoidOccurrence> = {
  order: "Cluster.medoidOccurrences",
  columns: `${assignedEmbeddings.columns}, ${rank} AS "rank", "invocation"."runId", "invocation"."sequenceNumber"`,
  table: `"ClusterAssignment"`,
  // A subquery instead of a join, so that the index of cluster and point finds the rows.
  where: () => `"row"."point" = (SELECT c."medoidPoint" FROM "Cluster" c WHERE c."id" = parent."value")`,
  orderJoins: [
    { table: `"Cluster"`, as: "cluster", on: `"cluster"."id" = "row"."clusterId"` },
    ...assignedEmbeddings.details,
    { table: `"Invocation"`, as: "invocation", on: `"invocation"."id" = "embedding"."invocationId"` },
  ],
  parent: `"row"."clusterId"`,
  orderBy: [
    { sql: rank, kind: "integer", value: (row) => row.rank },
    { sql: `"invocation"."runId"`, kind: "id", value: (row) => row.runId },
    { sql: `"invocation"."sequenceNumber"`, kind: "integer", value: (row) => row.sequenceNumber },
    { sql: `"row"."embeddingId"`, kind: "id", value: (row) => row.id },
  ],
  // A computed column has no declared type, so that the integer arrives as bigint.
  row: (columns) => ({ ...columns, rank: Number(columns.rank) }) as MedoidOccurrence,
};
