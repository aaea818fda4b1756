import type { StagedTables } from "../storing/stagedTables.js";
import { deleteEmptyModels } from "./deleteEmptyModels.js";
import type { DeletionStore } from "./deletionStore.js";

/**
 * Removes the finished subject of a job with its rows and its job. Its embedding model is removed too if it has no
 * embeddings and only the subject named it.
 *
 * @returns whether a finished subject existed
 */
export async function deleteFinished(
  storeOf: (ids: string[]) => DeletionStore,
  id: string,
  tables: StagedTables,
): Promise<boolean> {
  const store = storeOf([id]);
  const { subject, reference, rows } = tables;
  const isFinished = `"status" IN ('SUCCEEDED', 'FAILED', 'CANCELLED')`;
  const [finished] = await store.lockRows<{ embeddingModelId: string }>(
    subject,
    `"embeddingModelId"`,
    isFinished,
  );
  if (!finished) return false;
  // Each table is emptied explicitly instead of by a foreign key's cascade, which would be one statement for
  // any number of rows.
  for (const table of rows) {
    await store.changeRows(`DELETE FROM "${table}"`, table, store.isGiven(`"${reference}"`));
  }
  await store.changeRows(`DELETE FROM "${subject}"`, subject, store.isGiven(`"id"`));
  // The job is deleted last: an attempt that was cancelled while it stages rows locks the subject first and
  // then its job, which has the same id.
  await store.changeRows(`DELETE FROM "Job"`, "Job", store.isGiven(`"id"`));
  await deleteEmptyModels(storeOf, [finished.embeddingModelId]);
  return true;
}
