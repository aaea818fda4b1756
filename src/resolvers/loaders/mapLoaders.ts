import DataLoader from "dataloader";
import { columnList, type EmbeddingMapRow, embeddingMapColumns } from "../rows.js";
import { type SqlReader, statement } from "../statement.js";

/** A point of a map. */
export interface Position {
  x: number;
  y: number;
}

/** The positions of embeddings on one map, by the embedding's id; null if the map has not succeeded. */
export function positionLoader(reader: SqlReader, embeddingMapId: string) {
  return new DataLoader<string, Position | null>(async (ids) => {
    const { parameter, query } = statement(reader);
    const list = parameter(reader.dialect.listValue(ids));
    const rows = await query(`
      SELECT "row"."embeddingId", "row"."x", "row"."y" FROM "MapPosition" AS "row"
      WHERE "row"."embeddingMapId" = ${parameter(embeddingMapId)}
        AND ${reader.dialect.isOneOf(`"row"."embeddingId"`, list, "id")}
        AND EXISTS (
          SELECT 1 FROM "EmbeddingMap" m WHERE m."id" = "row"."embeddingMapId" AND m."status" = 'SUCCEEDED')`);
    const found = new Map(rows.map(({ embeddingId, x, y }) => [embeddingId, { x, y } as Position]));
    return ids.map((id) => found.get(id) ?? null);
  });
}

/** The newest maps by the digest of their embeddings, which only maps that have succeeded have. */
export function mapOfDigestLoader(reader: SqlReader) {
  return new DataLoader<string, EmbeddingMapRow | null>(async (digests) => {
    const { parameter, query } = statement(reader);
    const list = parameter(reader.dialect.listValue(digests));
    const rows = (await query(`
      SELECT ${columnList(embeddingMapColumns, "row")} FROM "EmbeddingMap" AS "row"
      WHERE ${reader.dialect.isOneOf(`"row"."inputDigest"`, list, "text")}
        AND NOT EXISTS (
          SELECT 1 FROM "EmbeddingMap" newer
          WHERE newer."inputDigest" = "row"."inputDigest"
            AND (newer."createdAt", newer."id") > ("row"."createdAt", "row"."id"))`)) as EmbeddingMapRow[];
    const found = new Map(rows.map((row) => [row.inputDigest, row]));
    return digests.map((digest) => found.get(digest) ?? null);
  });
}
