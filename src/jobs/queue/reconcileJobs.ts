import type { BullJobs } from "./bullJobs.js";
import type { JobCandidate, JobRows } from "./jobRows.js";

/**
 * Makes BullMQ's jobs consistent with the rows, which are authoritative. A row that has not ended gets a job
 * or, if its attempts are spent, becomes FAILED. A job whose row has ended or does not exist is removed. Any
 * number of processes may do this at the same time.
 * @param onSpent called for each job that became FAILED, with the failure's message
 */
export async function reconcileJobs(
  jobs: BullJobs,
  rows: JobRows,
  onSpent: (candidate: JobCandidate, message: string) => void,
): Promise<void> {
  // The jobs are read before the rows: a row is committed before its job is added, so that no job seems to
  // lack its row.
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
