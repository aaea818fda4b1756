import { readThreadProgram } from "../../runtime/threadProgram.js";
import type { BulkStore } from "../bulkStore.js";
import type { LongReads } from "../database.js";
import { deleteEmptyModels } from "../deleting/deleteEmptyModels.js";
import { deleteFinished } from "../deleting/deleteFinished.js";
import { deleteRuns } from "../deleting/deleteRuns.js";
import { forgetImportedFile } from "../deleting/forgetImportedFile.js";
import { countDistinctTexts } from "../embeddings/countDistinctTexts.js";
import { countEmbeddings } from "../embeddings/countEmbeddings.js";
import { putSpanningTree } from "../storing/putSpanningTree.js";
import { readSpanningTree } from "../storing/spanningTrees.js";
import { stagedTables } from "../storing/stagedTables.js";
import { storeClustering } from "../storing/storeClustering.js";
import { storeMap } from "../storing/storeMap.js";
import { discardAbandonedRows } from "../storing/storeStaged.js";
import { openDatabaseThreads } from "../threads/databaseThreads.js";
import { postgresClusteringStagingStore } from "./clusteringStagingStore.js";
import { openBulkConnections } from "./connections/bulkConnections.js";
import { isIntegrityViolation } from "./connections/integrityViolation.js";
import { writeTransaction } from "./connections/transaction.js";
import { postgresDeletionStore, postgresRunDeletionStore } from "./deletionStore.js";
import { postgresMapStagingStore } from "./mapStagingStore.js";
import { postgresDialect } from "./postgresDialect.js";
import { selectRows } from "./selectRows.js";
import { postgresStagingStore } from "./stagingStore.js";
import { postgresTreeStore } from "./treeStore.js";
import { writeProgress } from "./writeProgress.js";

const tasks = readThreadProgram(new URL("./databaseTasks.bundle.js", import.meta.url), import.meta.url);

/** Maximum number of connections of the calling thread; each database thread has its own. */
const connectionsHere = 4;

/**
 * Bulk work on PostgreSQL. Work that only waits for the server runs on the calling thread; work that parses
 * or builds many rows runs in threads.
 * @param longReads runs the counts, because it has connections of its own
 */
export function openPostgresBulkStore(url: string, longReads: LongReads): BulkStore {
  const threads = openDatabaseThreads(tasks, url);
  const connections = openBulkConnections(url, connectionsHere);
  const { run } = threads;
  return {
    countEmbeddings: (selection, { signal } = {}) =>
      countEmbeddings(longReads, postgresDialect, selection, signal),
    countDistinctTexts: (selection, { signal } = {}) =>
      countDistinctTexts(longReads, postgresDialect, selection, signal),
    loadEmbeddings: (selection, options) => run("loadEmbeddings", selection, options),
    writeProgress: (progress, options) => writeProgress(connections, progress, options),
    digestEmbeddings: (embeddings, options) => run("digestEmbeddings", embeddings, options),
    storeClustering: (clustering, { signal, onProgress = () => {} } = {}) =>
      storeClustering(postgresClusteringStagingStore(connections, signal), clustering, onProgress),
    loadSpanningTree: (id, { signal = new AbortController().signal } = {}) =>
      readSpanningTree((selection) => selectRows(connections, selection, signal), postgresDialect, id),
    putSpanningTree: (tree, { signal } = {}) =>
      writeTransaction(connections, (client) => putSpanningTree(postgresTreeStore(client), tree), { signal }),
    storeMap: (map, { signal, onProgress = () => {} } = {}) =>
      storeMap(postgresMapStagingStore(connections, signal), map, onProgress),
    discardAbandonedRows: (table) =>
      discardAbandonedRows(postgresStagingStore(connections, stagedTables(table))),
    deleteFinished: (table, id, { signal } = {}) =>
      writeTransaction(
        connections,
        (client) => deleteFinished((ids) => postgresDeletionStore(client, ids), id, stagedTables(table)),
        { signal },
      ),
    recordRuns: (runs, { importedFile = null, ...options } = {}) =>
      run("recordRuns", { runs, importedFile }, options),
    // If other transactions add rows of a clustering or invocations meanwhile, the deletion is retried and
    // sees them.
    deleteRuns: (runs, { signal } = {}) =>
      writeTransaction(
        connections,
        (client) => deleteRuns((runIds) => postgresRunDeletionStore(client, runIds), runs),
        { signal, isWorthRetrying: isIntegrityViolation },
      ),
    forgetImportedFile: (id, { signal } = {}) =>
      writeTransaction(connections, (client) => forgetImportedFile(postgresDeletionStore(client, [id])), {
        signal,
        isWorthRetrying: isIntegrityViolation,
      }),
    deleteEmptyModels: (ids, { signal } = {}) =>
      writeTransaction(
        connections,
        (client) => deleteEmptyModels((some) => postgresDeletionStore(client, some), ids),
        {
          signal,
        },
      ),
    async close() {
      await threads.close();
      await connections.close();
    },
  };
}
