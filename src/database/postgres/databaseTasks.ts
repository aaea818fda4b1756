// Runs on a database thread: the tasks that postgresBulkStore requests by name.
import { workerData } from "node:worker_threads";
import type { LoadedEmbeddings } from "../bulkStore.js";
import { embeddingDigest } from "../embeddings/embeddingDigest.js";
import { type RunsToRecord, recordRuns as record } from "../recording/recordRuns.js";
import type { DatabaseThreadData } from "../threads/databaseThreads.js";
import { serveTasks } from "../threads/taskThread.js";
import { isIntegrityViolation } from "./connections/integrityViolation.js";
import { writeTransaction } from "./connections/transaction.js";
import * as load from "./loading/loadEmbeddings.js";
import { postgresTasks } from "./postgresTasks.js";
import { postgresRecordingStore } from "./recordingStore.js";

const task = postgresTasks(workerData as DatabaseThreadData);

serveTasks({
  loadEmbeddings: task(load.loadEmbeddings),
  digestEmbeddings: task(async (_, embeddings: LoadedEmbeddings, reporter) =>
    embeddingDigest(embeddings, reporter),
  ),
  recordRuns: task((on, runs: RunsToRecord, reporter, signal) =>
    writeTransaction(on, (client) => record(postgresRecordingStore(client), runs, reporter), {
      signal,
      isWorthRetrying: isIntegrityViolation,
    }),
  ),
});
