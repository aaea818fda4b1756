import { mostResultsListed, type RunDeletion } from "../bulkStore.js";
import type { RunDeletionStore } from "./deletionStore.js";

/**
 * Removes a run with its invocations, images and embeddings, unless a clustering result holds an assignment
 * of one of them. If a clustering that is running finishes later, the foreign keys reject its rows, because
 * its embeddings no longer exist.
 */
export async function deleteRun(store: RunDeletionStore): Promise<RunDeletion | null> {
  const { id } = store;
  if (!(await store.lockRow("Run"))) return null;
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
  // Rows are deleted in several statements: an invocation could not be deleted before the one that names it
  // as its input.
  const isGiven = `"runId" = ${id} AND "inputInvocationId" IS NOT NULL`;
  await store.changeRows(`UPDATE "Invocation" SET "inputInvocationId" = NULL`, "Invocation", isGiven);
  await store.changeRows(`DELETE FROM "Invocation"`, "Invocation", `"runId" = ${id}`);
  await store.changeRows(`DELETE FROM "Run"`, "Run", `"id" = ${id}`);
  await store.addToModels(new Map(Array.from(removed, ([model, count]) => [model, -count])));
  return { usedBy: [] };
}
