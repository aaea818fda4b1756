import type { AttemptProgress } from "../bulkStore.js";
import type { BulkConnections } from "./connections/bulkConnections.js";

export async function writeProgress(
  connections: BulkConnections,
  { clusteringResultId, attempt, stage, progress }: AttemptProgress,
  { signal }: { signal?: AbortSignal } = {},
): Promise<void> {
  await connections.query(
    `UPDATE "ClusteringResult" SET "stage" = $1, "progress" = $2
     WHERE "id" = $3 AND "attempt" = $4 AND "status" = 'RUNNING'`,
    [stage, progress, clusteringResultId, attempt],
    signal,
  );
}
