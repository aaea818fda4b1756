import type { BullJobs } from "./bullJobs.js";
import type { JobCandidate, JobRows } from "./jobRows.js";

/**
 * Makes BullMQ's jobs agree with the rows, which are the truth: each row that has not ended gets its job, or its end
 * where its attempts are spent, and a job whose row has ended, or is gone, is removed. Any number of processes may do it
 * at once.
 * @param onSpent called for each job that it made FAILED, with the failure's message
 */
export async function reconcileJobs(
  jobs: BullJobs,
  rows: JobRows,
  onSpent: (candidate: JobCandidate, message: string) => void,
): Promise<void> {
  // The jobs first: a row is committed before its job is added, so that no job is taken for one without a row.
  const live = new Set(await jobs.liveIds());
  const unfinished = await rows.unfinished();
  const missing: JobCandidate[] = [];
  for (const candidate of unfinished) {
    if (live.delete(candidate.id)) continue;
    const message = await rows.failIfSpent(candidate);
    if (message === null) missing.push(candidate);
    else onSpent(candidate, message);
  }
  if (missing.length > 0) {
    await jobs.removeEnded();
    await jobs.add(missing);
  }
  for (const id of live) await jobs.remove(id);
}
