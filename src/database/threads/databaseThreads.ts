import { MessageChannel, receiveMessageOnPort, type Worker } from "node:worker_threads";
import { deadlineOf, throwIfOver } from "../../runtime/deadline.js";
import { ThreadEndedError, type ThreadProgram } from "../../runtime/threadProgram.js";
import type { BulkOptions } from "../bulkStore.js";
import type { DatabaseFileHandle } from "../sqlite/databaseFile.js";
import { libsqlAddon } from "../sqlite/libsqlAddon.js";
import { type KnownError, outcomeValue, type TaskOutcome } from "./taskOutcome.js";
import { type TaskChannel, TaskStoppedError } from "./taskReporter.js";

/**
 * Maximum number of threads: enough for a clustering that loads or stores, an import, and a request that
 * counts.
 */
const mostThreads = 4;
const idleMilliseconds = 5_000;

/** Threads for bulk work, started when they are needed. */
export interface DatabaseThreads {
  /**
   * Runs a task of the threads' program.
   * @throws the error that the task throws; the signal's reason once it aborts; ThreadEndedError if the
   *   thread ends first
   */
  run<T>(name: string, input: unknown, options?: BulkOptions): Promise<T>;
  /** Waits for the running tasks, then ends the threads. */
  close(): Promise<void>;
}

/** The `workerData` of a thread. */
export interface DatabaseThreadData {
  url: string;
  /** Whether the tasks run with low priority, so that requests are served first. */
  yields: boolean;
  /** For SQLite: identifies the file, so that a thread that starts late cannot open another one. */
  databaseFile?: DatabaseFileHandle;
  libsqlAddon: string;
}

/** The message that starts a task on a thread, which replies with a TaskOutcome. */
export interface TaskMessage {
  name: string;
  input: unknown;
  channel: TaskChannel;
}

/**
 * Starts a pool of threads. It does not use a library such as Piscina, because those load a thread's code
 * from files when the thread starts.
 * @param program serves the tasks, by `serveTasks`
 * @param options.errors classes of errors that the tasks throw and callers distinguish, in addition to the
 *   database's
 */
export function openDatabaseThreads(
  program: ThreadProgram,
  url: string,
  {
    yields = false,
    databaseFile,
    errors = [],
  }: { yields?: boolean; databaseFile?: () => DatabaseFileHandle; errors?: KnownError[] } = {},
): DatabaseThreads {
  const threads = new Set<Worker>();
  const idle: Worker[] = [];
  const expiries = new Map<Worker, NodeJS.Timeout>();
  /** Tasks that wait for a thread, in the order in which they came. */
  const waiting: ((thread: Worker) => void)[] = [];
  const running = new Set<Promise<unknown>>();

  function startThread(): Worker {
    const thread = program.start({
      url,
      yields,
      databaseFile: databaseFile?.(),
      libsqlAddon,
    } satisfies DatabaseThreadData);
    threads.add(thread);
    const forget = () => {
      threads.delete(thread);
      forgetIdle(thread);
    };
    // The task that the thread runs listens to the same events on its own.
    thread.on("error", forget).once("exit", () => {
      forget();
      if (waiting.length > 0) waiting.shift()?.(startThread());
    });
    return thread;
  }

  function forgetIdle(thread: Worker): void {
    clearTimeout(expiries.get(thread));
    expiries.delete(thread);
    const at = idle.indexOf(thread);
    if (at >= 0) idle.splice(at, 1);
  }

  async function takeThread(signal: AbortSignal | undefined): Promise<Worker> {
    const idleThread = idle.at(-1);
    if (idleThread) {
      forgetIdle(idleThread);
      idleThread.ref();
      return idleThread;
    }
    if (threads.size < mostThreads) return startThread();
    return new Promise((resolve, reject) => {
      const take = (thread: Worker) => {
        signal?.removeEventListener("abort", giveUp);
        resolve(thread);
      };
      const giveUp = () => {
        waiting.splice(waiting.indexOf(take), 1);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", giveUp, { once: true });
      waiting.push(take);
    });
  }

  function releaseThread(thread: Worker): void {
    if (!threads.has(thread)) return;
    const next = waiting.shift();
    if (next) {
      next(thread);
      return;
    }
    thread.unref();
    idle.push(thread);
    expiries.set(
      thread,
      setTimeout(() => {
        forgetIdle(thread);
        void thread.terminate();
      }, idleMilliseconds).unref(),
    );
  }

  async function runTask<T>(name: string, input: unknown, options: BulkOptions): Promise<T> {
    const { signal } = options;
    signal?.throwIfAborted();
    // Checks the file: an idle thread would not notice changes of it.
    databaseFile?.();
    const thread = await takeThread(signal);
    const { port1, port2 } = new MessageChannel();
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const onAbort = () => Atomics.store(stop, 0, 1);
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
    port1.on("message", (progress) => options.onProgress?.(progress));
    port1.unref();
    try {
      const channel = { port: port2, stop, deadline: deadlineOf(signal) };
      const outcome = await ask<T>(thread, { name, input, channel });
      // The outcome may arrive before the last progress, which is sent through another port.
      for (let last = receiveMessageOnPort(port1); last; last = receiveMessageOnPort(port1)) {
        options.onProgress?.(last.message);
      }
      return outcomeValue<T>(outcome, errors);
    } catch (error) {
      if (error instanceof TaskStoppedError) throwIfOver(signal); // aborted here too, if the thread was first
      throw error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      port1.close();
      releaseThread(thread);
    }
  }

  return {
    run<T>(name: string, input: unknown, options: BulkOptions = {}): Promise<T> {
      const task = runTask<T>(name, input, options).finally(() => running.delete(task));
      running.add(task);
      return task;
    },
    async close() {
      await Promise.allSettled(running);
      await Promise.all(Array.from(threads, (thread) => thread.terminate()));
    },
  };
}

/** @throws ThreadEndedError */
function ask<T>(thread: Worker, message: TaskMessage): Promise<TaskOutcome<T>> {
  return new Promise((resolve, reject) => {
    const { port } = message.channel;
    thread.postMessage(message, port ? [port] : []);
    const settle = (end: () => void) => {
      thread.off("message", onMessage).off("error", onError).off("exit", onExit);
      end();
    };
    const onMessage = (outcome: TaskOutcome<T>) => settle(() => resolve(outcome));
    const onError = (error: unknown) =>
      settle(() => reject(new ThreadEndedError("A database thread", error)));
    const onExit = (code: number) => settle(() => reject(new ThreadEndedError("A database thread", code)));
    thread.on("message", onMessage).on("error", onError).on("exit", onExit);
  });
}
