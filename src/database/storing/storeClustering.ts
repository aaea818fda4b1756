import { setTimeout as pause } from "node:timers/promises";
import type { ClusteringToStore } from "../bulkStore.js";
import { requireAllStaged } from "./stagedRows.js";
import { type Attempt, AttemptOverError, type StagingStore } from "./stagingStore.js";

/**
 * Few enough that a transaction takes some tenths of a second: so long may another writer, a cancellation or a lease
 * have to wait.
 */
export const rowsPerTransaction = 8192;

/**
 * Stages clusters and assignments in short transactions, then publishes them with SUCCEEDED in one: until then no
 * query shows them. Every transaction is conditional on the attempt.
 * @param onProgress 0 to 1; what it throws ends the storing
 * @returns false where the result is no longer RUNNING in this attempt; then nothing is published
 * @throws Error where a medoid is not a member of its cluster, or a row is missing; then nothing is published
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

/** Removes what attempts have left behind whose result was cancelled, or failed, after their process had died. */
export async function discardAbandonedRows(store: StagingStore): Promise<void> {
  for (const attempt of await store.abandoned()) await discardStagedRows(store, attempt);
}

/**
 * Removes what an attempt that did not succeed has staged, in short transactions, unless another attempt has taken
 * over: what is staged then is that one's.
 */
async function discardStagedRows(store: StagingStore, attempt: Attempt): Promise<void> {
  while ((await store.discardSomeAssignments(attempt)) > 0) await pauseBetween(store);
  await store.discardClusters(attempt);
}

async function pauseBetween({ pauseMilliseconds }: StagingStore): Promise<void> {
  if (pauseMilliseconds > 0) await pause(pauseMilliseconds);
}
