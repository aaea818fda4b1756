import type { Awaitable } from "../awaitable.js";
import { mostResultsListed, type RunDeletion } from "../bulkStore.js";

/** What deleting a run does on one kind of database, within one transaction. */
export interface RunDeletionStore {
  /** The placeholder of the run's id, which is the only parameter of the statements below. */
  readonly id: string;
  /** Holds the run's row, where the database can, so that nobody records invocations of it. @returns whether there is one */
  holdRun(): Awaitable<boolean>;
  rows<Row>(sql: string): Awaitable<Row[]>;
  /** Runs `change` on the rows of a table for which `condition` holds, of which it leaves none. */
  changeRows(change: string, table: string, condition: string): Awaitable<void>;
  /** Deletes the embeddings of the run. @returns how many they were, by the id of their model */
  deleteEmbeddings(ofRun: string): Awaitable<Map<string, number>>;
  /** @param counts by id of the model. To be called last: others may wait for the models' rows. */
  addToModels(counts: Map<string, number>): Awaitable<void>;
}

/**
 * Removes a run with its invocations, images and embeddings, unless a clustering result holds an assignment of one of
 * them. A clustering that finishes later finds its embeddings gone: the foreign keys refuse its rows.
 */
export async function deleteRun(store: RunDeletionStore): Promise<RunDeletion | null> {
  const { id } = store;
  if (!(await store.holdRun())) return null;
  const usedBy = await store.rows<{ id: string }>(`
    SELECT "id" FROM "ClusteringResult" WHERE "id" IN (
      SELECT a."clusteringResultId" FROM "Invocation" i
      JOIN "Embedding" e ON e."invocationId" = i."id"
      JOIN "ClusterAssignment" a ON a."embeddingId" = e."id"
      WHERE i."runId" = ${id})
    ORDER BY "createdAt" DESC, "id" DESC LIMIT ${mostResultsListed}`);
  if (usedBy.length > 0) return { usedBy: usedBy.map((result) => result.id) };

  const ofRun = `"invocationId" IN (SELECT "id" FROM "Invocation" WHERE "runId" = ${id})`;
  const removed = await store.deleteEmbeddings(ofRun);
  await store.changeRows(`DELETE FROM "OutputImage"`, "OutputImage", ofRun);
  // Row by row an input could not go before what it was given to.
  const isGiven = `"runId" = ${id} AND "inputInvocationId" IS NOT NULL`;
  await store.changeRows(`UPDATE "Invocation" SET "inputInvocationId" = NULL`, "Invocation", isGiven);
  await store.changeRows(`DELETE FROM "Invocation"`, "Invocation", `"runId" = ${id}`);
  await store.changeRows(`DELETE FROM "Run"`, "Run", `"id" = ${id}`);
  await store.addToModels(new Map(Array.from(removed, ([model, count]) => [model, -count])));
  return { usedBy: [] };
}
