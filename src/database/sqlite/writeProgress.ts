import type { AttemptProgress } from "../bulkStore.js";
import { type Connection, writeTransaction } from "./connection.js";

/**
 * Writes how far an attempt has come. On the server's thread each commit would wait for the disk: for all, too, that
 * database threads have written since.
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
