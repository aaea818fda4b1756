import { setTimeout as pause } from "node:timers/promises";
import type { ClusteringToStore } from "../bulkStore.js";
import { requireAllStaged } from "./stagedRows.js";
import { type Attempt, AttemptOverError, type StagingStore } from "./stagingStore.js";

/**
 * Few enough for a transaction to take only some tenths of a second: another writer, a cancellation or the
 * renewal of a lease may have to wait for it.
 */
export const rowsPerTransaction = 8192;

/**
 * Stages clusters and assignments in short transactions, then publishes them and sets the status SUCCEEDED in
 * one. Until then no query shows them. Every transaction is conditional on the attempt.
 * @param onProgress called with 0 to 1; if it throws, the storing ends
 * @returns false, with nothing published, if the result is no longer RUNNING in this attempt
 * @throws Error, with nothing published, if a medoid is not a member of its cluster or a row is missing
 */
export async function storeClustering(
  store: StagingStore,
  clustering: ClusteringToStore,
  onProgress: (progress: number) => void,
): Promise<boolean> {
  const rows = clustering.labels.length;
  try {
    await discardStagedRows(store, clustering);
    await store.insertClusters(clustering);
    for (let first = 0; first < rows; first += rowsPerTransaction) {
      onProgress(first / rows);
      if (first > 0) await pauseBetween(store);
      await store.insertAssignments(clustering, first, Math.min(first + rowsPerTransaction, rows));
    }
    onProgress(1);
    await store.publish(clustering, (staged) => requireAllStaged(staged, clustering));
    return true;
  } catch (error) {
    await discardStagedRows(store, clustering);
    if (error instanceof AttemptOverError || (await store.isOver(error, clustering))) return false;
    throw error;
  }
}

/** Removes the rows staged by attempts whose result was cancelled or failed after their process had died. */
export async function discardAbandonedRows(store: StagingStore): Promise<void> {
  for (const attempt of await store.abandoned()) await discardStagedRows(store, attempt);
}

/**
 * Removes the rows that an unsuccessful attempt has staged, in short transactions, unless another attempt has
 * taken over, to which the staged rows belong then.
 */
async function discardStagedRows(store: StagingStore, attempt: Attempt): Promise<void> {
  while ((await store.discardSomeAssignments(attempt)) > 0) await pauseBetween(store);
  await store.discardClusters(attempt);
}

async function pauseBetween({ pauseMilliseconds }: StagingStore): Promise<void> {
  if (pauseMilliseconds > 0) await pause(pauseMilliseconds);
}
