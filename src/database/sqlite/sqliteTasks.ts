import { lowerThreadPriority } from "../../runtime/threadPriority.js";
import type { DatabaseThreadData } from "../threads/databaseThreads.js";
import { type KnownError, type TaskOutcome, taskOutcome } from "../threads/taskOutcome.js";
import { type TaskChannel, type TaskReporter, taskReporter } from "../threads/taskReporter.js";
import { type Connection, openConnection, rollBack } from "./connection.js";

/**
 * On a database thread: creates tasks from work on the thread's connection, which all of them share.
 * @param errors classes of errors that callers distinguish, in addition to the database's
 */
export function sqliteTasks(data: DatabaseThreadData, errors: KnownError[] = []) {
  const task = lateSqliteTasks(data, errors);
  return <Input, Output>(
    work: (on: Connection, input: Input, reporter: TaskReporter) => Output | Promise<Output>,
  ) => task<Input, Output>((open, input, reporter) => work(open(), input, reporter));
}

/** The same, for work that itself opens the connection, perhaps only after it has begun. */
export function lateSqliteTasks({ url, yields, databaseFile }: DatabaseThreadData, errors: KnownError[]) {
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
    work: (open: () => Connection, input: Input, reporter: TaskReporter) => Output | Promise<Output>,
  ): (message: { input: Input; channel: TaskChannel }) => Promise<TaskOutcome<Output>> {
    return ({ input, channel }) =>
      taskOutcome(async () => {
        try {
          return await work(connection, input, taskReporter(channel));
        } finally {
          if (opened) rollBack(opened); // if even the end of a transaction failed: the next task must start without one
        }
      }, errors);
  };
}
