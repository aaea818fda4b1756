import { setTimeout as delay } from "node:timers/promises";
import type { Attempts } from "./attempts.js";
import type { BullConnection } from "./bullConnection.js";
import type { FetchedJob } from "./bullJobs.js";
import type { JobHandlers } from "./handler.js";
import type { JobCandidate, JobRows } from "./jobRows.js";

/**
 * Pauses in milliseconds: before a job whose row could not be read is checked again, and before the next job
 * is fetched after a failure.
 */
const putOffMilliseconds = 100;
const pauseMilliseconds = 1_000;
/**
 * A suspect is put off for this long, so that other processes can take it. After `suspectPatience` this
 * process waits until it can run the suspect alone.
 */
const suspectPutOff = 1_000;
const suspectPatience = 10_000;

/** Takes up the jobs that BullMQ hands out. */
export interface Intake {
  /** Takes up jobs for as long as there are free places. Resolves after the signal has aborted. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves once every job whose attempt has ended is put back, put off or removed. */
  settled(): Promise<void>;
}

export interface IntakeOptions {
  bull: BullConnection;
  rows: JobRows;
  handlers: JobHandlers;
  attempts: Attempts;
  /** Maximum number of jobs that run here at a time. */
  concurrency: number;
  leaseMilliseconds: number;
  pollMilliseconds: number;
  /** The time by which leases lapse, in milliseconds since 1970. */
  now: () => number;
  /** Called for each job that becomes FAILED because its attempts are spent. */
  onSpent: (job: JobCandidate, message: string) => void;
  report: (error: unknown) => void;
}

export function createIntake(options: IntakeOptions): Intake {
  const { bull, rows, handlers, attempts, concurrency, leaseMilliseconds } = options;
  const { pollMilliseconds, now, onSpent, report } = options;
  /** One promise for each attempt that runs, or whose job is not settled yet. */
  const settling = new Set<Promise<void>>();
  const suspectsSince = new Map<string, number>();
  let placeFree = () => {};

  async function take(job: FetchedJob, signal: AbortSignal): Promise<void> {
    const { id } = job;
    try {
      if (signal.aborted) return await job.putBack();
      // The job was recovered from this process itself, which was suspended for longer than its lock.
      if (attempts.has(id)) return await job.putOff(leaseMilliseconds);
      const candidate = await rows.find(id);
      if (!candidate) return await job.done();
      // The kind may be one of a newer version, which other processes may handle.
      if (!handlers.has(candidate.kind)) return await job.putOff(leaseMilliseconds);
      const spent = await rows.failIfSpent(candidate);
      if (spent !== null) {
        onSpent(candidate, spent);
        return await job.done();
      }
      if (!rows.isClaimable(candidate)) return await settle(job);
      if (rows.isSuspect(candidate) && attempts.size > 0) {
        const since = suspectsSince.get(id) ?? performance.now();
        suspectsSince.set(id, since);
        if (performance.now() - since < suspectPatience) return await job.putOff(suspectPutOff);
        await untilAlone(signal);
        if (signal.aborted) return await job.putBack();
      }
      suspectsSince.delete(id);
      const claimed = await rows.claim(candidate);
      if (!claimed) return await settle(job);
      const settled = attempts.run(claimed, candidate).then(async () => {
        placeFree();
        await settle(job).catch(report);
        settling.delete(settled);
      });
      settling.add(settled);
    } catch (error) {
      // Put off, because otherwise the job would wait until its lock lapses.
      await job.putOff(putOffMilliseconds).catch(report);
      throw error;
    }
  }

  async function untilAlone(signal: AbortSignal): Promise<void> {
    while (attempts.size > 0 && !signal.aborted) await delay(pollMilliseconds);
  }

  /** Puts back, puts off or removes a job according to its row, whose status has changed. */
  async function settle(job: FetchedJob): Promise<void> {
    const candidate = await rows.find(job.id);
    if (candidate?.status === "QUEUED") await job.putBack();
    else if (candidate?.status === "RUNNING") {
      // The job was recovered although its worker lives: it waits until the worker's lease lapses.
      const { leaseExpiresAt } = candidate;
      await job.putOff(Math.max(putOffMilliseconds, (leaseExpiresAt?.getTime() ?? 0) - now()));
    } else await job.done();
  }

  return {
    async run(signal) {
      while (!signal.aborted) {
        if (attempts.size >= concurrency || attempts.runsAlone()) {
          await new Promise<void>((resolve) => {
            placeFree = resolve;
            signal.addEventListener("abort", () => resolve(), { once: true });
          });
          continue;
        }
        try {
          const job = await bull.use((jobs) => jobs.next());
          if (job) await take(job, signal);
        } catch (error) {
          report(error);
          await delay(pauseMilliseconds, undefined, { signal }).catch(() => {});
        }
      }
    },
    async settled() {
      await Promise.all(settling);
    },
  };
}
