import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isInt32Array, isSharedArrayBuffer } from "node:util/types";
import { MessageChannel } from "node:worker_threads";
import { ThreadEndedError } from "../runtime/threadProgram.js";
import type { ThreadedWork, ThreadMessage, ThreadTask } from "./clusteringThread.js";
import { InvalidClusteringInputError, isCount, require, typeOf } from "./invalidClusteringInput.js";
import { type Points, requireAttached } from "./parameters.js";
import type { ThreadedRunOptions } from "./threadedRunOptions.js";
import { keepThread, releaseHelpers, reserveHelpers, takeThread } from "./threadPool.js";

export const runOptionNames = ["threads", "signal", "standAside", "onProgress", "onFacts"] as const;

/** Rows are copied in pieces of this many numbers, so that the calling thread is never blocked for long. */
const COPY_NUMBERS = 2 ** 20;

/** @throws {InvalidClusteringInputError} with the name of the first option that is invalid */
export function requireRunOptions<Progress>({
  threads,
  signal,
  standAside,
  onProgress,
  onFacts,
}: ThreadedRunOptions<Progress>): void {
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
 * Threads are reused for the next run only if this one used little memory, because a thread does not
 * return its memory to the system.
 */
const KEEP_BYTES = 48 * 2 ** 20;

/** Seconds of work that make starting another thread worthwhile. */
const WORTH = 0.02;

/**
 * Runs work on the points in threads: one leads, the others help. When the promise settles, all of them have stopped
 * working. The points are copied unless they are in memory that threads share.
 *
 * @param name of the work
 * @param secondsAlone that one thread would take for what several can share: it decides the number of threads, if the
 *   caller does not
 * @throws the signal's reason when aborted, and what a listener throws
 */
export async function runInThreads<Name extends keyof ThreadedWork>(
  name: Name,
  { data, dimensions }: Points,
  parameters: ThreadedWork[Name]["parameters"],
  secondsAlone: () => number,
  options: ThreadedRunOptions<ThreadedWork[Name]["progress"]>,
): Promise<ThreadedWork[Name]["result"]> {
  const { signal, standAside, onProgress, onFacts } = options;
  if (signal?.aborted) throw signal.reason;
  const points = { data: await sharedData(data, signal), dimensions };
  const wanted = options.threads ?? Math.max(1, Math.floor(secondsAlone() / WORTH));
  const threads = Math.min(wanted, availableParallelism());
  const helperCount = reserveHelpers(threads);
  const leader = takeThread();
  const helpers = Array.from({ length: helperCount }, takeThread);
  const all = [leader, ...helpers];
  let stopListening = () => {};
  let reusable = false;
  try {
    return await new Promise<ThreadedWork[Name]["result"]>((resolve, reject) => {
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
      const lead = { kind: "lead", name, ...points, parameters, helpers: channels } as ThreadTask;
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
