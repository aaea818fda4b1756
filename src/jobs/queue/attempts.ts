import { setTimeout as delay } from "node:timers/promises";
import { whenAvailable } from "../../database/errors/whenAvailable.js";
import type { JobChanges } from "./changes.js";
import type { ClaimedJob, JobHandlers, JobReference } from "./handler.js";
import type { AttemptOutcome, JobEvents } from "./jobEvents.js";
import type { JobCandidate, JobEnd, JobRows } from "./jobRows.js";

/** Pause between two tries to write an attempt's outcome, and the time for which a stopping process tries. */
const settlingPause = 500;
const settlingMilliseconds = 5_000;

/** The reason for which an attempt was stopped from outside. */
class AttemptStopped extends Error {
  override readonly name = "AttemptStopped";
  constructor(readonly because: "LEASE_LOST" | "CANCELLED" | "HANDED_BACK") {
    super(`The attempt was stopped: ${because}`);
  }
}

interface Attempt {
  job: ClaimedJob;
  /** The job is a suspect, and runs alone in this process. */
  alone: boolean;
  abort: AbortController;
  ended: Promise<void>;
}

/** The attempts that run in this process, by the ids of their jobs. */
export interface Attempts {
  readonly size: number;
  ids(): string[];
  has(id: string): boolean;
  /** Whether a suspect is running, beside which no other attempt may run. */
  runsAlone(): boolean;
  /**
   * Runs a claimed job. Resolves once the attempt has ended, with any outcome, and the outcome is in the
   * job's row; never rejects.
   * @param candidate the job before it was claimed
   */
  run(job: ClaimedJob, candidate: JobCandidate): Promise<void>;
  /** Must be called after a job became CANCELLED: stops its attempt, if it runs here. */
  cancelled(job: JobReference): void;
  /**
   * Renews the leases of a subject's jobs, and stops attempts that were cancelled or taken over meanwhile.
   */
  renewLeaseOf(subjectId: string): Promise<void>;
  renewLeases(): Promise<void>;
  /** Stops all attempts without spending them. Resolves once they have ended. */
  handBack(): Promise<void>;
}

export interface AttemptsOptions {
  handlers: JobHandlers;
  rows: JobRows;
  changes: JobChanges;
  events?: JobEvents;
  report: (error: unknown) => void;
}

