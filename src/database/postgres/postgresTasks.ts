import type { DatabaseThreadData } from "../threads/databaseThreads.js";
import { withStopSignal } from "../threads/stopSignal.js";
import { type KnownError, type TaskOutcome, taskOutcome } from "../threads/taskOutcome.js";
import { type TaskChannel, type TaskReporter, taskReporter } from "../threads/taskReporter.js";
import { type BulkConnections, openBulkConnections } from "./connections/bulkConnections.js";
import { reusingSocket } from "./loading/reusingSocket.js";

/**
 * On a database thread: creates tasks from work on the thread's connections, which all of them share.
 * @param errors classes of errors that callers distinguish, in addition to the database's
 */
export function postgresTasks({ url }: DatabaseThreadData, errors: KnownError[] = []) {
  /** One connection for a transaction, and one for reads beside it. */
  const connections = openBulkConnections(url, 2, reusingSocket);

  return function task<Input, Output>(
    work: (on: BulkConnections, input: Input, reporter: TaskReporter, signal: AbortSignal) => Promise<Output>,
  ): (message: { input: Input; channel: TaskChannel }) => Promise<TaskOutcome<Output>> {
    return ({ input, channel }) =>
      withStopSignal(channel, (signal) =>
        taskOutcome(() => work(connections, input, taskReporter(channel), signal), errors),
      );
  };
}
