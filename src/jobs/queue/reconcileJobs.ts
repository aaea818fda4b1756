import type { JobQueue } from "./bullJobs.js";
import type { ClusteringCandidate, ClusteringRows } from "./jobRows.js";

/**
 * Makes the jobs agree with the rows, which are the truth: each clustering that has not ended gets its job, or its end
 * where its attempts are spent, and a job whose clustering has ended, or is gone, is removed. Any number of processes
 * may do it at once.
 * @param onSpent told of each clustering that it made FAILED, and of the failure's message
 */
export async function reconcileJobs(
  jobs: JobQueue,
  rows: ClusteringRows,
  onSpent: (candidate: ClusteringCandidate, message: string) => void,
): Promise<void> {
  // The jobs first: a row is committed before its job is added, so that no job is taken for one without a row.
  const live = new Set(await jobs.liveIds());
  const unfinished = await rows.unfinished();
  const missing: string[] = [];
  for (const candidate of unfinished) {
    if (live.delete(candidate.id)) continue;
    const message = await rows.failIfSpent(candidate);
    if (message === null) missing.push(candidate.id);
    else onSpent(candidate, message);
  }
  if (missing.length > 0) {
    await jobs.removeEnded();
    await jobs.add(missing);
  }
  for (const id of live) await jobs.remove(id);
}
