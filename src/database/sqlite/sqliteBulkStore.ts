import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import { builtModule } from "../../builtModule.js";
import type { BulkOptions, BulkStore } from "../bulkStore.js";
import { countDistinctTexts, countEmbeddings } from "./countEmbeddings.js";
import type { LongReads } from "./longReads.js";
import { outcomeValue } from "./taskOutcome.js";
import { type TaskChannel, TaskStoppedError } from "./taskReporter.js";

/** Enough for a clustering that loads or stores, an import, and a request that records or deletes. */
const threads = 4;
const idleMilliseconds = 5_000;

/**
 * Bulk work on SQLite: in threads with connections of their own, since libsql blocks the thread that calls it.
 * @param longReads counts, since it can be interrupted within a statement
 */
export function openSqliteBulkStore(url: string, longReads: LongReads): BulkStore {
  let pool: Piscina | undefined;

  async function run<T>(name: string, input: unknown, options: BulkOptions = {}): Promise<T> {
    options.signal?.throwIfAborted();
    pool ??= new Piscina({
      filename: builtModule(import.meta.url, "./databaseTasks.js").href,
      workerData: { url },
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: idleMilliseconds,
    });
    const { port1, port2 } = new MessageChannel();
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const channel: TaskChannel = { port: port2, stop };
    const onAbort = () => Atomics.store(stop, 0, 1);
    options.signal?.addEventListener("abort", onAbort);
    port1.on("message", (progress) => options.onProgress?.(progress));
    port1.unref();
    try {
      return outcomeValue<T>(await pool.run({ input, channel }, { name, transferList: [port2] }));
    } catch (error) {
      throw error instanceof TaskStoppedError ? options.signal?.reason : error;
    } finally {
      options.signal?.removeEventListener("abort", onAbort);
      port1.close();
    }
  }

  return {
    countEmbeddings: (selection, { signal } = {}) => countEmbeddings(longReads, selection, signal),
    countDistinctTexts: (selection, { signal } = {}) => countDistinctTexts(longReads, selection, signal),
    loadEmbeddings: (selection, options) => run("loadEmbeddings", selection, options),
    storeClustering: (clustering, options) => run("storeClustering", clustering, options),
    discardAbandonedRows: () => run("discardAbandonedRows", undefined),
    deleteClusteringResult: (id, options) => run("deleteClusteringResult", id, options),
    recordRuns: (runs, options) => run("recordRuns", runs, options),
    deleteRun: (runId, options) => run("deleteRun", runId, options),
    importUpstream: (path, options) => run("importUpstream", path, options),
    async close() {
      await pool?.close();
    },
  };
}
