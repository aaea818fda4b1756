import type { SqlDialect } from "../../database/sqlDialect.js";
import {
  type AssignmentRow,
  assignmentColumns,
  columnList,
  type InvocationRow,
  invocationColumns,
  type RunRow,
  runColumns,
} from "../rows.js";
import { requireStorable } from "../storableText.js";
import type { Keyset, OrderColumn } from "./keyset.js";

/** RunFilter of the API: selects the runs that satisfy every given condition. */
export interface RunFilter {
  networks?: string[][] | null;
  initialPrompts?: string[] | null;
  /** Selects runs that have an embedding of this model. */
  embeddingModel?: string | null;
  /** Selects runs that have an invocation with one of these external ids. */
  externalIds?: string[] | null;
}

/** Newest first; equal times are ordered by id. */
export const newestFirst: OrderColumn<{ createdAt: Date; id: string }>[] = [
  {
    sql: `"row"."createdAt"`,
    descending: true,
    kind: "time",
    value: (row) => row.createdAt.getTime(),
  },
  { sql: `"row"."id"`, descending: true, kind: "id", value: (row) => row.id },
];

/** @throws RequestError if the filter has a text that databases cannot store */
export function runs(filter: RunFilter, dialect: SqlDialect): Keyset<RunRow> {
  for (const field of ["networks", "initialPrompts", "embeddingModel", "externalIds"] as const) {
    requireStorable(filter[field], ["filter", field]);
  }
  return {
    order: "runs",
    columns: columnList(runColumns, "row"),
    table: `"Run"`,
    where(parameter) {
      const conditions = ["1 = 1"];
      const isOneOf = (column: string, values: string[]) =>
        conditions.push(dialect.isOneOf(column, parameter(dialect.listValue(values)), "text"));
      if (filter.networks) {
        isOneOf(
          `"row"."network"`,
          filter.networks.map((network) => JSON.stringify(network)),
        );
      }
      if (filter.initialPrompts) isOneOf(`"row"."initialPrompt"`, filter.initialPrompts);
      if (filter.embeddingModel != null) {
        conditions.push(`EXISTS (
          SELECT 1 FROM "Invocation" i JOIN "Embedding" e ON e."invocationId" = i."id"
          JOIN "EmbeddingModel" m ON m."id" = e."embeddingModelId"
          WHERE i."runId" = "row"."id" AND m."name" = ${parameter(filter.embeddingModel)})`);
      }
      if (filter.externalIds) {
        // Not as EXISTS for each run: no index has the external ids, so that the invocations are read once.
        const values = parameter(dialect.listValue(filter.externalIds));
        conditions.push(`"row"."id" IN (
          SELECT i."runId" FROM "Invocation" i WHERE ${dialect.isOneOf(`i."externalId"`, values, "text")})`);
      }
      return conditions.join(" AND ");
    },
    orderBy: newestFirst,
    row: (columns) => columns as RunRow,
  };
}

export const runInvocations: Keyset<InvocationRow> = {
  order: "Run.invocations",
  columns: columnList(invocationColumns, "row"),
  table: `"Invocation"`,
  parent: `"row"."runId"`,
  orderBy: [{ sql: `"row"."sequenceNumber"`, kind: "integer", value: (row) => row.sequenceNumber }],
  row: (columns) => columns as InvocationRow,
};

export type PathStep = AssignmentRow & { sequenceNumber: number };

/** The steps of a run through the clusters of one result. The rows are the run's invocations. */
export function runClusterPath(clusteringResultId: string): Keyset<PathStep> {
  return {
    order: "Run.clusterPath",
    variant: clusteringResultId,
    columns: `${columnList(assignmentColumns, "assignment")}, "row"."sequenceNumber"`,
    table: `"Invocation"`,
    // An invocation has at most one embedding per model, and a result belongs to one model, so that there is
    // one step per invocation.
    joins: (parameter) => [
      { table: `"Embedding"`, as: "embedding", on: `"embedding"."invocationId" = "row"."id"` },
      {
        table: `"ClusterAssignment"`,
        as: "assignment",
        on: `"assignment"."embeddingId" = "embedding"."id"
          AND "assignment"."clusteringResultId" = ${parameter(clusteringResultId)}`,
      },
    ],
    parent: `"row"."runId"`,
    orderBy: [{ sql: `"row"."sequenceNumber"`, kind: "integer", value: (row) => row.sequenceNumber }],
    row: (columns) => columns as PathStep,
  };
}
