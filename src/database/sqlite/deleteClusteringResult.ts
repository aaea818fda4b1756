import type { TaskReporter } from "../threads/taskReporter.js";
import { type Connection, writeTransaction } from "./connection.js";

/** So many assignments go with one statement: a caller who aborts waits for no more than that. */
const rowsPerStatement = 8192;

/** Removes a finished result, its assignments and clusters first, in one transaction. @returns whether there was one */
export function deleteClusteringResult(connection: Connection, id: string, reporter: TaskReporter): boolean {
  const work = () => {
    const finished = connection
      .prepare(`
        SELECT 1 FROM "ClusteringResult" WHERE "id" = ? AND "status" IN ('SUCCEEDED', 'FAILED', 'CANCELLED')`)
      .get(id);
    if (!finished) return false;
    const someAssignments = connection.prepare(`
      DELETE FROM "ClusterAssignment" WHERE rowid IN (
        SELECT rowid FROM "ClusterAssignment" WHERE "clusteringResultId" = ? LIMIT ${rowsPerStatement})`);
    do reporter.heedStop();
    while (someAssignments.run(id).changes > 0);
    connection.prepare(`DELETE FROM "ClusteringResult" WHERE "id" = ?`).run(id);
    return true;
  };
  return writeTransaction(connection, work, reporter);
}
