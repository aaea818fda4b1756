import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import { readThreadProgram } from "../runtime/threadProgram.js";
import type { ThreadData } from "./clusteringThread.js";
import { kernelModule } from "./kernel/kernel.js";

/**
 * Milliseconds for which an idle thread is kept, because the next small clustering may need one without
 * delay.
 */
const IDLE_MILLISECONDS = 1_000;

const program = readThreadProgram(new URL("./clusteringThread.bundle.js", import.meta.url), import.meta.url);
/** Passed to every thread, so that threads read no file. */
const kernel = kernelModule();

interface IdleThread {
  thread: Worker;
  /** Ends the idle state. */
  wake: () => void;
}

const idle: IdleThread[] = [];
let helping = 0;

/**
 * Takes a thread from the pool that the clusterings of this process share, or starts one. Each clustering has
 * a leading thread of its own; the helping threads of all clusterings together are at most the number of
 * cores less one.
 *
 * Idle threads do not keep the process alive, and end after a second.
 */
export function takeThread(): Worker {
  const reused = idle.pop();
  if (reused !== undefined) {
    reused.wake();
    return reused.thread;
  }
  const thread = program.start({ kernel } satisfies ThreadData);
  // The clustering that uses the thread adds listeners of its own; while the thread is being terminated,
  // there are none.
  thread.on("error", () => {});
  return thread;
}

/**
 * Reserves helping threads for a clustering that may use `threads` threads, and returns how many it gets;
 * `releaseHelpers` returns them.
 */
export function reserveHelpers(threads: number): number {
  const wanted = threads - 1;
  const granted =
    helping === 0 ? wanted : Math.max(0, Math.min(wanted, availableParallelism() - 1 - helping));
  helping += granted;
  return granted;
}

export function releaseHelpers(count: number): void {
  helping -= count;
}

/** Returns an idle thread, without listeners, to the pool. */
export function keepThread(thread: Worker): void {
  const forget = () => {
    const at = idle.findIndex((entry) => entry.thread === thread);
    if (at >= 0) idle.splice(at, 1);
  };
  const expiry = setTimeout(() => {
    forget();
    void thread.terminate();
  }, IDLE_MILLISECONDS);
  expiry.unref();
  thread.unref();
  thread.on("error", forget);
  thread.on("exit", forget);
  const wake = () => {
    clearTimeout(expiry);
    thread.off("error", forget);
    thread.off("exit", forget);
    thread.ref();
  };
  idle.push({ thread, wake });
}
