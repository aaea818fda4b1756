import { type ClusteringResultRow, clusteringResultColumns, columnList } from "../rows.js";
import { type SqlReader, statement } from "../statement.js";

/** The result that succeeded last, of one embedding model or of any; null if there is none. */
export async function latestClusteringResult(
  reader: SqlReader,
  embeddingModel: string | null | undefined,
): Promise<ClusteringResultRow | null> {
  const { parameter, query } = statement(reader);
  const ofModel =
    embeddingModel == null
      ? ""
      : `AND "row"."embeddingModelId" = (
          SELECT m."id" FROM "EmbeddingModel" m WHERE m."name" = ${parameter(embeddingModel)})`;
  const [row] = await query(`
    SELECT ${columnList(clusteringResultColumns, "row")} FROM "ClusteringResult" AS "row"
    WHERE "row"."finishingNumber" IS NOT NULL ${ofModel}
    ORDER BY "row"."finishingNumber" DESC LIMIT 1`);
  return (row as ClusteringResultRow | undefined) ?? null;
}
