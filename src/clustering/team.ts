import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { kernelModule } from "./kernel/kernel.js";

/** Work that threads do together, each a share of its tasks. */
export interface TeamJob<Context, Result> {
  /** The name under which other threads find the job. */
  readonly name: string;
  /**
   * Does a share of the tasks.
   *
   * @param context holds only shared memory and plain values, so that it can be sent to other threads
   * @param slot the thread's number; 0 is the leading thread
   */
  run(context: Context, take: TakeTasks, slot: number): Result;
}

// biome-ignore lint/suspicious/noExplicitAny: jobs of any context and result
export type AnyTeamJob = TeamJob<any, any>;

/** Defines a job; helping threads find it by its name in their list (`teamJobs`). */
export function teamJob<Context, Result>(
  name: string,
  run: TeamJob<Context, Result>["run"],
): TeamJob<Context, Result> {
  return { name, run };
}

/** The message that starts a job on a helping thread. */
interface JobMessage {
  name: string;
  context: unknown;
  control: Int32Array;
  tasks: number;
  batch: number;
  /** The helper's number; 0 is the leading thread. */
  slot: number;
}

/** Returns the next batch of tasks, [from, to), or null when no task is left. */
export type TakeTasks = () => { from: number; to: number } | null;

const NEXT = 0;
const PENDING = 1;
/** 1 when no task is left. */
const OVER = 2;
const CONTROLS = 3;

/** Milliseconds for which a helper pauses after each change of `standAside`. */
const ASIDE_MILLISECONDS = 10;

/**
 * The threads of one clustering: one leads and also works, the others help. The tasks of a job are taken from
 * a shared counter, so that no thread waits while tasks are left; a job ends when every thread has finished
 * its share.
 */
export class Team {
  readonly #control = new Int32Array(new SharedArrayBuffer(4 * CONTROLS));

  /** @param module the compiled kernel; null for the portable kernel */
  constructor(
    private readonly helpers: MessagePort[] = [],
    readonly module: WebAssembly.Module | null = kernelModule(),
  ) {}

  get threads(): number {
    return this.helpers.length + 1;
  }

  /**
   * Runs a job to its end.
   *
   * @param tasks number of tasks, numbered 0 … tasks−1
   * @param batch number of tasks that a thread takes at a time
   * @param onTasks called on this thread with the number of tasks that have been taken
   * @returns the result of each thread's share
   */
  run<Context, Result>(
    job: TeamJob<Context, Result>,
    context: Context,
    tasks: number,
    batch: number,
    onTasks: (taken: number) => void = () => {},
  ): Result[] {
    const control = this.#control;
    // A job of few tasks is over before another thread has woken up.
    const helpers = tasks > batch ? this.helpers : [];
    Atomics.store(control, NEXT, 0);
    Atomics.store(control, OVER, 0);
    Atomics.store(control, PENDING, helpers.length);
    helpers.forEach((port, k) => {
      const message: JobMessage = {
        name: job.name,
        context,
        control,
        tasks,
        batch,
        slot: k + 1,
      };
      port.postMessage(message);
    });
    const take = takeFrom(control, tasks, batch);
    const results = [
      job.run(
        context,
        () => {
          const taken = take();
          if (taken !== null) onTasks(taken.from);
          return taken;
        },
        0,
      ),
    ];
    Atomics.store(control, OVER, 1);
    Atomics.notify(control, OVER);
    for (;;) {
      const pending = Atomics.load(control, PENDING);
      if (pending === 0) break;
      Atomics.wait(control, PENDING, pending);
    }
    for (const port of helpers) results.push(receiveMessageOnPort(port)?.message as Result);
    return results;
  }
}

/**
 * The loop of a helping thread: does its share of each job that arrives on the port.
 *
 * @param jobs every job that may arrive
 * @param standAside shared memory; while its element 0 keeps changing, the helper takes no tasks, and the
 *   other threads do them
 * @param clock milliseconds, from any moment on
 */
export function helpOn(
  port: MessagePort,
  jobs: AnyTeamJob[],
  standAside?: Int32Array,
  clock = () => performance.now(),
): void {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const shouldPause = standAside && watchForChanges(standAside, clock);
  port.on("message", (message: JobMessage) => {
    const { name, context, control, tasks, batch, slot } = message;
    const take = takeFrom(control, tasks, batch);
    const takeLater = (): ReturnType<TakeTasks> => {
      while (shouldPause?.() && Atomics.load(control, OVER) === 0) {
        Atomics.wait(control, OVER, 0, ASIDE_MILLISECONDS / 2);
      }
      return take();
    };
    port.postMessage(byName.get(name)!.run(context, takeLater, slot));
    Atomics.sub(control, PENDING, 1);
    Atomics.notify(control, PENDING);
  });
}

/**
 * @returns a function that says whether element 0 has changed recently, as seen by the function's own calls
 */
function watchForChanges(cell: Int32Array, clock: () => number): () => boolean {
  let seen = Atomics.load(cell, 0);
  let until = 0;
  return () => {
    const now = Atomics.load(cell, 0);
    if (now !== seen) {
      seen = now;
      until = clock() + ASIDE_MILLISECONDS;
    }
    return until > 0 && clock() < until;
  };
}

function takeFrom(control: Int32Array, tasks: number, batch: number): TakeTasks {
  return () => {
    const from = Atomics.add(control, NEXT, batch);
    return from < tasks ? { from, to: Math.min(tasks, from + batch) } : null;
  };
}
