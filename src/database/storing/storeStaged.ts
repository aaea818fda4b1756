import { setTimeout as pause } from "node:timers/promises";
import { rowsPerTransaction, tablesOfAttempt } from "./stagedTables.js";
import { type Attempt, AttemptOverError, type StagingStore } from "./stagingStore.js";

/**
 * Stages the rows of a result in short transactions, then publishes them and sets the status SUCCEEDED in one. Until
 * then no query shows them. Every transaction is conditional on the attempt.
 * @param store its methods write to the database
 * @param stageAndPublish if it throws, what it has staged is removed
 * @returns false, with nothing published, if the subject is no longer RUNNING in this attempt
 */
export async function storeStaged(
  store: StagingStore,
  attempt: Attempt,
  stageAndPublish: () => Promise<void>,
): Promise<boolean> {
  try {
    await discardStagedRows(store, attempt);
    await stageAndPublish();
    return true;
  } catch (error) {
    await discardStagedRows(store, attempt);
    if (error instanceof AttemptOverError || (await store.isOver(error, attempt))) return false;
    throw error;
  }
}

/**
 * Inserts rows, as many at a time as a transaction may.
 * @param insert inserts the rows from `first` to `end` − 1 in one transaction
 * @param onProgress called with 0 to 1; if it throws, the inserting ends
 */
export async function insertInPieces(
  store: StagingStore,
  rows: number,
  insert: (first: number, end: number) => void | Promise<void>,
  onProgress: (progress: number) => void,
): Promise<void> {
  for (let first = 0; first < rows; first += rowsPerTransaction) {
    onProgress(first / rows);
    if (first > 0) await pauseBetween(store);
    await insert(first, Math.min(first + rowsPerTransaction, rows));
  }
  onProgress(1);
}

/** Removes the rows staged by attempts whose subject was cancelled or failed after their process had died. */
export async function discardAbandonedRows(store: StagingStore): Promise<void> {
  for (const attempt of await store.abandoned()) await discardStagedRows(store, attempt);
}

/**
 * Removes the rows that an unsuccessful attempt has staged, in short transactions, unless another attempt has
 * taken over, to which the staged rows belong then.
 */
async function discardStagedRows(store: StagingStore, attempt: Attempt): Promise<void> {
  for (const table of tablesOfAttempt(store.tables)) {
    while ((await store.discardSome(attempt, table)) === table.most) await pauseBetween(store);
  }
}

export async function pauseBetween({ pauseMilliseconds }: StagingStore): Promise<void> {
  if (pauseMilliseconds > 0) await pause(pauseMilliseconds);
}
