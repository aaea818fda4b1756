import type { RunDeletionStore } from "../recording/deleteRun.js";
import type { TaskReporter } from "../threads/taskReporter.js";
import type { Connection } from "./connection.js";
import { sqliteRecordingStore } from "./recordingStore.js";

/** One statement changes as many rows: a caller who aborts waits for no more than that. */
const rowsPerStatement = 2000;

/** In the transaction that the connection is in: it holds the write lock, and so every row. */
export function sqliteRunDeletionStore(
  connection: Connection,
  runId: string,
  reporter: TaskReporter,
): RunDeletionStore {
  const all = (sql: string) => connection.prepare(sql).all([runId]) as object[];
  function changeRows(change: string, table: string, condition: string): void {
    const some = connection.prepare(`
      ${change} WHERE rowid IN (SELECT rowid FROM "${table}" WHERE ${condition} LIMIT ${rowsPerStatement})`);
    do reporter.heedStop();
    while (some.run([runId]).changes > 0);
  }
  return {
    id: "?1",
    holdRun: () => all(`SELECT 1 FROM "Run" WHERE "id" = ?1`).length > 0,
    rows: <Row>(sql: string) => all(sql) as Row[],
    changeRows,
    deleteEmbeddings(ofRun) {
      const perModel = all(`
        SELECT "embeddingModelId" AS "model", count(*) AS "count" FROM "Embedding" WHERE ${ofRun}
        GROUP BY "embeddingModelId"`) as { model: string; count: number }[];
      changeRows(`DELETE FROM "Embedding"`, "Embedding", ofRun);
      return new Map(perModel.map(({ model, count }) => [model, count]));
    },
    addToModels: (counts) => sqliteRecordingStore(connection).addToModels(counts),
  };
}
