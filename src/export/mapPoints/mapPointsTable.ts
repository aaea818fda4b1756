import type { RowSelection } from "../../database/rowSelection.js";
import type { Join, SqlDialect } from "../../database/sqlDialect.js";
import type { MapPointsFile } from "./mapPointsFile.js";

/** The columns of each point, of its cluster, and of what it comes from. */
const columns = [
  { sql: `"row"."embeddingId"`, type: "uuid" },
  { sql: `"row"."x"`, type: "float8" },
  { sql: `"row"."y"`, type: "float8" },
] as const;
const clusterColumns = [
  {
    sql: `CASE WHEN "assignment"."embeddingId" IS NULL THEN NULL ELSE coalesce("cluster"."label", -1) END`,
    type: "int4",
  },
  { sql: `"assignment"."probability"`, type: "float8" },
  { sql: `"row"."embeddingId" IS NOT DISTINCT FROM "cluster"."medoidEmbeddingId"`, type: "bool" },
] as const;

const originColumns = [
  { sql: `"run"."network"`, type: "text" },
  { sql: `"run"."initialPrompt"`, type: "text" },
  { sql: `"invocation"."model"`, type: "text" },
  { sql: `"invocation"."sequenceNumber"`, type: "int4" },
] as const;

type Point = [id: string, x: number, y: number];
export type PointCluster = [label: number | null, probability: number | null, isMedoid: boolean];
/** The network is a JSON array of the names of models. */
export type PointOrigin = [network: string, initialPrompt: string, model: string, sequenceNumber: number];
/** The row of a point: of the embedding, with a clustering also of its cluster, and on request of its origin. */
export type PointRow =
  | Point
  | [...Point, ...PointCluster]
  | [...Point, ...PointOrigin]
  | [...Point, ...PointCluster, ...PointOrigin];

const clusterJoins = (clusteringResultId: string): Join[] => [
  {
    table: `"ClusterAssignment"`,
    as: "assignment",
    on: `"assignment"."clusteringResultId" = ${clusteringResultId} AND "assignment"."embeddingId" = "row"."embeddingId"`,
    isOptional: true,
  },
  {
    table: `"Cluster"`,
    as: "cluster",
    on: `"cluster"."id" = "assignment"."clusterId"`,
    isOptional: true,
  },
];
const originJoins: Join[] = [
  { table: `"Embedding"`, as: "embedding", on: `"embedding"."id" = "row"."embeddingId"` },
  { table: `"Invocation"`, as: "invocation", on: `"invocation"."id" = "embedding"."invocationId"` },
  { table: `"Run"`, as: "run", on: `"run"."id" = "invocation"."runId"` },
];

/**
 * The SELECT of a page of points, in the order of the embeddings' ids. It reads only them, by the index that has their
 * order.
 *
 * @param after the id of the embedding after which the page begins; null for the first page
 */
export function mapPointsSelection(
  dialect: SqlDialect,
  { embeddingMapId, clusteringResultId, origin }: MapPointsFile,
  after: string | null,
  limit: number,
): RowSelection {
  const parameters: unknown[] = [];
  const parameter = (value: unknown) => dialect.placeholder(parameters.push(value));
  const joins = [
    ...(clusteringResultId === null ? [] : clusterJoins(parameter(clusteringResultId))),
    ...(origin ? originJoins : []),
  ];
  const selected = [
    ...columns,
    ...(clusteringResultId === null ? [] : clusterColumns),
    ...(origin ? originColumns : []),
  ];
  const conditions = [`"row"."embeddingMapId" = ${parameter(embeddingMapId)}`];
  if (after !== null) conditions.push(`"row"."embeddingId" > ${parameter(after)}`);
  const sql = `
    SELECT ${selected.map(({ sql }) => sql).join(", ")}
    FROM "MapPosition" AS "row" ${dialect.joins(joins)}
    WHERE ${conditions.join(" AND ")} ORDER BY "row"."embeddingId" LIMIT ${parameter(limit)}`;
  return { sql, parameters, types: selected.map(({ type }) => type) };
}
