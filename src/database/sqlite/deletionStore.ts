import type { DeletionStore, RunDeletionStore } from "../deleting/deletionStore.js";
import type { TaskReporter } from "../threads/taskReporter.js";
import type { Connection } from "./connection.js";
import { sqliteRecordingStore } from "./recordingStore.js";

/** Number of rows that one statement changes; a caller that aborts waits for at most one statement. */
const rowsPerStatement = 2000;

/**
 * A store that works in the connection's current transaction, which holds the write lock, so that no other
 * transaction can change a row.
 */
export function sqliteDeletionStore(
  connection: Connection,
  id: string,
  reporter: TaskReporter,
): DeletionStore {
  const rows = <Row>(sql: string) => connection.prepare(sql).all([id]) as Row[];
  return {
    id: "?1",
    lockRow: (table, condition = "1 = 1") =>
      rows(`SELECT 1 FROM "${table}" WHERE "id" = ?1 AND ${condition}`).length > 0,
    rows,
    changeRows(change, table, condition) {
      const some = connection.prepare(`
        ${change} WHERE rowid IN (SELECT rowid FROM "${table}" WHERE ${condition} LIMIT ${rowsPerStatement})`);
      do reporter.throwIfStopped();
      while (some.run([id]).changes > 0);
    },
  };
}

export function sqliteRunDeletionStore(
  connection: Connection,
  runId: string,
  reporter: TaskReporter,
): RunDeletionStore {
  const store = sqliteDeletionStore(connection, runId, reporter);
  return {
    ...store,
    async deleteEmbeddings(ofRun) {
      const perModel = await store.rows<{ model: string; count: number }>(`
        SELECT "embeddingModelId" AS "model", count(*) AS "count" FROM "Embedding" WHERE ${ofRun}
        GROUP BY "embeddingModelId"`);
      await store.changeRows(`DELETE FROM "Embedding"`, "Embedding", ofRun);
      return new Map(perModel.map(({ model, count }) => [model, count]));
    },
    addToModels: (counts) => sqliteRecordingStore(connection).addToModels(counts),
  };
}
