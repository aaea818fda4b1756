import type { AttemptProgress } from "../bulkStore.js";
import { type Connection, writeTransaction } from "./connection.js";

/**
 * Writes the stage and progress of an attempt. Runs on a database thread: on the server's thread each commit
 * would wait for the disk, including for everything that database threads have written since the last one.
 */
export function writeProgress(
  connection: Connection,
  { clusteringResultId, attempt, stage, progress }: AttemptProgress,
): void {
  writeTransaction(connection, () =>
    connection
      .prepare(`
        UPDATE "ClusteringResult" SET "stage" = ?, "progress" = ?
        WHERE "id" = ? AND "attempt" = ? AND "status" = 'RUNNING'`)
      .run(stage, progress, clusteringResultId, attempt),
  );
}
