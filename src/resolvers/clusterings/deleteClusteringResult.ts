import type { App } from "../../app.js";
import { ClusteringInProgressError } from "../errors.js";

/**
 * Removes a finished clustering with its clusters and assignments, but no embeddings.
 * @param id bare UUID
 * @param signal once it aborts, nothing is deleted, unless the deletion is already complete
 * @returns null if no clustering has the id
 */
export async function deleteClusteringResult(
  app: App,
  id: string,
  signal?: AbortSignal,
): Promise<{ deleted: true } | ClusteringInProgressError | null> {
  const deleted = await app.database.bulk.deleteFinished("ClusteringResult", id, { signal });
  if (deleted) {
    app.changes.changed(id);
    return { deleted };
  }
  const left = await app.database.prisma.clusteringResult.findUnique({
    where: { id },
    select: { id: true },
  });
  return left && new ClusteringInProgressError(id);
}
