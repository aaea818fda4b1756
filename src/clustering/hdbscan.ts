import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";
import { ThreadEndedError } from "../threadProgram.js";
import type { ThreadMessage, ThreadTask } from "./clusteringThread.js";
import { usefulThreads } from "./estimate.js";
import type { HdbscanResult, RunFacts } from "./hdbscanResult.js";
import {
  countRows,
  type HdbscanParameters,
  InvalidClusteringInputError,
  type Points,
  resolveParameters,
} from "./parameters.js";
import type { Progress } from "./progress.js";
import { keepThread, releaseHelpers, reserveHelpers, takeThread } from "./threadPool.js";

export interface HdbscanOptions extends Partial<HdbscanParameters> {
  /** Threads that compute. Absent: as many as there are cores, and work for. No thread count changes the result. */
  threads?: number;
  /** Aborting it stops the threads and rejects with its reason. */
  signal?: AbortSignal;
  /**
   * In shared memory: while its element 0 changes again and again, one of the machine's cores is left to whoever
   * changes it, though never the last. That takes longer and changes no result.
   */
  standAside?: Int32Array;
  onProgress?: (progress: Progress) => void;
  /** For measurements: called with what the run did. */
  onFacts?: (facts: RunFacts) => void;
}

/** Rows are copied in pieces of this many numbers, so that the calling thread is never held for long. */
const COPY_NUMBERS = 2 ** 20;

/**
 * Clusters rows by HDBSCAN*: exact, independent of the order of the rows, with the medoid of each cluster.
 *
 * The work runs in threads of its own, and the rows must not change while it does. When the promise settles
 * none of them is at work; those of a small clustering wait a second for another, hold no process open
 * meanwhile, and end.
 *
 * @throws {InvalidClusteringInputError} parameters out of range; rows that are not finite; rows of zeros
 *   where they must be scaled. Rejects with `signal.reason` when aborted
 */
export async function hdbscan(points: Points, options: HdbscanOptions = {}): Promise<HdbscanResult> {
  const parameters = resolveParameters(options);
  const rows = countRows(points, options.minSamples);
  const { threads, signal } = options;
  if (threads !== undefined && !(Number.isSafeInteger(threads) && threads >= 1)) {
    throw new InvalidClusteringInputError(
      "threads",
      threads,
      `threads must be at least 1; it was ${threads}`,
    );
  }
  signal?.throwIfAborted();
  const data = await sharedData(points.data, signal);
  const together = threads ?? usefulThreads(rows, points.dimensions, parameters);
  return runThreads({ data, dimensions: points.dimensions }, parameters, together, options);
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

/** Threads are kept for the next clustering only if this one used little memory, as they hold on to it. */
const KEEP_BYTES = 48 * 2 ** 20;

async function runThreads(
  points: { data: Float32Array; dimensions: number },
  parameters: HdbscanParameters,
  threads: number,
  { signal, standAside, onProgress, onFacts }: HdbscanOptions,
): Promise<HdbscanResult> {
  const helperCount = reserveHelpers(threads);
  const leader = takeThread();
  const helpers = Array.from({ length: helperCount }, takeThread);
  const all = [leader, ...helpers];
  let stopListening = () => {};
  let reusable = false;
  try {
    return await new Promise<HdbscanResult>((resolve, reject) => {
      const onAbort = () => reject(signal?.reason);
      const onEnded = (reason: unknown) => reject(new ThreadEndedError("A clustering thread", reason));
      let settle: (() => void) | undefined;
      let busy = all.length;
      /** The leader is done once it has said how it ended, a helper once the leader has let it go. */
      const onDone = () => {
        if (--busy > 0 || settle === undefined) return;
        reusable = true;
        settle();
      };
      const onMessage = (message: ThreadMessage) => {
        try {
          if (message.kind === "progress") onProgress?.(message.progress);
          else if (message.kind === "failed") reject(message.error);
          else {
            if (message.kind === "result") {
              onFacts?.(message.facts);
              settle = () => resolve(message.result);
            } else if (message.kind === "invalid") {
              const { field, value, row } = message;
              settle = () => reject(new InvalidClusteringInputError(field, value, message.message, row));
            }
            onDone();
          }
        } catch (error) {
          reject(error);
        }
      };
      stopListening = () => {
        signal?.removeEventListener("abort", onAbort);
        for (const thread of all) thread.off("message", onMessage).off("error", onEnded).off("exit", onEnded);
      };
      if (signal?.aborted) onAbort();
      signal?.addEventListener("abort", onAbort);
      for (const thread of all) thread.on("message", onMessage).on("error", onEnded).on("exit", onEnded);
      const channels = helpers.map((helper, k) => {
        const { port1, port2 } = new MessageChannel();
        // The leader and these leave one core.
        const stays = k < availableParallelism() - 2;
        const help: ThreadTask = { kind: "help", port: port2, standAside: stays ? undefined : standAside };
        helper.postMessage(help, [port2]);
        return port1;
      });
      const lead: ThreadTask = { kind: "lead", ...points, parameters, helpers: channels };
      leader.postMessage(lead, channels);
    });
  } finally {
    stopListening();
    releaseHelpers(helperCount);
    // The leader last, so that it leads the next one too: its code is compiled for that by then.
    if (reusable && points.data.byteLength <= KEEP_BYTES)
      for (const thread of all.reverse()) keepThread(thread);
    else await Promise.all(all.map((thread) => thread.terminate()));
  }
}
