import type { MessagePort } from "node:worker_threads";

/** How a task on a database thread reports progress and learns that it shall stop. */
export interface TaskReporter {
  /** @param progress 0 to 1. @throws TaskStoppedError where the caller aborted. */
  report(progress: unknown): void;
  /** @throws TaskStoppedError where the caller aborted. */
  heedStop(): void;
}

export class TaskStoppedError extends Error {
  override readonly name = "TaskStoppedError";
  constructor() {
    super("The task was stopped.");
  }
}

/** What the caller passes along with a task. */
export interface TaskChannel {
  port?: MessagePort;
  /** One cell: other than 0 once the task shall stop. A flag, since a synchronous task reads no messages. */
  stop?: Int32Array;
}

export function taskReporter({ port, stop }: TaskChannel): TaskReporter {
  const heedStop = () => {
    if (stop && Atomics.load(stop, 0) !== 0) throw new TaskStoppedError();
  };
  return {
    report(progress) {
      heedStop();
      port?.postMessage(progress);
    },
    heedStop,
  };
}
