import { type AssignmentRow, assignmentColumns, columnList } from "../rows.js";
import type { Keyset } from "./keyset.js";

export type DatedAssignment = AssignmentRow & { createdAt: Date };

/** The assignments of an embedding in all clusterings that succeeded, newest first. */
export const assignments: Keyset<DatedAssignment> = {
  order: "Embedding.assignments",
  columns: `${columnList(assignmentColumns, "row")}, "result"."createdAt"`,
  table: `"ClusterAssignment"`,
  joins: () => [
    {
      table: `"ClusteringResult"`,
      as: "result",
      on: `"result"."id" = "row"."clusteringResultId" AND "result"."status" = 'SUCCEEDED'`,
    },
  ],
  parent: `"row"."embeddingId"`,
  orderBy: [
    {
      sql: `"result"."createdAt"`,
      descending: true,
      kind: "time",
      value: (row) => row.createdAt.getTime(),
    },
    {
      sql: `"row"."clusteringResultId"`,
      descending: true,
      kind: "id",
      value: (row) => row.clusteringResultId,
    },
  ],
  row: (columns) => columns as DatedAssignment,
};
