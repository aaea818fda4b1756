import type { MessagePort } from "node:worker_threads";
import { clock } from "../../runtime/deadline.js";

/** Through it a task on a database thread reports its progress and learns that it is to stop. */
export interface TaskReporter {
  /** @param progress 0 to 1. @throws TaskStoppedError if the caller has aborted, or its time is over */
  report(progress: unknown): void;
  /**
   * Checks whether the task is to stop. @throws TaskStoppedError if the caller has aborted, or its time is over
   */
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
  /**
   * The time, from `clock`, after which the task is to stop, even if the caller's thread is too busy to set
   * the flag. Default: no limit.
   */
  deadline?: number;
}

/** Whether a task is to stop. */
export function mustStop({ stop, deadline }: TaskChannel): boolean {
  return (
    (stop !== undefined && Atomics.load(stop, 0) !== 0) || (deadline !== undefined && clock() >= deadline)
  );
}

export function taskReporter(channel: TaskChannel): TaskReporter {
  const throwIfStopped = () => {
    if (mustStop(channel)) throw new TaskStoppedError();
  };
  return {
    report(progress) {
      throwIfStopped();
      channel.port?.postMessage(progress);
    },
    throwIfStopped,
  };
}
