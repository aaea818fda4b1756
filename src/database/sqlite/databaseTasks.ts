// Runs on a database thread: the tasks that sqliteBulkStore requests by name.
import { workerData } from "node:worker_threads";
import type { ClusteringToStore, LoadedEmbeddings } from "../bulkStore.js";
import * as deleting from "../deleting/deleteClusteringResult.js";
import { deleteRun as remove } from "../deleting/deleteRun.js";
import { embeddingDigest } from "../embeddings/embeddingDigest.js";
import { recordRuns as record } from "../recording/recordRuns.js";
import type { RunRecord } from "../recording/runRecord.js";
import * as storing from "../storing/storeClustering.js";
import type { DatabaseThreadData } from "../threads/databaseThreads.js";
import { serveTasks } from "../threads/taskThread.js";
import { longWriteTransaction } from "./connection.js";
import { sqliteDeletionStore, sqliteRunDeletionStore } from "./deletionStore.js";
import * as load from "./loadEmbeddings.js";
import { sqliteRecordingStore } from "./recordingStore.js";
import { sqliteTasks } from "./sqliteTasks.js";
import { sqliteStagingStore } from "./stagingStore.js";
import { writeProgress as write } from "./writeProgress.js";

const task = sqliteTasks(workerData as DatabaseThreadData);

serveTasks({
  loadEmbeddings: task(load.loadEmbeddings),
  writeProgress: task(write),
  digestEmbeddings: task((_, embeddings: LoadedEmbeddings, reporter) =>
    embeddingDigest(embeddings, reporter),
  ),
  storeClustering: task((on, clustering: ClusteringToStore, reporter) =>
    storing.storeClustering(sqliteStagingStore(on), clustering, reporter.report),
  ),
  discardAbandonedRows: task((on) => storing.discardAbandonedRows(sqliteStagingStore(on))),
  deleteClusteringResult: task((on, id: string, reporter) =>
    longWriteTransaction(
      on,
      () => deleting.deleteClusteringResult(sqliteDeletionStore(on, id, reporter)),
      reporter,
    ),
  ),
  recordRuns: task((on, runs: RunRecord[], reporter) =>
    longWriteTransaction(on, () => record(sqliteRecordingStore(on), runs, reporter), reporter),
  ),
  deleteRun: task((on, runId: string, reporter) =>
    longWriteTransaction(on, () => remove(sqliteRunDeletionStore(on, runId, reporter)), reporter),
  ),
});
