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
  ids: string[],
  reporter: TaskReporter,
): DeletionStore {
  const given = [JSON.stringify(ids)]; // as one parameter, so that a list of any length is accepted
  const rows = <Row>(sql: string) => connection.prepare(sql).all(given) as Row[];
  const isGiven = (column: string) => `${column} IN (SELECT value FROM json_each(?1))`;
  const lockRows = <Row>(table: string, columns: string, condition = "1 = 1") =>
    rows<Row>(`SELECT ${columns} FROM "${table}" WHERE ${isGiven(`"id"`)} AND ${condition}`);
  return {
    isGiven,
    lockRows,
    lockUnused: lockRows,
    rows,
    changeRows(change, table, condition) {
      const some = connection.prepare(`
        ${change} WHERE rowid IN (SELECT rowid FROM "${table}" WHERE ${condition} LIMIT ${rowsPerStatement})`);
      let changed = 0;
      for (;;) {
        reporter.throwIfStopped();
        const { changes } = some.run(given);
        if (changes === 0) return changed;
        changed += changes;
      }
    },
  };
}

export function sqliteRunDeletionStore(
  connection: Connection,
  runIds: string[],
  reporter: TaskReporter,
): RunDeletionStore {
  const store = sqliteDeletionStore(connection, runIds, reporter);
  return {
    ...store,
    async deleteEmbeddings(ofRuns) {
      const perModel = await store.rows<{ model: string; count: number }>(`
        SELECT "embeddingModelId" AS "model", count(*) AS "count" FROM "Embedding" WHERE ${ofRuns}
        GROUP BY "embeddingModelId"`);
      await store.changeRows(`DELETE FROM "Embedding"`, "Embedding", ofRuns);
      return new Map(perModel.map(({ model, count }) => [model, count]));
    },
    addToModels: (counts) => sqliteRecordingStore(connection).addToModels(counts),
  };
}
