import type { App } from "../../app.js";
import { RunInUseError } from "../errors.js";

/**
 * Removes a run with its invocations, images and embeddings, unless a clustering result used one of them.
 * @param runId bare UUID
 * @param signal once it aborts, nothing is deleted, unless the deletion is already complete
 * @returns null if the run does not exist
 */
export async function deleteRun(
  app: Pick<App, "database">,
  runId: string,
  signal?: AbortSignal,
): Promise<{ deleted: true } | RunInUseError | null> {
  const deletion = await app.database.bulk.deleteRun(runId, { signal });
  if (!deletion) return null;
  return deletion.usedBy.length > 0 ? new RunInUseError(deletion.usedBy) : { deleted: true };
}
