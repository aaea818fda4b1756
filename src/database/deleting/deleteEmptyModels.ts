import type { DeletionStore } from "./deletionStore.js";

/**
 * Removes those of the embedding models that have no embeddings, and that no clustering result or map names, so that
 * their names can be given to vectors of other dimensions. A model that another transaction uses meanwhile stays; a
 * recording that finds its model removed is retried, and creates it again.
 *
 * @returns the number of removed models
 */
export async function deleteEmptyModels(
  storeOf: (ids: string[]) => DeletionStore,
  ids: string[],
): Promise<number> {
  const locked = await storeOf(ids).lockUnused<{ id: string }>(
    "EmbeddingModel",
    `"id"`,
    `"embeddingCount" = 0`,
  );
  if (locked.length === 0) return 0;
  const store = storeOf(locked.map(({ id }) => id));
  const isNamedIn = (table: string) =>
    `EXISTS (SELECT 1 FROM "${table}" r WHERE r."embeddingModelId" = "EmbeddingModel"."id")`;
  const removed = await store.rows(`
    DELETE FROM "EmbeddingModel" WHERE ${store.isGiven(`"id"`)}
      AND NOT ${isNamedIn("Embedding")}
      AND NOT ${isNamedIn("ClusteringResult")}
      AND NOT ${isNamedIn("EmbeddingMap")}
    RETURNING "id"`);
  return removed.length;
}
