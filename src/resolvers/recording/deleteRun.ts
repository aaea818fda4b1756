import type { App } from "../../app.js";
import { RunInUseError } from "../errors.js";

/**
 * Removes a run with its invocations, images and embeddings, unless a clustering result or a map used one
 * of them.
 * @param runId bare UUID
 * @param signal once it aborts, nothing is deleted, unless the deletion is already complete
 * @returns null if the run does not exist
 */
export async function deleteRun(
  app: Pick<App, "database">,
  runId: string,
  signal?: AbortSignal,
): Promise<{ deleted: true } | RunInUseError | null> {
  const runs = { runIds: [runId], importedFileId: null };
  const { usedBy, deleted } = await app.database.bulk.deleteRuns(runs, { signal });
  if (usedBy.length > 0) return new RunInUseError(usedBy);
  return deleted.runs > 0 ? { deleted: true } : null;
}
