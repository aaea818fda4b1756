import { v7 as uuid } from "uuid";
import type { Database } from "../../database/database.js";
import { createAttempts } from "./attempts.js";
import type { JobChanges } from "./changes.js";
import { createFailureReport } from "./failureReport.js";
import { discardAbandoned, type JobHandlers } from "./handler.js";
import { createJobRows } from "./jobRows.js";
import { type JobQueue, type JobQueueOptions, queueDefaults, sweepMilliseconds } from "./queue.js";

/**
 * The queue within one process, which takes up jobs by their rows, oldest first. Several processes may share
 * one database: a claim is a lease in the row, taken by one conditional update and renewed while the work
 * goes on in other threads. Therefore no process runs a job that another one runs, or considers such a job
 * abandoned.
 *
 * A job that has once ended without a result runs alone in its process from then on: if it makes processes
 * crash, it does not take other jobs' attempts with it.
 */
export function createEmbeddedQueue(
  database: Database,
  handlers: JobHandlers,
  changes: JobChanges,
  options: JobQueueOptions,
): JobQueue {
  const { concurrency, events } = options;
  const { leaseMilliseconds, pollMilliseconds, maxAttempts } = { ...queueDefaults, ...options };
  const { report, worked } = createFailureReport(options.logger);
  const worker = uuid();
  const rows = createJobRows(database, {
    handlers,
    owner: worker,
    leaseMilliseconds,
    maxAttempts,
    now: Date.now,
  });
  const attempts = createAttempts({ handlers, rows, changes, events, report });
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  let sweeping: Promise<void> | undefined;
  let started = false;
  let computing = false;
  let lookedAt = 0;
  let sweepAt = 0;

  /**
   * Takes up the oldest job that waits or whose worker is gone, and runs it.
   * @returns the attempt; null if there is no such job, or if it must wait until the other attempts have
   *   ended
   */
  async function runNext(): Promise<{ ended: Promise<void> } | null> {
    for (;;) {
      // Jobs that run here are excluded: while this process was suspended their leases may have lapsed, which
      // are renewed instead.
      const candidate = await rows.oldest(attempts.ids());
      if (!candidate) return null;
      const message = await rows.failIfSpent(candidate);
      if (message !== null) {
        changes.changed(candidate.subjectId);
        events?.emit({ type: "spent", job: candidate, message });
        continue;
      }
      if (rows.isSuspect(candidate) && attempts.size > 0) return null;
      const job = await rows.claim(candidate);
      if (!job) continue;
      return { ended: attempts.run(job, candidate) };
    }
  }

  /**
   * Takes up jobs until no place is free. Only one look runs at a time; a call during a look makes another
   * one follow.
   */
  async function look(): Promise<void> {
    if (looking) {
      lookAgain = true;
      return looking;
    }
    looking = (async () => {
      do {
        lookAgain = false;
        while (computing && attempts.size < concurrency && !attempts.runsAlone()) {
          const running = await runNext();
          if (!running) break;
          running.ended.then(lookSoon);
        }
      } while (lookAgain);
    })();
    try {
      await looking;
    } finally {
      looking = undefined;
    }
  }

  function lookSoon(): void {
    if (computing) look().catch(report);
  }

  async function tick(): Promise<void> {
    try {
      await attempts.renewLeases();
      await look();
      lookedAt = performance.now();
      worked();
      if (lookedAt >= sweepAt) {
        sweepAt = lookedAt + sweepMilliseconds;
        sweeping = discardAbandoned(handlers).catch(report);
      }
    } catch (error) {
      report(error);
    } finally {
      if (started) timer = setTimeout(tick, pollMilliseconds);
    }
  }

  return {
    async start({ computes = true } = {}) {
      if (computes && !computing) events?.emit({ type: "started", worker, concurrency });
      computing ||= computes;
      if (started) return;
      started = true;
      await tick();
    },
    isRunning: () => started && performance.now() - lookedAt < leaseMilliseconds,
    added: lookSoon,
    cancelled: attempts.cancelled,
    async stop() {
      started = false;
      computing = false;
      clearTimeout(timer);
      await looking?.catch(() => {});
      await sweeping;
      await attempts.handBack();
      clearTimeout(timer);
    },
  };
}
