import { lowerThreadPriority } from "../../runtime/threadPriority.js";
import type { DatabaseThreadData } from "../threads/databaseThreads.js";
import { type KnownError, type TaskOutcome, taskOutcome } from "../threads/taskOutcome.js";
import { type TaskChannel, type TaskReporter, taskReporter } from "../threads/taskReporter.js";
import { type Connection, openConnection, rollBack } from "./connection.js";

/**
 * On a database thread: creates tasks from work on the thread's connection, which all of them share.
 * @param errors classes of errors that callers distinguish, in addition to the database's
 */
export function sqliteTasks({ url, yields, databaseFile }: DatabaseThreadData, errors: KnownError[] = []) {
  if (yields) lowerThreadPriority();
  let opened: Connection | undefined;
  /**
   * Opened by the first task, so that a failure to open is that task's failure; the next task tries again.
   */
  function connection(): Connection {
    opened ??= openConnection(url, databaseFile);
    return opened;
  }

  return function task<Input, Output>(
    work: (on: Connection, input: Input, reporter: TaskReporter) => Output | Promise<Output>,
  ): (message: { input: Input; channel: TaskChannel }) => Promise<TaskOutcome<Output>> {
    return ({ input, channel }) =>
      taskOutcome(async () => {
        const on = connection();
        try {
          return await work(on, input, taskReporter(channel));
        } finally {
          rollBack(on); // if even the end of a transaction failed: the next task must start without one
        }
      }, errors);
  };
}
