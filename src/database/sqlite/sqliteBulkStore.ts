import { readThreadProgram } from "../../runtime/threadProgram.js";
import type { BulkStore } from "../bulkStore.js";
import type { LongReads } from "../database.js";
import { countDistinctTexts } from "../embeddings/countDistinctTexts.js";
import { countEmbeddings } from "../embeddings/countEmbeddings.js";
import { openDatabaseThreads } from "../threads/databaseThreads.js";
import type { DatabaseFile } from "./databaseFile.js";
import { sqliteDialect } from "./sqliteDialect.js";

const tasks = readThreadProgram(new URL("./databaseTasks.bundle.js", import.meta.url), import.meta.url);

/**
 * Bulk work on SQLite. It runs in threads with connections of their own, because libsql blocks the calling
 * thread.
 * @param longReads runs the counts, because it can interrupt a statement
 */
export function openSqliteBulkStore(url: string, file: DatabaseFile, longReads: LongReads): BulkStore {
  const databaseFile = () => file.handle();
  const { run, close } = openDatabaseThreads(tasks, url, { databaseFile });
  // Loading and the digest hold no lock that others wait for, so that they may run with low priority. Tasks
  // that write have the write lock, and must not be delayed in releasing it.
  const loading = openDatabaseThreads(tasks, url, { yields: true, databaseFile });
  return {
    countEmbeddings: (selection, { signal } = {}) =>
      countEmbeddings(longReads, sqliteDialect, selection, signal),
    countDistinctTexts: (selection, { signal } = {}) =>
      countDistinctTexts(longReads, sqliteDialect, selection, signal),
    loadEmbeddings: (selection, options) => loading.run("loadEmbeddings", selection, options),
    digestEmbeddings: (embeddings, options) => loading.run("digestEmbeddings", embeddings, options),
    writeProgress: (progress) => run("writeProgress", progress),
    storeClustering: (clustering, options) => run("storeClustering", clustering, options),
    loadSpanningTree: (id, options) => loading.run("loadSpanningTree", id, options),
    putSpanningTree: (tree, options) => run("putSpanningTree", tree, options),
    storeMap: (map, options) => run("storeMap", map, options),
    discardAbandonedRows: (table) => run("discardAbandonedRows", table),
    deleteFinished: (table, id, options) => run("deleteFinished", { table, id }, options),
    recordRuns: (runs, { importedFile = null, ...options } = {}) =>
      run("recordRuns", { runs, importedFile }, options),
    deleteRuns: (runs, options) => run("deleteRuns", runs, options),
    forgetImportedFile: (id, options) => run("forgetImportedFile", id, options),
    deleteEmptyModels: (ids, options) => run("deleteEmptyModels", ids, options),
    close: async () => {
      await Promise.all([close(), loading.close()]);
    },
  };
}
