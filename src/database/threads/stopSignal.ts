import { type TaskChannel, TaskStoppedError } from "./taskReporter.js";

const pollMilliseconds = 100;

/** Runs a task's asynchronous work with a signal that aborts once the task is to stop. */
export async function withStopSignal<T>(
  { stop }: TaskChannel,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stopping = new AbortController();
  const poll = setInterval(() => {
    if (stop && Atomics.load(stop, 0) !== 0) stopping.abort(new TaskStoppedError());
  }, pollMilliseconds);
  try {
    return await work(stopping.signal);
  } finally {
    clearInterval(poll);
  }
}
