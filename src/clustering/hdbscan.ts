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
  requireAttached,
  resolveParameters,
} from "./parameters.js";
import type { Progress } from "./progress.js";
import { keepThread, releaseHelpers, reserveHelpers, takeThread } from "./threadPool.js";

export interface HdbscanOptions extends Partial<HdbscanParameters> {
  /**
   * Threads that compute: no more than the machine can run at once are started (`os.availableParallelism()`),
   * whatever is asked for. No number of them changes the result.
   * @default as many as the machine can run at once, and as there is work for
   */
  threads?: number;
  /**
   * Aborting it stops the threads and rejects with its reason.
   * @default none: the clustering runs to its end
   */
  signal?: AbortSignal;
  /**
   * In shared memory: while its element 0 changes again and again, one of the machine's cores is left to whoever
   * changes it, though never the last. That takes longer and changes no result.
   * @default none: no core is left
   */
  standAside?: Int32Array;
  /**
   * Called about 200 times, at most, with what is being done. It is not waited for. What it throws stops the
   * clustering and rejects, as does a promise that it returns and that is rejected before the clustering is over;
   * after that its rejection is ignored.
   * @default none
   */
  onProgress?: (progress: Progress) => unknown;
  /**
   * For measurements: called once, as `onProgress` is, with what the run did.
   * @default none
   */
  onFacts?: (facts: RunFacts) => unknown;
}

const optionNames = [
  ...parameterNames,
  ...(["threads", "signal", "standAside", "onProgress", "onFacts"] as const),
];

/** Rows are copied in pieces of this many numbers, so that the calling thread is never held for long. */
const COPY_NUMBERS = 2 ** 20;

/**
 * Clusters rows by HDBSCAN*: exact, independent of the order of the rows, with the medoid of each cluster.
 *
 * The work runs in threads of its own, and the rows must not change while it does. When the promise settles
 * none of them is at work; those of a small clustering wait a second for another, hold no process open
 * meanwhile, and end.
 *
 * @throws {InvalidClusteringInputError} options of unknown names or of values out of range; points of another form;
 *   rows that are not finite; rows of zeros where they must be scaled. Rejects with `signal.reason` when aborted
 */
export async function hdbscan(points: Points, options: HdbscanOptions = {}): Promise<HdbscanResult> {
  const given = knownOptions(options, optionNames);
  const parameters = resolveParameters(Object.fromEntries(parameterNames.map((name) => [name, given[name]])));
  const { data, dimensions, rows } = checkedPoints(points, given.minSamples);
  requireOptions(given);
  const { threads, signal } = given;
  if (signal?.aborted) throw signal.reason;
  const shared = await sharedData(data, signal);
  const together = Math.min(threads ?? usefulThreads(rows, dimensions, parameters), availableParallelism());
  return runThreads({ data: shared, dimensions }, parameters, together, given);
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

/** Also of another realm, such as that of a test's DOM. */
function isSignal(value: unknown): value is AbortSignal {
  if (typeof value !== "object" || value === null) return false;
  const signal = value as Partial<AbortSignal>;
  return (
    typeof signal.aborted === "boolean" &&
    typeof signal.addEventListener === "function" &&
    typeof signal.removeEventListener === "function"
  );
}

/** The same numbers in memory that threads can share: in place where they are there already. */
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
        // Later, so that a listener's promise that is rejected already comes first.
        setImmediate(settle);
      };
      /** A listener may be asynchronous: its rejection is the call's, not one that nobody handles. */
      const heard = (returned: unknown) => void Promise.resolve(returned).catch(reject);
      const onMessage = (message: ThreadMessage) => {
        try {
          if (message.kind === "progress") heard(onProgress?.(message.progress));
          else if (message.kind === "failed") reject(message.error);
          else {
            if (message.kind === "result") {
              heard(onFacts?.(message.facts));
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
