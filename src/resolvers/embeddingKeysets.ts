import type { Keyset } from "./keyset.js";
import { type AssignmentRow, assignmentColumns, columnList } from "./nodeRows.js";

export type DatedAssignment = AssignmentRow & { createdAt: Date };

/** What each clustering said of an embedding, newest first. Assignments exist only of those that succeeded. */
export const assignments: Keyset<DatedAssignment> = {
  order: "Embedding.assignments",
  columns: `${columnList(assignmentColumns, "row")}, "result"."createdAt"`,
  table: `"ClusterAssignment"`,
  orderJoins: [
    { table: `"ClusteringResult"`, as: "result", on: `"result"."id" = "row"."clusteringResultId"` },
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
      kind: "text",
      value: (row) => row.clusteringResultId,
    },
  ],
  row: (columns) => columns as DatedAssignment,
};
