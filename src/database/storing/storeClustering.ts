import type { ClusteringToStore } from "../bulkStore.js";
import { requireAllStaged } from "./stagedRows.js";
import type { ClusteringStagingStore } from "./stagingStore.js";
import { insertInPieces, storeStaged } from "./storeStaged.js";

/**
 * Stages clusters and assignments, then publishes them.
 * @param onProgress called with 0 to 1; if it throws, the storing ends
 * @returns false, with nothing published, if the result is no longer RUNNING in this attempt
 * @throws Error, with nothing published, if a medoid is not a member of its cluster or a row is missing
 */
export function storeClustering(
  store: ClusteringStagingStore,
  clustering: ClusteringToStore,
  onProgress: (progress: number) => void,
): Promise<boolean> {
  const { clusteringResultId: subjectId, attempt, labels } = clustering;
  return storeStaged(store, { subjectId, attempt }, async () => {
    await store.insertClusters(clustering);
    const insert = (first: number, end: number) => store.insertAssignments(clustering, first, end);
    await insertInPieces(store, labels.length, insert, onProgress);
    await store.publish(clustering, (staged) => requireAllStaged(staged, clustering));
  });
}
