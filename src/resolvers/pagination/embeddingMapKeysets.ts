import { columnList, type EmbeddingMapRow, embeddingMapColumns } from "../rows.js";
import { requireStorable } from "../storableText.js";
import type { Keyset } from "./keyset.js";
import { newestFirst } from "./runKeysets.js";

/**
 * Maps of one embedding model, or of all.
 * @throws RequestError if the name is a text that databases cannot store
 */
export function embeddingMaps(embeddingModel: string | null | undefined): Keyset<EmbeddingMapRow> {
  requireStorable(embeddingModel, ["embeddingModel"]);
  return {
    order: "embeddingMaps",
    columns: columnList(embeddingMapColumns, "row"),
    table: `"EmbeddingMap"`,
    where: (parameter) =>
      embeddingModel == null
        ? "1 = 1"
        : `"row"."embeddingModelId" = (
            SELECT m."id" FROM "EmbeddingModel" m WHERE m."name" = ${parameter(embeddingModel)})`,
    orderBy: newestFirst,
    row: (columns) => columns as EmbeddingMapRow,
  };
}
