// Runs on a database thread: each export is a task that sqliteBulkStore asks for by name.
import { workerData } from "node:worker_threads";
import { yieldToServer } from "../../yieldToServer.js";
import type { LoadedEmbeddings } from "../bulkStore.js";
import type { DatabaseThreadData } from "../databaseThreads.js";
import { embeddingDigest } from "../embeddingDigest.js";
import { recordRuns as record } from "../recordRuns.js";
import type { RunRecord } from "../runRecord.js";
import { type TaskOutcome, taskOutcome } from "../taskOutcome.js";
import { type TaskChannel, type TaskReporter, taskReporter } from "../taskReporter.js";
import { type Connection, longWriteTransaction, openConnection, rollBack } from "./connection.js";
import * as deletion from "./deleteClusteringResult.js";
import * as remove from "./deleteRun.js";
import * as upstream from "./importUpstream.js";
import * as load from "./loadEmbeddings.js";
import { sqliteRecordingStore } from "./recordingStore.js";
import * as store from "./storeClustering.js";
import { withSqliteTarget } from "./upstreamTarget.js";
import { writeProgress as write } from "./writeProgress.js";

const { url, yields, fileIdentity } = workerData as DatabaseThreadData;
if (yields) yieldToServer();
/** Opened by the first task that finds the file in its place. */
let connection: Connection | undefined;

function task<Input, Output>(
  work: (on: Connection, input: Input, reporter: TaskReporter) => Output | Promise<Output>,
): (message: { input: Input; channel: TaskChannel }) => Promise<TaskOutcome<Output>> {
  return ({ input, channel }) =>
    taskOutcome(async () => {
      connection ??= openConnection(url, fileIdentity);
      try {
        return await work(connection, input, taskReporter(channel));
      } finally {
        rollBack(connection); // where even the end of a transaction failed: the next task begins without one
      }
    });
}

export const loadEmbeddings = task(load.loadEmbeddings);
export const writeProgress = task(write);
export const digestEmbeddings = task((_, embeddings: LoadedEmbeddings, reporter) =>
  embeddingDigest(embeddings, reporter),
);
export const storeClustering = task(store.storeClustering);
export const discardAbandonedRows = task(store.discardAbandonedRows);
export const deleteClusteringResult = task(deletion.deleteClusteringResult);
export const recordRuns = task((on, runs: RunRecord[], reporter) =>
  longWriteTransaction(on, () => record(sqliteRecordingStore(on), runs, reporter), reporter),
);
export const deleteRun = task(remove.deleteRun);
export const importUpstream = task((on, path: string, reporter) =>
  withSqliteTarget(on, (target) => upstream.importUpstream(target, path, reporter)),
);
