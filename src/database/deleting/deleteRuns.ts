import { mostSubjectsListed, type RunsDeletion, type RunsToDelete, type RunUse } from "../bulkStore.js";
import { usesOfEmbeddings } from "../storing/stagedTables.js";
import { deleteEmptyModels } from "./deleteEmptyModels.js";
import type { RunDeletionStore } from "./deletionStore.js";

/**
 * Removes runs with their invocations, images and embeddings, all or none: none if a clustering result or a map
 * uses one of them. If a clustering or a map that is running finishes later, the foreign keys reject its rows, because
 * its embeddings no longer exist. A model that has lost its last embedding is removed too.
 *
 * Of a file's runs, those that another file contains too become runs of that file.
 */
export async function deleteRuns(
  storeOf: (runIds: string[]) => RunDeletionStore,
  { runIds, importedFileId }: RunsToDelete,
): Promise<RunsDeletion> {
  const found = await storeOf(runIds).lockRows<{ id: string; importedFileId: string | null }>(
    "Run",
    `"id", "importedFileId"`,
  );
  let deleted = found.map(({ id }) => id);
  let shared: string[] = [];
  if (importedFileId !== null) {
    const ofFile = found.filter((run) => run.importedFileId === importedFileId).map(({ id }) => id);
    const store = storeOf(ofFile);
    const rows = await store.rows<{ runId: string }>(
      `SELECT DISTINCT "runId" FROM "SharedRun" WHERE ${store.isGiven(`"runId"`)}`,
    );
    const others = new Set(rows.map(({ runId }) => runId));
    deleted = ofFile.filter((id) => !others.has(id));
    shared = [...others];
  }

  const store = storeOf(deleted);
  const usedBy: RunUse[] = [];
  for (const { of, rows } of usesOfEmbeddings) {
    const subjects = await store.rows<{ id: string }>(`
      SELECT "id" FROM "${of.subject}" WHERE "id" IN (
        SELECT u."${of.reference}" FROM "Invocation" i
        JOIN "Embedding" e ON e."invocationId" = i."id"
        JOIN "${rows}" u ON u."embeddingId" = e."id"
        WHERE ${store.isGiven(`i."runId"`)})
      ORDER BY "createdAt" DESC, "id" DESC LIMIT ${mostSubjectsListed}`);
    usedBy.push(...subjects.map(({ id }) => ({ table: of.subject, id })));
  }
  const nothing = { runs: 0, invocations: 0, images: 0, embeddings: {} };
  if (usedBy.length > 0) return { usedBy, deleted: nothing };

  if (shared.length > 0) await handOver(storeOf(shared));
  const ofRuns = `"invocationId" IN (SELECT "id" FROM "Invocation" WHERE ${store.isGiven(`"runId"`)})`;
  const embeddings = await store.deleteEmbeddings(ofRuns);
  const images = await store.changeRows(`DELETE FROM "OutputImage"`, "OutputImage", ofRuns);
  // Rows are deleted in several statements: an invocation could not be deleted before the one that names it
  // as its input.
  const hasInput = `${store.isGiven(`"runId"`)} AND "inputInvocationId" IS NOT NULL`;
  await store.changeRows(`UPDATE "Invocation" SET "inputInvocationId" = NULL`, "Invocation", hasInput);
  const invocations = await store.changeRows(
    `DELETE FROM "Invocation"`,
    "Invocation",
    store.isGiven(`"runId"`),
  );
  await store.changeRows(`DELETE FROM "SharedRun"`, "SharedRun", store.isGiven(`"runId"`));
  const runs = await store.changeRows(`DELETE FROM "Run"`, "Run", store.isGiven(`"id"`));
  await store.addToModels(new Map(Array.from(embeddings, ([model, count]) => [model, -count])));
  await deleteEmptyModels(storeOf, [...embeddings.keys()]);
  return { usedBy: [], deleted: { runs, invocations, images, embeddings: Object.fromEntries(embeddings) } };
}

/** Makes each run a run of another file that contains it too. */
async function handOver(store: RunDeletionStore): Promise<void> {
  await store.rows(`
    UPDATE "Run" SET "importedFileId" = (
      SELECT s."importedFileId" FROM "SharedRun" s WHERE s."runId" = "Run"."id"
      ORDER BY s."importedFileId" LIMIT 1)
    WHERE ${store.isGiven(`"id"`)} RETURNING "id"`);
  await store.rows(`
    DELETE FROM "SharedRun" WHERE ${store.isGiven(`"runId"`)} AND "importedFileId" = (
      SELECT r."importedFileId" FROM "Run" r WHERE r."id" = "SharedRun"."runId")
    RETURNING "runId"`);
}
