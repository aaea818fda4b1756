import type { App } from "../../app.js";
import { cancelMap } from "./cancelMap.js";

/**
 * Removes a map with its positions, but no embeddings. One that has not finished is cancelled first.
 * @param id bare UUID
 * @param signal once it aborts, nothing is deleted, unless the deletion is already complete
 * @returns whether a map had the id
 */
export async function deleteMap(app: App, id: string, signal?: AbortSignal): Promise<boolean> {
  if ((await cancelMap(app, id, signal)) === null) return false;
  const deleted = await app.database.bulk.deleteFinished("EmbeddingMap", id, { signal });
  if (deleted) app.changes.changed(id);
  return deleted;
}
