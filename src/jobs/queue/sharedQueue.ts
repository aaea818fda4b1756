import { v7 as uuid } from "uuid";
import type { Database } from "../../database/database.js";
import { asUnavailable, DatabaseUnavailableError } from "../../database/errors/databaseUnavailable.js";
import { type Repetition, repeatedly } from "../../runtime/repeatedly.js";
import { waitAtMost } from "../../runtime/waitAtMost.js";
import { createAttempts } from "./attempts.js";
import { createBullConnection } from "./bullConnection.js";
import type { BullJobs } from "./bullJobs.js";
import type { JobChanges } from "./changes.js";
import { createDatabaseClock } from "./databaseClock.js";
import { createFailureReport } from "./failureReport.js";
import { discardAbandoned, type JobHandlers } from "./handler.js";
import { createIntake } from "./intake.js";
import { createJobRows, type JobCandidate } from "./jobRows.js";
import { createOutbox } from "./outbox.js";
import {
  type JobQueue,
  type JobQueueOptions,
  queueDefaults,
  stopMilliseconds,
  sweepMilliseconds,
} from "./queue.js";
import { reconcileJobs } from "./reconcileJobs.js";

export interface SharedQueueOptions extends JobQueueOptions {
  /** Milliseconds between two reconciliations of jobs and rows. */
  reconcileMilliseconds?: number;
}

const lockMilliseconds = 6_000;
const stalledMilliseconds = 3_000;
const reconcileDefault = 60_000;

/**
 * The queue that processes on any number of machines share. BullMQ's jobs, in the same PostgreSQL database,
 * wake the workers, determine the next job, and bring back the jobs of workers that are gone. The rows are
 * authoritative: a worker with a job claims the row, as the embedded queue does, and holds its lease.
 * Therefore a job that is lost, that exists twice, or that comes back while its worker lives does no harm.
 */
export function createSharedQueue(
  database: Database,
  handlers: JobHandlers,
  changes: JobChanges,
  options: SharedQueueOptions,
): JobQueue {
  const { concurrency, events, reconcileMilliseconds = reconcileDefault } = options;
  const { leaseMilliseconds, pollMilliseconds, maxAttempts } = { ...queueDefaults, ...options };
  const locks = {
    lockMilliseconds: Math.min(lockMilliseconds, leaseMilliseconds),
    stalledMilliseconds: Math.min(stalledMilliseconds, leaseMilliseconds / 2),
  };
  const { report, worked } = createFailureReport(options.logger);
  const { now, set: setClock } = createDatabaseClock(database);
  const worker = uuid();
  const rows = createJobRows(database, { handlers, owner: worker, leaseMilliseconds, maxAttempts, now });
  const attempts = createAttempts({ handlers, rows, changes, events, report });
  const bull = createBullConnection(database.url, { ...locks, report }, reconcile);
  const outbox = createOutbox(bull, report);
  const intake = createIntake({
    ...{ bull, rows, handlers, attempts, now, onSpent, report },
    ...{ concurrency, leaseMilliseconds, pollMilliseconds },
  });
  let taking: Promise<void> | undefined;
  let repetitions: Repetition[] = [];
  let stopListening = () => {};
  let started = false;
  let computing = false;
  /** The database was unavailable for too long when this queue was stopped. */
  let gaveUp = false;
  let stopping = new AbortController();
  let usedAt = 0;

  async function reconcile(jobs: BullJobs): Promise<void> {
    await setClock();
    await reconcileJobs(jobs, rows, onSpent);
  }

  function onSpent(job: JobCandidate, message: string): void {
    changes.changed(job.subjectId);
    events?.emit({ type: "spent", job, message });
  }

  async function reconcileAll(): Promise<void> {
    await bull.use(reconcile);
  }

  async function look(): Promise<void> {
    await bull.use((jobs) => jobs.recoverStalled());
    usedAt = performance.now();
    worked();
  }

  async function renewLocks(): Promise<void> {
    if (bull.isOpen()) await bull.use((jobs) => jobs.renewLocks());
  }

  /** Starts what every process needs, whether or not it computes. */
  async function begin(): Promise<void> {
    started = true;
    gaveUp = false;
    stopping = new AbortController();
    outbox.setStopping(false);
    try {
      await reconcileAll();
      usedAt = performance.now();
    } catch (error) {
      if (!(asUnavailable(error) instanceof DatabaseUnavailableError)) {
        started = false;
        throw error;
      }
      report(error);
    }
    repetitions = [
      repeatedly(reconcileMilliseconds, reconcileAll, report),
      repeatedly(locks.stalledMilliseconds, look, report),
      repeatedly(sweepMilliseconds, () => discardAbandoned(handlers), report, 0),
    ];
  }

  function beginComputing(): void {
    computing = true;
    events?.emit({ type: "started", worker, concurrency });
    repetitions.push(
      repeatedly(pollMilliseconds, attempts.renewLeases, report),
      repeatedly(locks.lockMilliseconds / 3, renewLocks, report),
    );
    stopListening = changes.onChangedElsewhere((subjectId) => {
      attempts.renewLeaseOf(subjectId).catch(report);
    });
    taking = intake.run(stopping.signal);
  }

  async function end(): Promise<void> {
    await bull.stopWaiting();
    await taking;
    await attempts.handBack();
    await intake.settled();
    stopListening();
    await Promise.all(repetitions.map((repetition) => repetition.stop()));
    await outbox.settled();
    await bull.close();
  }

  return {
    async start({ computes = true } = {}) {
      if (!started) await begin();
      if (computes && !computing && !stopping.signal.aborted) beginComputing();
    },
    isRunning: () => started && performance.now() - usedAt < leaseMilliseconds,
    added: outbox.add,
    cancelled: attempts.cancelled,
    async stop() {
      // A stop that gave up is not repeated, because it would wait for the database once more.
      if (gaveUp) return;
      stopping.abort();
      outbox.setStopping(true);
      started = false;
      gaveUp = !(await waitAtMost(end().catch(report), stopMilliseconds));
      repetitions = [];
      computing = false;
    },
  };
}
