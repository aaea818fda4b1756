import type { DeletionStore } from "./deletionStore.js";

/**
 * Removes an embedding model that has no embeddings, and that no clustering result or map names. The model's row is locked
 * first: a recording that adds embeddings meanwhile has either ended before, and the model stays, or is retried and
 * creates the model again.
 *
 * @returns whether the model was removed
 */
export async function deleteEmptyModel(store: DeletionStore): Promise<boolean> {
  if ((await store.lockRows("EmbeddingModel", `"id"`, `"embeddingCount" = 0`)).length === 0) return false;
  const ofModel = store.isGiven(`"embeddingModelId"`);
  const removed = await store.rows(`
    DELETE FROM "EmbeddingModel" WHERE ${store.isGiven(`"id"`)}
      AND NOT EXISTS (SELECT 1 FROM "Embedding" WHERE ${ofModel})
      AND NOT EXISTS (SELECT 1 FROM "ClusteringResult" WHERE ${ofModel})
      AND NOT EXISTS (SELECT 1 FROM "EmbeddingMap" WHERE ${ofModel})
    RETURNING "id"`);
  return removed.length > 0;
}
