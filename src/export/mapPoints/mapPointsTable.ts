import type { RowSelection } from "../../database/rowSelection.js";
import type { Join, SqlDialect } from "../../database/sqlDialect.js";
import type { MapPointsFile } from "./mapPointsFile.js";

/** The columns of each point, and of its cluster. */
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

/** The row of a point: id of the embedding, x, y; with a clustering also the label, the probability, whether a medoid. */
export type PointRow =
  | [id: string, x: number, y: number]
  | [id: string, x: number, y: number, label: number | null, probability: number | null, isMedoid: boolean];

/**
 * The SELECT of a page of points, in the order of the embeddings' ids. It reads only them, by the index that has their
 * order.
 *
 * @param after the id of the embedding after which the page begins; null for the first page
 */
export function mapPointsSelection(
  dialect: SqlDialect,
  { embeddingMapId, clusteringResultId }: MapPointsFile,
  after: string | null,
  limit: number,
): RowSelection {
  const parameters: unknown[] = [];
  const parameter = (value: unknown) => dialect.placeholder(parameters.push(value));
  const joins: Join[] =
    clusteringResultId === null
      ? []
      : [
          {
            table: `"ClusterAssignment"`,
            as: "assignment",
            on: `"assignment"."clusteringResultId" = ${parameter(clusteringResultId)} AND "assignment"."embeddingId" = "row"."embeddingId"`,
            isOptional: true,
          },
          {
            table: `"Cluster"`,
            as: "cluster",
            on: `"cluster"."id" = "assignment"."clusterId"`,
            isOptional: true,
          },
        ];
  const selected = clusteringResultId === null ? columns : [...columns, ...clusterColumns];
  const conditions = [`"row"."embeddingMapId" = ${parameter(embeddingMapId)}`];
  if (after !== null) conditions.push(`"row"."embeddingId" > ${parameter(after)}`);
  const sql = `
    SELECT ${selected.map(({ sql }) => sql).join(", ")}
    FROM "MapPosition" AS "row" ${dialect.joins(joins)}
    WHERE ${conditions.join(" AND ")} ORDER BY "row"."embeddingId" LIMIT ${parameter(limit)}`;
  return { sql, parameters, types: selected.map(({ type }) => type) };
}
