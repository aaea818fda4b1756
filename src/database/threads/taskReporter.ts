import type { MessagePort } from "node:worker_threads";

/** Through it a task on a database thread reports its progress and learns that it is to stop. */
export interface TaskReporter {
  /** @param progress 0 to 1. @throws TaskStoppedError if the caller has aborted */
  report(progress: unknown): void;
  /** Checks whether the task is to stop. @throws TaskStoppedError if the caller has aborted */
  throwIfStopped(): void;
}

export class TaskStoppedError extends Error {
  override readonly name = "TaskStoppedError";
  constructor() {
    super("The task was stopped.");
  }
}

/** The communication between a caller and its task. */
export interface TaskChannel {
  port?: MessagePort;
  /**
   * One element, which is not 0 once the task is to stop. A flag instead of a message, because a synchronous
   * task cannot receive messages.
   */
  stop?: Int32Array;
}

export function taskReporter({ port, stop }: TaskChannel): TaskReporter {
  const throwIfStopped = () => {
    if (stop && Atomics.load(stop, 0) !== 0) throw new TaskStoppedError();
  };
  return {
    report(progress) {
      throwIfStopped();
      port?.postMessage(progress);
    },
    throwIfStopped,
  };
}
