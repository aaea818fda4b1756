import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import { readThreadProgram } from "../runtime/threadProgram.js";
import type { ThreadData } from "./clusteringThread.js";
import { kernelModule } from "./kernel/kernel.js";

/** An idle thread is kept for this long, in milliseconds, as the next small clustering may need one at once. */
const IDLE_MILLISECONDS = 1_000;

const program = readThreadProgram(new URL("./clusteringThread.bundle.js", import.meta.url), import.meta.url);
/** Threads are given it, and read no file. */
const kernel = kernelModule();

interface IdleThread {
  thread: Worker;
  /** Makes it no longer idle. */
  wake: () => void;
}

const idle: IdleThread[] = [];
let helping = 0;

/**
 * Threads that clusterings of this process use in turn. Each clustering has a leading thread of its own;
 * the helping threads are shared: together there are no more than the cores, less one.
 *
 * Idle threads do not keep the process alive, and end after a second.
 */
export function takeThread(): Worker {
  const kept = idle.pop();
  if (kept !== undefined) {
    kept.wake();
    return kept.thread;
  }
  const thread = program.start({ kernel } satisfies ThreadData);
  // Whoever works with it has listeners of their own; while it is ended, nobody has.
  thread.on("error", () => {});
  return thread;
}

/** How many helping threads a clustering of so many threads gets; to be given back by `releaseHelpers`. */
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

/** Takes back a thread that has nothing to do, and on which nobody listens any more. */
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
