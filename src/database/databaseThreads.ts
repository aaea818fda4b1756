import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import type { BulkOptions } from "./bulkStore.js";
import { outcomeValue } from "./taskOutcome.js";
import { type TaskChannel, TaskStoppedError } from "./taskReporter.js";

/** Enough for a clustering that loads or stores, an import, and a request that counts. */
const threads = 4;
const idleMilliseconds = 5_000;

/** Threads for bulk work, started as they are needed. */
export interface DatabaseThreads {
  /**
   * Runs a task: an export of the module.
   * @throws what the task throws; the signal's reason where it aborts
   */
  run<T>(name: string, input: unknown, options?: BulkOptions): Promise<T>;
  close(): Promise<void>;
}

/** What a module of tasks finds in `workerData`. */
export interface DatabaseThreadData {
  url: string;
  /** Whether its tasks leave the processors to requests. */
  yields: boolean;
  /** Of SQLite: which file it is, so that a thread that starts late opens no other. */
  fileIdentity?: string;
}

/** @param module whose exports are the tasks; it finds DatabaseThreadData in `workerData` */
export function openDatabaseThreads(
  module: URL,
  url: string,
  { yields = false, fileIdentity }: Partial<Omit<DatabaseThreadData, "url">> = {},
): DatabaseThreads {
  let pool: Piscina | undefined;
  return {
    async run<T>(name: string, input: unknown, options: BulkOptions = {}): Promise<T> {
      options.signal?.throwIfAborted();
      pool ??= new Piscina({
        filename: module.href,
        workerData: { url, yields, fileIdentity } satisfies DatabaseThreadData,
        minThreads: 0,
        maxThreads: threads,
        idleTimeout: idleMilliseconds,
        // A thread that waits for its next task still hears of its connections.
        atomics: "disabled",
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
    },
    async close() {
      await pool?.close();
    },
  };
}
