// Runs on a database thread: the tasks that sqliteBulkStore requests by name.
import { workerData } from "node:worker_threads";
import type {
  ClusteringToStore,
  LoadedEmbeddings,
  MapToStore,
  RunsToDelete,
  SubjectTable,
  TreeOfResult,
} from "../bulkStore.js";
import { deleteEmptyModels as removeModels } from "../deleting/deleteEmptyModels.js";
import { deleteFinished as removeFinished } from "../deleting/deleteFinished.js";
import { deleteRuns as remove } from "../deleting/deleteRuns.js";
import { forgetImportedFile as forget } from "../deleting/forgetImportedFile.js";
import { embeddingDigest } from "../embeddings/embeddingDigest.js";
import { type RunsToRecord, recordRuns as record } from "../recording/recordRuns.js";
import type { RowSelection } from "../rowSelection.js";
import { putSpanningTree as put } from "../storing/putSpanningTree.js";
import { readSpanningTree } from "../storing/spanningTrees.js";
import { stagedTables } from "../storing/stagedTables.js";
import * as storing from "../storing/storeClustering.js";
import * as mapStoring from "../storing/storeMap.js";
import { discardAbandonedRows as discard } from "../storing/storeStaged.js";
import type { DatabaseThreadData } from "../threads/databaseThreads.js";
import { serveTasks } from "../threads/taskThread.js";
import { sqliteClusteringStagingStore } from "./clusteringStagingStore.js";
import { longWriteTransaction } from "./connection.js";
import { sqliteDeletionStore, sqliteRunDeletionStore } from "./deletionStore.js";
import * as load from "./loadEmbeddings.js";
import { sqliteMapStagingStore } from "./mapStagingStore.js";
import { sqliteRecordingStore } from "./recordingStore.js";
import { selectRows } from "./selectRows.js";
import { sqliteDialect } from "./sqliteDialect.js";
import { sqliteTasks } from "./sqliteTasks.js";
import { sqliteStagingStore } from "./stagingStore.js";
import { sqliteTreeStore } from "./treeStore.js";
import { writeProgress as write } from "./writeProgress.js";

const task = sqliteTasks(workerData as DatabaseThreadData);

serveTasks({
  loadEmbeddings: task(load.loadEmbeddings),
  writeProgress: task(write),
  digestEmbeddings: task((_, embeddings: LoadedEmbeddings, reporter) =>
    embeddingDigest(embeddings, reporter),
  ),
  storeClustering: task((on, clustering: ClusteringToStore, reporter) =>
    storing.storeClustering(sqliteClusteringStagingStore(on), clustering, reporter.report),
  ),
  loadSpanningTree: task((on, id: string, reporter) => {
    const select = async (selection: RowSelection) => {
      reporter.throwIfStopped();
      return selectRows(on, selection);
    };
    return readSpanningTree(select, sqliteDialect, id);
  }),
  putSpanningTree: task((on, tree: TreeOfResult, reporter) =>
    longWriteTransaction(on, () => put(sqliteTreeStore(on, reporter), tree), reporter),
  ),
  storeMap: task((on, map: MapToStore, reporter) =>
    mapStoring.storeMap(sqliteMapStagingStore(on), map, reporter.report),
  ),
  discardAbandonedRows: task((on, table: SubjectTable) =>
    discard(sqliteStagingStore(on, stagedTables(table))),
  ),
  deleteFinished: task((on, { table, id }: { table: SubjectTable; id: string }, reporter) =>
    longWriteTransaction(
      on,
      () => removeFinished((ids) => sqliteDeletionStore(on, ids, reporter), id, stagedTables(table)),
      reporter,
    ),
  ),
  recordRuns: task((on, runs: RunsToRecord, reporter) =>
    longWriteTransaction(on, () => record(sqliteRecordingStore(on), runs, reporter), reporter),
  ),
  deleteRuns: task((on, runs: RunsToDelete, reporter) =>
    longWriteTransaction(
      on,
      () => remove((runIds) => sqliteRunDeletionStore(on, runIds, reporter), runs),
      reporter,
    ),
  ),
  forgetImportedFile: task((on, id: string, reporter) =>
    longWriteTransaction(on, () => forget(sqliteDeletionStore(on, [id], reporter)), reporter),
  ),
  deleteEmptyModels: task((on, ids: string[], reporter) =>
    longWriteTransaction(
      on,
      () => removeModels((some) => sqliteDeletionStore(on, some, reporter), ids),
      reporter,
    ),
  ),
});
