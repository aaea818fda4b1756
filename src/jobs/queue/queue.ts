import type { Logger } from "pino";
import type { JobReference } from "./handler.js";
import type { JobEvents } from "./jobEvents.js";

/*
 * # The states of a job
 *
 * A job is a row of the table Job: work of some kind (handler.ts) for a subject, which is the row of the kind's own table
 * that clients see.
 *
 *                 claim                    publish
 *     QUEUED ──────────────▶ RUNNING ──────────────▶ SUCCEEDED
 *       ▲  ◀──────────────── │  ▲ │
 *       │     hand back      │  └─┘ take over, renew
 *       │     try again      │
 *       └──────┬─────────────┤
 *              │ cancel      │ fail, give up
 *              ▼             ▼
 *          CANCELLED       FAILED
 *
 * | move | from → to | who does it | what it writes |
 * |---|---|---|---|
 * | claim | QUEUED → RUNNING | a worker with a free place | a lease; attempt + 1 |
 * | take over | RUNNING → RUNNING | a worker that finds the lease lapsed | a lease of its own; attempt + 1 |
 * | renew | RUNNING → RUNNING | the worker that holds the lease | a later end of the lease |
 * | publish | RUNNING → SUCCEEDED | the attempt, with its result | no lease |
 * | hand back | RUNNING → QUEUED | a worker that stops | no lease; handedBack + 1 |
 * | try again | RUNNING → QUEUED | a worker whose attempt failed, while attempts are left | no lease |
 * | fail | RUNNING → FAILED | a worker whose attempt failed for good, or was the last | no lease |
 * | give up | QUEUED or lapsed RUNNING → FAILED | any process that finds the attempts spent | no lease |
 * | cancel | QUEUED or RUNNING → CANCELLED | a client's request, in any process | no lease |
 *
 * SUCCEEDED, FAILED and CANCELLED are final. The job is deleted with its subject.
 *
 * - **Attempts.** A job may be claimed `maxAttempts` times, not counting the attempts that were handed back: a worker
 *   that is killed has spent an attempt, a worker that stops in order has not. A job that has spent one is a suspect. It
 *   runs alone in its process: if it is the job that makes processes crash, no other attempt is lost with it.
 * - **Fences.** Each move is one conditional update of the job's row. The condition names the attempt that the mover has
 *   read, so that of several processes only one succeeds. Everything that an attempt writes elsewhere is conditional on
 *   the same number: a worker that was suspended for longer than its lease can no longer change anything.
 * - **The subject** moves with the job, in one transaction, which writes the job's row first (`writeMove` of the
 *   handler). Clients never see a state that differs from the job's.
 * - **BullMQ** (on PostgreSQL) determines which worker takes up which job next, and brings back the jobs of workers that
 *   are gone. It may lose a job, or hand it out twice: the rows are authoritative, and reconcileJobs.ts restores lost
 *   jobs. On SQLite each worker looks for the oldest row (embeddedQueue.ts).
 */

/** The queue in which jobs wait for a worker. The rows of the jobs are authoritative. */
export interface JobQueue {
  /**
   * Begins to take up jobs: those that are queued, and those whose worker is gone. With `computes: false` it
   * takes up none, and only keeps the queue working for other processes.
   */
  start(options?: { computes?: boolean }): Promise<void>;
  /** Whether the queue was started, and has recently been able to use the database. */
  isRunning(): boolean;
  /** Must be called after a QUEUED job was written. */
  added(job: JobReference): void;
  /** Must be called after a job became CANCELLED, so that an attempt in this process stops immediately. */
  cancelled(job: JobReference): void;
  /** Stops taking up jobs, and hands back those that run here without spending their attempts. */
  stop(): Promise<void>;
}

export interface JobQueueOptions {
  /** Maximum number of jobs that run here at a time. */
  concurrency: number;
  /**
   * Milliseconds without a renewal after which a lease lapses, and its worker is considered gone. Default: 10
   * s.
   */
  leaseMilliseconds?: number;
  /**
   * Milliseconds between two checks for cancellations by other processes and, in the embedded queue, for
   * their jobs.
   */
  pollMilliseconds?: number;
  /** Maximum number of attempts that end without a result, not counting those that were handed back. */
  maxAttempts?: number;
  /** The log for failures to use the database. Default: stderr. */
  logger?: Logger;
  /** Receives the events of the jobs that run here. */
  events?: JobEvents;
}

export const queueDefaults = { leaseMilliseconds: 10_000, pollMilliseconds: 500, maxAttempts: 3 };

/** Maximum time, in milliseconds, for which a stopping process waits for the database. */
export const stopMilliseconds = 10_000;

/** Milliseconds between two searches for rows left by attempts that could not remove them themselves. */
export const sweepMilliseconds = 60_000;
