import type { App } from "../../app.js";
import { RunInUseError } from "../errors.js";

/**
 * Removes a run with its invocations, images and embeddings, unless a clustering result used one of them.
 * @param runId bare UUID
 * @param signal once it aborts nothing is deleted, unless all was already
 * @returns null where there is no such run
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
