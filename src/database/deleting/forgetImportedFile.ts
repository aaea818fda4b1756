import type { DeletionStore } from "./deletionStore.js";

/** Limit of the rows that one call removes, so that it ends soon. */
const rowsPerCall = 5000;

/**
 * Removes a file whose runs were deleted, and before it what says that runs of other origin are in it too. A file
 * that has runs stays.
 *
 * @returns whether there may be more to remove, by another call
 */
export async function forgetImportedFile(store: DeletionStore): Promise<boolean> {
  const ofFile = store.isGiven(`"importedFileId"`);
  const removed = await store.rows(`
    DELETE FROM "SharedRun" WHERE ${ofFile} AND "runId" IN (
      SELECT "runId" FROM "SharedRun" WHERE ${ofFile} ORDER BY "runId" LIMIT ${rowsPerCall})
    RETURNING "runId"`);
  if (removed.length === rowsPerCall) return true;
  await store.rows(`
    DELETE FROM "ImportedFile" WHERE ${store.isGiven(`"id"`)}
      AND NOT EXISTS (SELECT 1 FROM "Run" WHERE ${ofFile})
    RETURNING "id"`);
  return false;
}
