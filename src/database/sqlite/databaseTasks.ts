// Runs on a database thread: the tasks that sqliteBulkStore asks for by name.
import { workerData } from "node:worker_threads";
import * as upstream from "../../import/importRuns.js";
import { yieldToServer } from "../../runtime/threadPriority.js";
import type { LoadedEmbeddings } from "../bulkStore.js";
import { embeddingDigest } from "../embeddings/embeddingDigest.js";
import { recordRuns as record } from "../recording/recordRuns.js";
import type { RunRecord } from "../recording/runRecord.js";
import type { DatabaseThreadData } from "../threads/databaseThreads.js";
import { type TaskOutcome, taskOutcome } from "../threads/taskOutcome.js";
import { type TaskChannel, type TaskReporter, taskReporter } from "../threads/taskReporter.js";
import { serveTasks } from "../threads/taskThread.js";
import { type Connection, longWriteTransaction, openConnection, rollBack } from "./connection.js";
import * as deletion from "./deleteClusteringResult.js";
import * as remove from "./deleteRun.js";
import { withSqliteTarget } from "./importTarget.js";
import * as load from "./loadEmbeddings.js";
import { sqliteRecordingStore } from "./recordingStore.js";
import * as store from "./storeClustering.js";
import { writeProgress as write } from "./writeProgress.js";

const { url, yields, databaseFile } = workerData as DatabaseThreadData;
if (yields) yieldToServer();
let opened: Connection | undefined;
/** Opened by a task, so that what fails then is the task's failure; the next one tries again. */
function connection(): Connection {
  opened ??= openConnection(url, databaseFile);
  return opened;
}

function task<Input, Output>(
  work: (on: Connection, input: Input, reporter: TaskReporter) => Output | Promise<Output>,
): (message: { input: Input; channel: TaskChannel }) => Promise<TaskOutcome<Output>> {
  return ({ input, channel }) =>
    taskOutcome(async () => {
      const on = connection();
      try {
        return await work(on, input, taskReporter(channel));
      } finally {
        rollBack(on); // where even the end of a transaction failed: the next task begins without one
      }
    });
}

serveTasks({
  loadEmbeddings: task(load.loadEmbeddings),
  writeProgress: task(write),
  digestEmbeddings: task((_, embeddings: LoadedEmbeddings, reporter) =>
    embeddingDigest(embeddings, reporter),
  ),
  storeClustering: task(store.storeClustering),
  discardAbandonedRows: task(store.discardAbandonedRows),
  deleteClusteringResult: task(deletion.deleteClusteringResult),
  recordRuns: task((on, runs: RunRecord[], reporter) =>
    longWriteTransaction(on, () => record(sqliteRecordingStore(on), runs, reporter), reporter),
  ),
  deleteRun: task(remove.deleteRun),
  importUpstream: task((on, path: string, reporter) =>
    withSqliteTarget(on, (target) => upstream.importUpstream(target, path, reporter)),
  ),
});
