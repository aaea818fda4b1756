import type { SharedTables, StagedTables } from "../storing/stagedTables.js";
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
  const { subject, reference, rows, shared, annotations } = tables;
  const isFinished = `"status" IN ('SUCCEEDED', 'FAILED', 'CANCELLED')`;
  const [finished] = await store.lockRows<{ embeddingModelId: string; sharedId: string | null }>(
    subject,
    `"embeddingModelId", ${shared === null ? "NULL" : `"${shared.column}"`} AS "sharedId"`,
    isFinished,
  );
  if (!finished) return false;
  if (annotations !== null) {
    // First that of the subject, which annotating a row locks before the row: the two cannot wait for each other.
    const { ofSubject, ofRows, annotated } = annotations;
    await store.changeRows(`DELETE FROM "${ofSubject}"`, ofSubject, store.isGiven(`"id"`));
    const isOfSubject = `"id" IN (SELECT "id" FROM "${annotated}" WHERE ${store.isGiven(`"${reference}"`)})`;
    await store.changeRows(`DELETE FROM "${ofRows}"`, ofRows, isOfSubject);
  }
  // Each table is emptied explicitly instead of by a foreign key's cascade, which would be one statement for
  // any number of rows.
  for (const table of rows) {
    await store.changeRows(`DELETE FROM "${table}"`, table, store.isGiven(`"${reference}"`));
  }
  await store.changeRows(`DELETE FROM "${subject}"`, subject, store.isGiven(`"id"`));
  // A subject that has not succeeded may have staged what it would have shared, under its own id.
  if (shared !== null) await deleteIfUnused(storeOf([finished.sharedId ?? id]), subject, shared);
  // The job is deleted last: an attempt that was cancelled while it stages rows locks the subject first and
  // then its job, which has the same id.
  await store.changeRows(`DELETE FROM "Job"`, "Job", store.isGiven(`"id"`));
  await deleteEmptyModels(storeOf, [finished.embeddingModelId]);
  return true;
}

/** Removes what subjects shared, once no subject has it any more. */
async function deleteIfUnused(
  store: DeletionStore,
  subject: string,
  { table, column, pieces, reference }: SharedTables,
): Promise<void> {
  // Others that begin or cease to use it wait for this lock, or this for theirs: of two deletions, the second sees that
  // no subject is left.
  await store.lockRows(table, `"id"`);
  const users = await store.rows(`SELECT 1 FROM "${subject}" WHERE ${store.isGiven(`"${column}"`)} LIMIT 1`);
  if (users.length > 0) return;
  await store.changeRows(`DELETE FROM "${pieces}"`, pieces, store.isGiven(`"${reference}"`));
  await store.changeRows(`DELETE FROM "${table}"`, table, store.isGiven(`"id"`));
}
