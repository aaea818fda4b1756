import type { ClusteringToStore } from "../bulkStore.js";
import { mostTreeBytes, storedTree, treePieces } from "./spanningTrees.js";
import { requireAllStaged } from "./stagedRows.js";
import type { ClusteringStagingStore } from "./stagingStore.js";
import { insertInPieces, pauseBetween, storeStaged } from "./storeStaged.js";

/**
 * Stages clusters, assignments and the spanning tree, unless that is stored already or too large, then publishes
 * them.
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
    const publish = async (treeId: string | null, ownBytes: number) =>
      store.publish(clustering, treeId, (staged) => requireAllStaged(staged, clustering, ownBytes));
    const { bytes, storedAs } = spanningTree;
    if (bytes.byteLength > mostTreeBytes) return publish(null, 0);
    if (storedAs !== null) {
      try {
        return await publish(storedAs, 0);
      } catch (error) {
        if (await store.hasTree(storedAs)) throw error;
        // It was deleted with the last result that had it.
      }
    }
    await insertTree(store, clustering, () => onProgress(1));
    await publish(subjectId, bytes.byteLength);
  });
}

/**
 * Stages the tree as one of the clustering's own, each piece in a transaction.
 * @param throwIfStopped called before each piece; if it throws, the staging ends
 */
async function insertTree(
  store: ClusteringStagingStore,
  clustering: ClusteringToStore,
  throwIfStopped: () => void,
): Promise<void> {
  const { clusteringResultId, spanningTree } = clustering;
  await store.insertTree(clustering, await storedTree(clusteringResultId, spanningTree.bytes));
  for (const piece of treePieces(spanningTree.bytes)) {
    throwIfStopped();
    await pauseBetween(store);
    await store.insertTreePiece(clustering, piece);
  }
}
