import { lookBeforeEffects } from "../../runtime/deadline.js";
import { mustStop, type TaskChannel, TaskStoppedError } from "./taskReporter.js";

const pollMilliseconds = 100;

/** Runs a task's asynchronous work with a signal that aborts once the task is to stop. */
export async function withStopSignal<T>(
  channel: TaskChannel,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stopping = new AbortController();
  const look = () => {
    if (mustStop(channel)) stopping.abort(new TaskStoppedError());
  };
  lookBeforeEffects(stopping.signal, look);
  const poll = setInterval(look, pollMilliseconds);
  try {
    return await work(stopping.signal);
  } finally {
    clearInterval(poll);
  }
}
