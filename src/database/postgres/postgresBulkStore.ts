import { builtModule } from "../../builtModule.js";
import type { BulkStore } from "../bulkStore.js";
import { openDatabaseThreads } from "../databaseThreads.js";
import { openBulkConnections } from "./bulkConnections.js";
import { deleteClusteringResult } from "./deleteClusteringResult.js";
import { deleteRun } from "./deleteRun.js";
import { countDistinctTexts, countEmbeddings } from "./loadEmbeddings.js";
import { discardAbandonedRows, storeClustering } from "./storeClustering.js";

/** Of the thread that asks; each database thread has its own. */
const connectionsHere = 4;

/**
 * Bulk work on PostgreSQL. What only waits for the server is asked on the thread of the caller; what takes apart or
 * puts together many rows is done in threads.
 */
export function openPostgresBulkStore(url: string): BulkStore {
  const threads = openDatabaseThreads(builtModule(import.meta.url, "./databaseTasks.js"), url);
  const connections = openBulkConnections(url, connectionsHere);
  const { run } = threads;
  return {
    countEmbeddings: (selection) => countEmbeddings(connections, selection),
    countDistinctTexts: (selection) => countDistinctTexts(connections, selection),
    loadEmbeddings: (selection, options) => run("loadEmbeddings", selection, options),
    storeClustering: (clustering, options) => storeClustering(connections, clustering, options),
    discardAbandonedRows: () => discardAbandonedRows(connections),
    deleteClusteringResult: (id) => deleteClusteringResult(connections, id),
    recordRuns: (runs) => run("recordRuns", runs),
    deleteRun: (runId) => deleteRun(connections, runId),
    importUpstream: (path, options) => run("importUpstream", path, options),
    async close() {
      await threads.close();
      await connections.close();
    },
  };
}
