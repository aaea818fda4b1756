import type { SqlDialect } from "../../database/sqlDialect.js";
import {
  type AssignmentRow,
  assignmentColumns,
  type ClusteringResultRow,
  type ClusterRow,
  clusterColumns,
  clusteringResultColumns,
  columnList,
  type EmbeddingRow,
  embeddingColumns,
} from "../rows.js";
import { requireStorable } from "../storableText.js";
import type { Keyset, OrderColumn } from "./keyset.js";
import { newestFirst } from "./runKeysets.js";

/** ClusteringResultFilter of the API: selects the results that satisfy every given condition. */
export interface ClusteringResultFilter {
  embeddingModel?: string | null;
  algorithm?: ClusteringResultRow["algorithm"] | null;
  statuses?: ClusteringResultRow["status"][] | null;
}

/** @throws RequestError if the filter has a text that databases cannot store */
export function clusteringResults(
  filter: ClusteringResultFilter,
  dialect: SqlDialect,
): Keyset<ClusteringResultRow> {
  requireStorable(filter.embeddingModel, ["filter", "embeddingModel"]);
  return {
    order: "clusteringResults",
    columns: columnList(clusteringResultColumns, "row"),
    table: `"ClusteringResult"`,
    where(parameter) {
      const conditions = ["1 = 1"];
      if (filter.embeddingModel != null) {
        conditions.push(`"row"."embeddingModelId" = (
          SELECT m."id" FROM "EmbeddingModel" m WHERE m."name" = ${parameter(filter.embeddingModel)})`);
      }
      if (filter.algorithm != null) conditions.push(`"row"."algorithm" = ${parameter(filter.algorithm)}`);
      if (filter.statuses) {
        const statuses = parameter(dialect.listValue(filter.statuses));
        conditions.push(dialect.isOneOf(`"row"."status"`, statuses, "ClusteringStatus"));
      }
      return conditions.join(" AND ");
    },
    orderBy: newestFirst,
    row: (columns) => columns as ClusteringResultRow,
  };
}

/** ClusterOrder of the API. A direction that is absent or null has its default. */
export interface ClusterOrder {
  field: "SIZE" | "PERSISTENCE";
  direction?: "ASCENDING" | "DESCENDING" | null;
}

export const defaultDirection = "DESCENDING";

/**
 * The clusters of a result. Labels are numbered by descending size, so that ascending labels have descending
 * sizes.
 */
export function clusters(requested: ClusterOrder): Keyset<ClusterRow> {
  const { field } = requested;
  const direction = requested.direction ?? defaultDirection;
  const descending = direction === "DESCENDING";
  const byLabel: OrderColumn<ClusterRow> = {
    sql: `"row"."label"`,
    kind: "integer",
    value: (row) => row.label,
  };
  const bySize: OrderColumn<ClusterRow> = { sql: `"row"."size"`, kind: "integer", value: (row) => row.size };
  const byPersistence: OrderColumn<ClusterRow> = {
    sql: `"row"."persistence"`,
    descending,
    kind: "number",
    value: (row) => row.persistence,
  };
  const orderBy = {
    SIZE: descending ? [byLabel] : [bySize, byLabel],
    PERSISTENCE: [byPersistence, byLabel],
  };
  return {
    order: `ClusteringResult.clusters ${field} ${direction}`,
    columns: columnList(clusterColumns, "row"),
    table: `"Cluster"`,
    parent: `"row"."clusteringResultId"`,
    orderBy: orderBy[field],
    row: (columns) => columns as ClusterRow,
  };
}

export type ScoredEmbedding = EmbeddingRow & { probability: number; outlierScore: number };

/**
 * The tables and columns from which embeddings of a result are read: assignments, each with its embedding.
 */
export const assignedEmbeddings = {
  columns: `${columnList(embeddingColumns, "embedding")}, "row"."probability", "row"."outlierScore"`,
  table: `"ClusterAssignment"`,
  details: [{ table: `"Embedding"`, as: "embedding", on: `"embedding"."id" = "row"."embeddingId"` }],
  row: (columns: Record<string, unknown>) => columns as ScoredEmbedding,
};

export const outliers: Keyset<ScoredEmbedding> = {
  ...assignedEmbeddings,
  order: "ClusteringResult.outliers",
  parent: `"row"."clusteringResultId"`,
  where: () => `"row"."clusterId" IS NULL`,
  orderedWithin: `"row"."clusterId"`,
  orderBy: [
    { sql: `"row"."outlierScore"`, descending: true, kind: "number", value: (row) => row.outlierScore },
    { sql: `"row"."embeddingId"`, kind: "id", value: (row) => row.id },
  ],
};

/** The assignments of all embeddings that took part in a result, outliers included. */
export const assignmentsOfResult: Keyset<AssignmentRow> = {
  order: "ClusteringResult.assignments",
  columns: columnList(assignmentColumns, "row"),
  table: `"ClusterAssignment"`,
  parent: `"row"."clusteringResultId"`,
  orderBy: [{ sql: `"row"."embeddingId"`, kind: "id", value: (row) => row.embeddingId }],
  row: (columns) => columns as AssignmentRow,
};
