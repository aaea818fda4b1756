import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isInt32Array, isSharedArrayBuffer } from "node:util/types";
import { MessageChannel } from "node:worker_threads";
import { ThreadEndedError } from "../runtime/threadProgram.js";
import type { ThreadMessage, ThreadTask } from "./clusteringThread.js";
import { usefulThreads } from "./estimate.js";
import type { HdbscanResult, RunFacts } from "./hdbscanResult.js";
import { InvalidClusteringInputError, isCount, require, typeOf } from "./invalidClusteringInput.js";
import { knownOptions } from "./knownOptions.js";
import {
  checkedPoints,
  type HdbscanParameters,
  type Points,
  parameterNames,
  pickParameters,
  requireAttached,
  resolveParameters,
} from "./parameters.js";
import type { Progress } from "./progress.js";
import { keepThread, releaseHelpers, reserveHelpers, takeThread } from "./threadPool.js";

export interface HdbscanOptions extends Partial<HdbscanParameters> {
  /**
   * Number of threads that compute. At most as many as the machine can run in parallel
   * (`os.availableParallelism()`) are started, whatever number is requested. The number does not change the
   * result.
   *
   * @default as many as the machine can run in parallel, and fewer for a small clustering
   */
  threads?: number;
  /**
   * Aborting it stops the threads and rejects the promise with the signal's reason.
   *
   * @default none: the clustering cannot be stopped
   */
  signal?: AbortSignal;
  /**
   * A counter in shared memory. While its element 0 keeps changing, the clustering leaves one core of the
   * machine free for the thread that changes it, but never its own last core. That makes the clustering
   * slower and does not change its result.
   *
   * @default none: no core is left free
   */
  standAside?: Int32Array;
  /**
   * Called at most about 200 times, with the current stage and progress. The clustering does not wait for it.
   * If it throws, or returns a promise that is rejected before the clustering ends, the clustering stops and
   * rejects with that error; a later rejection is ignored.
   *
   * @default none
   */
  onProgress?: (progress: Progress) => unknown;
  /**
   * For measurements: called once, under the same rules as `onProgress`, with what the run did.
   *
   * @default none
   */
  onFacts?: (facts: RunFacts) => unknown;
}

const optionNames = [
  ...parameterNames,
  ...(["threads", "signal", "standAside", "onProgress", "onFacts"] as const),
];

/** Rows are copied in pieces of this many numbers, so that the calling thread is never blocked for long. */
const COPY_NUMBERS = 2 ** 20;

/**
 * Clusters rows by HDBSCAN*: exact, independent of the order of the rows, with the medoid of each cluster.
 *
 * The work runs in threads of its own, and the rows must not change while it does. When the promise settles,
 * all of these threads have stopped working. The threads of a small clustering stay idle for a second, so
 * that the next clustering can reuse them, and then end; idle threads do not keep the process alive.
 *
 * @throws {InvalidClusteringInputError} for an unknown option or a value out of range; for points of the
 *   wrong type or shape; for a row with a component that is not finite; for a row of zeros where rows are
 *   scaled to length 1. Rejects with `signal.reason` when aborted
 */
export async function hdbscan(points: Points, options: HdbscanOptions = {}): Promise<HdbscanResult> {
  const given = knownOptions(options, optionNames);
  const parameters = resolveParameters(pickParameters(given));
  const { data, dimensions, rows } = checkedPoints(points, given.minSamples);
  requireOptions(given);
  const { threads, signal } = given;
  if (signal?.aborted) throw signal.reason;
  const shared = await sharedData(data, signal);
  const threadCount = Math.min(
    threads ?? usefulThreads(rows, dimensions, parameters),
    availableParallelism(),
  );
  return runThreads({ data: shared, dimensions }, parameters, threadCount, given);
}

function requireOptions({ threads, signal, standAside, onProgress, onFacts }: HdbscanOptions): void {
  const of = (value: unknown): string => typeOf(value);
  require(threads === undefined || isCount(threads, 1), "threads", threads, "a whole number of at least 1");
  if (signal !== undefined) require(isSignal(signal), "signal", signal, "an AbortSignal", of(signal));
  if (standAside !== undefined) {
    const isCell =
      isInt32Array(standAside) && isSharedArrayBuffer(standAside.buffer) && standAside.length > 0;
    require(isCell, "standAside", standAside, "an Int32Array over a SharedArrayBuffer", of(standAside));
  }
  for (const [name, listener] of Object.entries({ onProgress, onFacts })) {
    if (listener === undefined) continue;
    require(typeof listener === "function", name, listener, "a function", of(listener));
  }
}

/**
 * Tests by shape instead of `instanceof`, to accept a signal of another realm, such as that of a test's DOM.
 */
function isSignal(value: unknown): value is AbortSignal {
  if (typeof value !== "object" || value === null) return false;
  const signal = value as Partial<AbortSignal>;
  return (
    typeof signal.aborted === "boolean" &&
    typeof signal.addEventListener === "function" &&
    typeof signal.removeEventListener === "function"
  );
}

/** The same numbers in memory that threads can share; not copied if they are in such memory already. */
async function sharedData(data: Float32Array, signal: AbortSignal | undefined): Promise<Float32Array> {
  if (isSharedArrayBuffer(data.buffer)) return data;
  const shared = new Float32Array(new SharedArrayBuffer(data.byteLength));
  for (let start = 0; start < shared.length; start += COPY_NUMBERS) {
    if (start > 0) await nextTurn();
    if (signal?.aborted) throw signal.reason;
    requireAttached(data);
    shared.set(data.subarray(start, start + COPY_NUMBERS), start);
  }
  return shared;
}

/**
 * Threads are reused for the next clustering only if this one used little memory, because a thread does not
 * return its memory to the system.
 */
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
      /** The leader is done once it has reported its outcome, a helper once the leader has released it. */
      const onDone = () => {
        if (--busy > 0 || settle === undefined) return;
        reusable = true;
        // Deferred, so that a listener's promise that is already rejected is seen first.
        setImmediate(settle);
      };
      /**
       * A listener may be asynchronous: its rejection rejects the call, instead of being an unhandled
       * rejection.
       */
      const catchRejection = (returned: unknown) => void Promise.resolve(returned).catch(reject);
      const onMessage = (message: ThreadMessage) => {
        try {
          if (message.kind === "progress") catchRejection(onProgress?.(message.progress));
          else if (message.kind === "failed") reject(message.error);
          else {
            if (message.kind === "result") {
              catchRejection(onFacts?.(message.facts));
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
        // With `standAside`, one core is left to others: the leader and the helpers that ignore it use all
        // cores but one.
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
    // The leader goes back last, so that it leads the next clustering too: its code is already compiled for
    // that.
    if (reusable && points.data.byteLength <= KEEP_BYTES)
      for (const thread of all.reverse()) keepThread(thread);
    else await Promise.all(all.map((thread) => thread.terminate()));
  }
}
