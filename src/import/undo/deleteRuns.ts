import { setTimeout } from "node:timers/promises";
import type { BulkOptions } from "../../database/bulkStore.js";
import type { Database } from "../../database/database.js";
import { addTo, inOrder, noCounts } from "../importCounts.js";
import type { ImportCounts } from "../importReport.js";
import { type DeletionSurvey, deletionBatches, type RunsChosen, surveyDeletion } from "./runsToDelete.js";

/** Milliseconds between two transactions, in which others can write. */
const pauseMilliseconds = 5;

/** Share of the survey in the duration of a deletion, as measured. */
const surveyShare = 0.2;

export interface RunsDeleted extends DeletionSurvey {
  /** What has been deleted; nothing if `usedBy` of the survey is not empty, or if it was a dry run. */
  deleted: ImportCounts;
}

export interface DeletionOptions extends BulkOptions {
  /** Whether only the survey is made. */
  isDryRun?: boolean;
  /** Receives what has been deleted, after each batch. */
  onDeleted?: (deleted: ImportCounts) => void;
}

/**
 * Deletes runs with their invocations, images and embeddings, in short transactions, each of which deletes whole
 * runs: it can be stopped and run again. If a clustering or a map uses one of the runs, none is deleted; if
 * one begins to use some during the deletion, these and the runs after them stay, and `usedBy` names it.
 *
 * Of an import, only those runs are deleted that have no other origin. Then the import is forgotten. Embedding
 * models that have no embeddings left are removed, so that their names can be given to models of other dimensions.
 *
 * @param total number of the runs that are chosen
 * @throws the signal's reason once it aborts
 */
export async function deleteRuns(
  database: Database,
  chosen: RunsChosen,
  total: number,
  { signal, onProgress, isDryRun = false, onDeleted }: DeletionOptions = {},
): Promise<RunsDeleted> {
  const { bulk, prisma } = database;
  const importedFileId = "importedFileId" in chosen ? chosen.importedFileId : null;
  const report = (done: number, from: number, share: number) =>
    onProgress?.(from + share * Math.min(1, done / Math.max(1, total)));
  const survey = await surveyDeletion(database, chosen, {
    signal,
    onProgress: (runs) => report(runs, 0, isDryRun ? 1 : surveyShare),
  });
  const deleted = noCounts();
  if (isDryRun || survey.usedBy.size > 0) return { ...survey, deleted };

  const models = new Map((await prisma.embeddingModel.findMany()).map(({ id, name }) => [id, name]));
  let done = 0;
  for await (const runIds of deletionBatches(database, chosen, signal)) {
    const batch = await bulk.deleteRuns({ runIds, importedFileId }, { signal });
    if (batch.usedBy.length > 0)
      return { ...survey, usedBy: new Map(batch.usedBy.map(({ table, id }) => [id, table])), deleted };
    const embeddings = Object.entries(batch.deleted.embeddings).map(([id, count]) => [
      models.get(id)!,
      count,
    ]);
    addTo(deleted, { ...batch.deleted, embeddings: Object.fromEntries(embeddings) });
    onDeleted?.(deleted);
    done += runIds.length;
    report(done, surveyShare, 1 - surveyShare);
    await setTimeout(pauseMilliseconds);
  }
  // Models that were emptied earlier, by versions that did not remove them.
  const emptyModels = await prisma.embeddingModel.findMany({
    where: { embeddingCount: 0, clusteringResults: { none: {} }, maps: { none: {} } },
  });
  await bulk.deleteEmptyModels(
    emptyModels.map(({ id }) => id),
    { signal },
  );
  // The import is forgotten last: if the command is stopped before, it can be run again.
  if (importedFileId !== null) {
    while (await bulk.forgetImportedFile(importedFileId, { signal })) await setTimeout(pauseMilliseconds);
  }
  onProgress?.(1);
  return { ...survey, deleted: inOrder(deleted) };
}
