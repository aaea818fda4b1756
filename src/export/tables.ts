import type { StoredType } from "../database/copy/storedTables.js";
import type { RowSelection } from "../database/rowSelection.js";
import type { Join, SqlDialect } from "../database/sqlDialect.js";
import type { ExportTable } from "./exportedFile.js";
import type { PageStart } from "./rowsOfPiece.js";

/** A column of an exported table. */
export interface Column {
  name: string;
  /** The expression that it is read by. It refers to the row as "row", and to the table's joins. */
  sql: string;
  type: StoredType;
  /** The kind of values, where the type does not say it: texts that are JSON, or bytes that are float32 numbers. */
  holds?: "text list" | "JSON" | "vector";
  isNullable?: boolean;
}

interface Table {
  name: string;
  joins: Join[];
  /** The first column orders the rows, and no two rows of a result have the same value in it. */
  columns: Column[];
  /** The column that is added if vectors are requested. */
  vector: Column;
}

const assignments: Table = {
  name: `"ClusterAssignment"`,
  joins: [
    { table: `"Embedding"`, as: "embedding", on: `"embedding"."id" = "row"."embeddingId"` },
    { table: `"Invocation"`, as: "invocation", on: `"invocation"."id" = "embedding"."invocationId"` },
    { table: `"Run"`, as: "run", on: `"run"."id" = "invocation"."runId"` },
    { table: `"Cluster"`, as: "cluster", on: `"cluster"."id" = "row"."clusterId"`, isOptional: true },
    {
      table: `"Embedding"`,
      as: "medoid",
      on: `"medoid"."id" = "cluster"."medoidEmbeddingId"`,
      isOptional: true,
    },
  ],
  columns: [
    { name: "embedding_id", sql: `"row"."embeddingId"`, type: "uuid" },
    { name: "external_id", sql: `"invocation"."externalId"`, type: "text", isNullable: true },
    { name: "run_id", sql: `"invocation"."runId"`, type: "uuid" },
    { name: "network", sql: `"run"."network"`, type: "text", holds: "text list" },
    { name: "initial_prompt", sql: `"run"."initialPrompt"`, type: "text" },
    { name: "sequence_number", sql: `"invocation"."sequenceNumber"`, type: "int4" },
    { name: "model", sql: `"invocation"."model"`, type: "text" },
    { name: "text", sql: `"invocation"."outputText"`, type: "text", isNullable: true },
    { name: "label", sql: `coalesce("cluster"."label", -1)`, type: "int4" },
    { name: "probability", sql: `"row"."probability"`, type: "float8" },
    { name: "outlier_score", sql: `"row"."outlierScore"`, type: "float8" },
    {
      name: "is_medoid",
      sql: `"row"."embeddingId" IS NOT DISTINCT FROM "cluster"."medoidEmbeddingId"`,
      type: "bool",
    },
    { name: "medoid_invocation_id", sql: `"medoid"."invocationId"`, type: "uuid", isNullable: true },
    { name: "metadata", sql: `"invocation"."metadata"`, type: "text", holds: "JSON", isNullable: true },
    { name: "started_at", sql: `"invocation"."startedAt"`, type: "timestamptz", isNullable: true },
    { name: "completed_at", sql: `"invocation"."completedAt"`, type: "timestamptz", isNullable: true },
  ],
  vector: { name: "vector", sql: `"embedding"."vector"`, type: "bytea", holds: "vector" },
};

const clusters: Table = {
  name: `"Cluster"`,
  joins: [
    { table: `"ClusteringResult"`, as: "result", on: `"result"."id" = "row"."clusteringResultId"` },
    { table: `"Embedding"`, as: "medoid", on: `"medoid"."id" = "row"."medoidEmbeddingId"` },
    { table: `"Invocation"`, as: "invocation", on: `"invocation"."id" = "medoid"."invocationId"` },
    {
      table: `"ClusterAnnotation"`,
      as: "annotation",
      on: `"annotation"."id" = "row"."id"`,
      isOptional: true,
    },
  ],
  columns: [
    { name: "label", sql: `"row"."label"`, type: "int4" },
    { name: "size", sql: `"row"."size"`, type: "int4" },
    {
      name: "share",
      sql: `CAST("row"."size" AS double precision) / "result"."embeddingCount"`,
      type: "float8",
    },
    { name: "persistence", sql: `"row"."persistence"`, type: "float8" },
    { name: "medoid_embedding_id", sql: `"row"."medoidEmbeddingId"`, type: "uuid" },
    { name: "medoid_invocation_id", sql: `"medoid"."invocationId"`, type: "uuid" },
    { name: "medoid_run_id", sql: `"invocation"."runId"`, type: "uuid" },
    { name: "medoid_text", sql: `"invocation"."outputText"`, type: "text", isNullable: true },
    { name: "name", sql: `"annotation"."name"`, type: "text", isNullable: true },
    { name: "note", sql: `"annotation"."note"`, type: "text", isNullable: true },
  ],
  vector: { name: "medoid_vector", sql: `"medoid"."vector"`, type: "bytea", holds: "vector" },
};

const tables: Record<ExportTable, Table> = { ASSIGNMENTS: assignments, CLUSTERS: clusters };

/** The columns of a table in their order. */
export function columnsOf({ table, vectors }: { table: ExportTable; vectors: boolean }): Column[] {
  const { columns, vector } = tables[table];
  return vectors ? [...columns, vector] : columns;
}

interface Page {
  /** Bare UUID. */
  clusteringResultId: string;
  table: ExportTable;
  vectors: boolean;
  after: PageStart;
  limit: number;
}

/** The SELECT of a page of rows. It reads only them, by the index that has their order. */
export function pageSelection(dialect: SqlDialect, page: Page): RowSelection {
  const parameters: unknown[] = [];
  const parameter = (value: unknown) => dialect.placeholder(parameters.push(value));
  const { name, joins } = tables[page.table];
  const columns = columnsOf(page);
  const key = columns[0].sql;
  const conditions = [`"row"."clusteringResultId" = ${parameter(page.clusteringResultId)}`];
  if (page.after !== null) conditions.push(`${key} > ${parameter(page.after)}`);
  const sql = `
    SELECT ${columns.map(({ sql }) => sql).join(", ")}
    FROM ${name} AS "row" ${dialect.joins(joins)}
    WHERE ${conditions.join(" AND ")} ORDER BY ${key} LIMIT ${parameter(page.limit)}`;
  return { sql, parameters, types: columns.map(({ type }) => type) };
}
