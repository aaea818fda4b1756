import type { ClusteringToStore } from "../bulkStore.js";
import { storedTree, treePieces } from "./spanningTrees.js";
import { requireAllStaged } from "./stagedRows.js";
import type { ClusteringStagingStore } from "./stagingStore.js";
import { insertInPieces, pauseBetween, storeStaged } from "./storeStaged.js";

/**
 * Stages clusters, assignments and the spanning tree, unless that is stored already, then publishes them.
 * @param onProgress called with 0 to 1; if it throws, the storing ends
 * @returns false, with nothing published, if the result is no longer RUNNING in this attempt
 * @throws Error, with nothing published, if a medoid is not a member of its cluster or a row is missing
 */
export function storeClustering(
  store: ClusteringStagingStore,
  clustering: ClusteringToStore,
  onProgress: (progress: number) => void,
): Promise<boolean> {
  const { clusteringResultId: subjectId, attempt, labels, spanningTree } = clustering;
  return storeStaged(store, { subjectId, attempt }, async () => {
    await store.insertClusters(clustering);
    const insert = (first: number, end: number) => store.insertAssignments(clustering, first, end);
    await insertInPieces(store, labels.length, insert, onProgress);
    const publish = async (treeId: string, ownBytes: number) =>
      store.publish(clustering, treeId, (staged) => requireAllStaged(staged, clustering, ownBytes));
    const { bytes, storedAs } = spanningTree;
    if (storedAs !== null) {
      try {
        return await publish(storedAs, 0);
      } catch (error) {
        if (await store.hasTree(storedAs)) throw error;
        // It was deleted with the last result that had it.
      }
    }
    await insertTree(store, clustering);
    await publish(subjectId, bytes.byteLength);
  });
}

/** Stages the tree as one of the clustering's own, each piece in a transaction. */
async function insertTree(store: ClusteringStagingStore, clustering: ClusteringToStore): Promise<void> {
  const { clusteringResultId, spanningTree } = clustering;
  await store.insertTree(clustering, await storedTree(clusteringResultId, spanningTree.bytes));
  for (const piece of treePieces(spanningTree.bytes)) {
    await pauseBetween(store);
    await store.insertTreePiece(clustering, piece);
  }
}
