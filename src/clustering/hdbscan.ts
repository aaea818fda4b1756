import { setImmediate as nextTurn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { ClusteringMessage, ClusteringTask } from "./clusteringThread.js";
import type { HdbscanResult } from "./clusterPoints.js";
import {
  countRows,
  type HdbscanParameters,
  InvalidClusteringInputError,
  type Points,
  resolveParameters,
} from "./parameters.js";
import type { Progress } from "./progress.js";
import { builtModule } from "./threadUrl.js";

export interface HdbscanOptions extends Partial<HdbscanParameters> {
  /** Threads that compute. Absent: as many as there are cores. No thread count changes the result. */
  threads?: number;
  /** Aborting it stops the threads and rejects with its reason. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** Rows are copied in pieces of this many numbers, so that the calling thread is never held for long. */
const COPY_NUMBERS = 2 ** 20;

/**
 * Clusters rows by HDBSCAN*: exact, independent of the order of the rows, with the medoid of each cluster.
 *
 * The work runs in threads of its own, and none is left when the promise settles. The rows must not change
 * until then.
 *
 * @throws {InvalidClusteringInputError} parameters out of range; rows that are not finite; rows of zeros
 *   where they must be scaled. Rejects with `signal.reason` when aborted
 */
export async function hdbscan(points: Points, options: HdbscanOptions = {}): Promise<HdbscanResult> {
  const parameters = resolveParameters(options);
  countRows(points, options.minSamples);
  const { threads, signal, onProgress } = options;
  if (threads !== undefined && !(Number.isSafeInteger(threads) && threads >= 1)) {
    throw new InvalidClusteringInputError(
      "threads",
      threads,
      `threads must be at least 1; it was ${threads}`,
    );
  }
  signal?.throwIfAborted();
  const data = await sharedData(points.data, signal);
  return runThread({ data, dimensions: points.dimensions, parameters }, signal, onProgress);
}

/** The same numbers in memory that threads can share: in place where they are there already. */
async function sharedData(data: Float32Array, signal: AbortSignal | undefined): Promise<Float32Array> {
  if (data.buffer instanceof SharedArrayBuffer) return data;
  const shared = new Float32Array(new SharedArrayBuffer(data.byteLength));
  for (let start = 0; start < data.length; start += COPY_NUMBERS) {
    if (start > 0) await nextTurn();
    signal?.throwIfAborted();
    shared.set(data.subarray(start, start + COPY_NUMBERS), start);
  }
  return shared;
}

async function runThread(
  task: ClusteringTask,
  signal: AbortSignal | undefined,
  onProgress: ((progress: Progress) => void) | undefined,
): Promise<HdbscanResult> {
  const thread = new Worker(builtModule(import.meta.url, "./clusteringThread.js"), { workerData: task });
  let stop: (() => void) | undefined;
  try {
    return await new Promise<HdbscanResult>((resolve, reject) => {
      stop = () => reject(signal?.reason);
      signal?.addEventListener("abort", stop);
      thread.on("message", (message: ClusteringMessage) => {
        try {
          if (message.kind === "progress") onProgress?.(message.progress);
          else if (message.kind === "result") resolve(message.result);
          else
            reject(
              new InvalidClusteringInputError(message.field, message.value, message.message, message.row),
            );
        } catch (error) {
          reject(error);
        }
      });
      thread.on("error", reject);
      thread.on("exit", (code) => reject(new Error(`The clustering thread ended with code ${code}`)));
    });
  } finally {
    if (stop !== undefined) signal?.removeEventListener("abort", stop);
    await thread.terminate();
  }
}
