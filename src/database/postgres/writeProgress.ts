import type { AttemptProgress } from "../bulkStore.js";
import type { BulkConnections } from "./connections/bulkConnections.js";

export async function writeProgress(
  connections: BulkConnections,
  { table, id, attempt, stage, progress }: AttemptProgress,
  { signal }: { signal?: AbortSignal } = {},
): Promise<void> {
  const values = stage === null ? { progress } : { progress, stage };
  const assigned = Object.keys(values).map((column, n) => `"${column}" = $${n + 3}`);
  await connections.query(
    `UPDATE "${table}" SET ${assigned.join(", ")}
     WHERE "id" = $1 AND "attempt" = $2 AND "status" = 'RUNNING'`,
    [id, attempt, ...Object.values(values)],
    signal,
  );
}
