import type { AttemptProgress } from "../bulkStore.js";
import { type Connection, writeTransaction } from "./connection.js";

/**
 * Writes the stage and progress of an attempt. Runs on a database thread: on the server's thread each commit
 * would wait for the disk, including for everything that database threads have written since the last one.
 */
export function writeProgress(
  connection: Connection,
  { table, id, attempt, stage, progress }: AttemptProgress,
): void {
  const values = stage === null ? { progress } : { progress, stage };
  const assigned = Object.keys(values).map((column) => `"${column}" = ?`);
  writeTransaction(connection, () =>
    connection
      .prepare(`
        UPDATE "${table}" SET ${assigned.join(", ")}
        WHERE "id" = ? AND "attempt" = ? AND "status" = 'RUNNING'`)
      .run(...Object.values(values), id, attempt),
  );
}
