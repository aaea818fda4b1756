import { setTimeout as delay } from "node:timers/promises";
import type { Attempts } from "./attempts.js";
import type { BullConnection } from "./bullConnection.js";
import type { FetchedJob } from "./bullJobs.js";
import type { JobChanges } from "./changes.js";
import type { JobHandlers } from "./handler.js";
import type { JobCandidate, JobRows } from "./jobRows.js";

/** Before a job is looked at again whose row could not be read, and before the next is asked for after a failure. */
const putOffMilliseconds = 100;
const pauseMilliseconds = 1_000;
/** A suspect is put off for others to take it; after this long it is waited for until it can run alone here. */
const suspectPutOff = 1_000;
const suspectPatience = 10_000;

/** Takes up jobs that BullMQ hands out. */
export interface Intake {
  /** Takes up jobs for as long as there are places; resolves after the signal has aborted. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves once each job whose attempt has ended is put back, put off or removed. */
  settled(): Promise<void>;
}

export interface IntakeOptions {
  bull: BullConnection;
  rows: JobRows;
  handlers: JobHandlers;
  attempts: Attempts;
  changes: JobChanges;
  /** How many jobs run here at a time. */
  concurrency: number;
  leaseMilliseconds: number;
  pollMilliseconds: number;
  /** By which leases lapse. */
  now: () => number;
  /** Called for each job that was made FAILED because its attempts were spent. */
  onSpent: (job: JobCandidate, message: string) => void;
  report: (error: unknown) => void;
}

export function createIntake(options: IntakeOptions): Intake {
  const { bull, rows, handlers, attempts, changes, concurrency, leaseMilliseconds } = options;
  const { pollMilliseconds, now, onSpent, report } = options;
  /** Of attempts that run, or have ended and whose jobs are not settled. */
  const settling = new Set<Promise<void>>();
  const suspectsSince = new Map<string, number>();
  let placeFree = () => {};

  async function take(job: FetchedJob, signal: AbortSignal): Promise<void> {
    const { id } = job;
    try {
      if (signal.aborted) return await job.putBack();
      // It came back while this process stood still.
      if (attempts.has(id)) return await job.putOff(leaseMilliseconds);
      const candidate = await rows.find(id);
      if (!candidate) return await job.done();
      // Of a newer version, perhaps: others may know it.
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
      changes.changed(claimed.subjectId);
      const settled = attempts.run(claimed, candidate).then(async () => {
        placeFree();
        await settle(job).catch(report);
        settling.delete(settled);
      });
      settling.add(settled);
    } catch (error) {
      // Kept no longer than its lock holds, in case this fails as well.
      await job.putOff(putOffMilliseconds).catch(report);
      throw error;
    }
  }

  async function untilAlone(signal: AbortSignal): Promise<void> {
    while (attempts.size > 0 && !signal.aborted) await delay(pollMilliseconds);
  }

  /** Does with a job what its row says, which has moved on. */
  async function settle(job: FetchedJob): Promise<void> {
    const candidate = await rows.find(job.id);
    if (candidate?.status === "QUEUED") await job.putBack();
    else if (candidate?.status === "RUNNING") {
      // It comes back while its worker lives: that one's lease is waited for.
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