export function createAttempts({ handlers, rows, changes, events, report }: AttemptsOptions): Attempts {
  const attempts = new Map<string, Attempt>();
  let stopping = false;

  /**
   * Writes an attempt's outcome, and retries until it is written: otherwise the attempt would count as a lost
   * worker. A stopping process does not retry for long. If another process has taken over, nothing changes.
   * @returns whether the outcome was written; "away" if the database could not be reached in time
   */
  async function settle(job: ClaimedJob, end: JobEnd): Promise<boolean | "away"> {
    const giveUpAfter = performance.now() + settlingMilliseconds;
    let mayBeWritten = false;
    while (!stopping || performance.now() < giveUpAfter) {
      try {
        return (await rows.endAttempt(job, end)) || (mayBeWritten && (await hasEnded(job, end)));
      } catch (error) {
        report(error);
        mayBeWritten = true;
        await delay(settlingPause);
      }
    }
    return "away";
  }

  /**
   * Whether the outcome is already in the row: a write that was reported as failed may have been carried out.
   */
  async function hasEnded({ id, attempt }: ClaimedJob, { status }: JobEnd): Promise<boolean> {
    const row = await rows.find(id);
    return row?.attempt === attempt && row.status === status;
  }

  /** Whether the result of this attempt is stored. A commit without a response cannot be repeated. */
  async function isPublished({ id, attempt }: ClaimedJob): Promise<boolean> {
    const row = await rows.find(id).catch(() => null);
    return row?.status === "SUCCEEDED" && row.attempt === attempt;
  }

  /** The outcome of a job of which this attempt is no longer the running one. */
  async function outcomeElsewhere({ id, attempt }: ClaimedJob): Promise<AttemptOutcome> {
    const row = await rows.find(id).catch(() => undefined);
    const isCancelled = row === null || (row?.status === "CANCELLED" && row.attempt === attempt);
    return { outcome: isCancelled ? "cancelled" : "lost" };
  }

  async function makeAttempt({ job, abort: { signal } }: Attempt): Promise<AttemptOutcome> {
    const handler = handlers.get(job.kind);
    try {
      if (!handler) throw new Error(`This process has no handler for jobs of the kind ${job.kind}.`);
      const changed = () => changes.changed(job.subjectId);
      const { published, counts } = await handler.run(job, {
        signal,
        onUnavailable: report,
        changed,
        warn: (reason) => events?.emit({ type: "warned", job, reason }),
        // If a commit got no response, the second try finds the job ended, and `isPublished` checks by which
        // attempt.
        succeed: (store) => whenAvailable(() => rows.succeed(job, store), signal, report),
      });
      return published || (await isPublished(job))
        ? { outcome: "succeeded", counts }
        : await outcomeElsewhere(job);
    } catch (error) {
      if (error instanceof AttemptStopped) {
        if (error.because === "CANCELLED") return { outcome: "cancelled" };
        if (error.because === "LEASE_LOST") return outcomeElsewhere(job);
        const settled = await settle(job, { status: "QUEUED", handedBack: true });
        return settled ? { outcome: "handed_back", recorded: settled === true } : outcomeElsewhere(job);
      }
      const code = handler?.failureCode(error);
      const message = error instanceof Error ? error.message : String(error);
      const end: JobEnd = code ? { status: "FAILED", code, message } : rows.afterFailure(job, message);
      if (!(await settle(job, end))) return outcomeElsewhere(job);
      return end.status === "FAILED"
        ? { outcome: "failed", code: end.code, message: end.message }
        : { outcome: "retried", message, error };
    }
  }

  async function renewLease({ job, abort }: Attempt): Promise<void> {
    if (!(await rows.renewLease(job))) abort.abort(new AttemptStopped("LEASE_LOST"));
  }

  return {
    get size() {
      return attempts.size;
    },
    ids: () => [...attempts.keys()],
    has: (id) => attempts.has(id),
    runsAlone: () => Array.from(attempts.values()).some(({ alone }) => alone),
    run(job, candidate) {
      stopping = false;
      changes.changed(job.subjectId); // the claim has changed its row
      const begun = performance.now();
      const takenOverFrom = candidate.status === "RUNNING" ? (candidate.leaseOwner ?? "unknown") : null;
      events?.emit({ type: "claimed", job, takenOverFrom });
      const attempt: Attempt = {
        job,
        alone: rows.isSuspect(candidate),
        abort: new AbortController(),
        ended: Promise.resolve(),
      };
      attempts.set(job.id, attempt);
      attempt.ended = makeAttempt(attempt)
        .then((end) => {
          const seconds = (performance.now() - begun) / 1000;
          events?.emit({ type: "ended", job, seconds, end });
        })
        .catch(report)
        .finally(() => {
          attempts.delete(job.id);
          changes.changed(job.subjectId);
        });
      return attempt.ended;
    },
    cancelled(job) {
      const attempt = attempts.get(job.id);
      if (attempt) attempt.abort.abort(new AttemptStopped("CANCELLED"));
      else events?.emit({ type: "cancelled", job });
    },
    async renewLeaseOf(subjectId) {
      for (const attempt of attempts.values()) {
        if (attempt.job.subjectId === subjectId) await renewLease(attempt);
      }
    },
    async renewLeases() {
      for (const attempt of attempts.values()) await renewLease(attempt);
    },
    async handBack() {
      stopping = true;
      for (const { abort } of attempts.values()) abort.abort(new AttemptStopped("HANDED_BACK"));
      await Promise.all(Array.from(attempts.values(), ({ ended }) => ended));
    },
  };
}
