import { builtModule } from "../../builtModule.js";
import type { BulkStore } from "../bulkStore.js";
import { openDatabaseThreads } from "../databaseThreads.js";

/** Bulk work on SQLite: in threads with connections of their own, since libsql blocks the thread that calls it. */
export function openSqliteBulkStore(url: string): BulkStore {
  const { run, close } = openDatabaseThreads(builtModule(import.meta.url, "./databaseTasks.js"), url);
  return {
    countEmbeddings: (selection) => run("countEmbeddings", selection),
    countDistinctTexts: (selection) => run("countDistinctTexts", selection),
    loadEmbeddings: (selection, options) => run("loadEmbeddings", selection, options),
    storeClustering: (clustering, options) => run("storeClustering", clustering, options),
    discardAbandonedRows: () => run("discardAbandonedRows", undefined),
    deleteClusteringResult: (id) => run("deleteClusteringResult", id),
    recordRuns: (runs) => run("recordRuns", runs),
    deleteRun: (runId) => run("deleteRun", runId),
    importUpstream: (path, options) => run("importUpstream", path, options),
    close,
  };
}
