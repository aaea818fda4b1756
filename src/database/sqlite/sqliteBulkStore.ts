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
 * Bulk work on SQLite: in threads with connections of their own, since libsql blocks the thread that calls it.
 * @param longReads counts, since it can be interrupted within a statement
 */
export function openSqliteBulkStore(url: string, file: DatabaseFile, longReads: LongReads): BulkStore {
  const databaseFile = () => file.handle();
  const { run, close } = openDatabaseThreads(tasks, url, { databaseFile });
  // Loading and the digest hold nothing that others wait for. What writes has the write lock, and must not be kept from giving it back.
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
    discardAbandonedRows: () => run("discardAbandonedRows", undefined),
    deleteClusteringResult: (id, options) => run("deleteClusteringResult", id, options),
    recordRuns: (runs, options) => run("recordRuns", runs, options),
    deleteRun: (runId, options) => run("deleteRun", runId, options),
    close: async () => {
      await Promise.all([close(), loading.close()]);
    },
  };
}
