// Runs on a database thread: the tasks that postgresBulkStore asks for by name.
import { workerData } from "node:worker_threads";
import * as upstream from "../../import/importRuns.js";
import type { LoadedEmbeddings } from "../bulkStore.js";
import { embeddingDigest } from "../embeddings/embeddingDigest.js";
import { recordRuns as record } from "../recording/recordRuns.js";
import type { RunRecord } from "../recording/runRecord.js";
import type { DatabaseThreadData } from "../threads/databaseThreads.js";
import { type TaskOutcome, taskOutcome } from "../threads/taskOutcome.js";
import {
  type TaskChannel,
  type TaskReporter,
  TaskStoppedError,
  taskReporter,
} from "../threads/taskReporter.js";
import { serveTasks } from "../threads/taskThread.js";
import { type BulkConnections, openBulkConnections } from "./connections/bulkConnections.js";
import { isIntegrityViolation } from "./connections/integrityViolation.js";
import { writeTransaction } from "./connections/transaction.js";
import { postgresTarget } from "./importTarget.js";
import * as load from "./loading/loadEmbeddings.js";
import { reusingSocket } from "./loading/reusingSocket.js";
import { postgresRecordingStore } from "./recordingStore.js";

/** One for a transaction, and one for what is read beside it. */
const connections = openBulkConnections((workerData as DatabaseThreadData).url, 2, reusingSocket);
const pollMilliseconds = 100;

function task<Input, Output>(
  work: (on: BulkConnections, input: Input, reporter: TaskReporter, signal: AbortSignal) => Promise<Output>,
): (message: { input: Input; channel: TaskChannel }) => Promise<TaskOutcome<Output>> {
  return async ({ input, channel }) => {
    const stopping = new AbortController();
    const poll = setInterval(() => {
      if (channel.stop && Atomics.load(channel.stop, 0) !== 0) stopping.abort(new TaskStoppedError());
    }, pollMilliseconds);
    try {
      return await taskOutcome(() => work(connections, input, taskReporter(channel), stopping.signal));
    } finally {
      clearInterval(poll);
    }
  };
}

serveTasks({
  loadEmbeddings: task(load.loadEmbeddings),
  digestEmbeddings: task(async (_, embeddings: LoadedEmbeddings, reporter) =>
    embeddingDigest(embeddings, reporter),
  ),
  recordRuns: task((on, runs: RunRecord[], reporter, signal) =>
    writeTransaction(on, (client) => record(postgresRecordingStore(client), runs, reporter), {
      signal,
      isWorthRetrying: isIntegrityViolation,
    }),
  ),
  importUpstream: task((on, path: string, reporter, signal) =>
    upstream.importUpstream(postgresTarget(on, signal), path, reporter),
  ),
});
