import type { Logger } from "pino";
import type { JobReference } from "./handler.js";
import type { JobEvents } from "./jobEvents.js";

/*
 * # The states of a job
 *
 * A job is a row of Job: work of some kind (handler.ts) for a subject, the row of the kind's own table that clients see.
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
 * | give up | QUEUED or lapsed RUNNING → FAILED | whoever finds the attempts spent | no lease |
 * | cancel | QUEUED or RUNNING → CANCELLED | a client's request, in any process | no lease |
 *
 * SUCCEEDED, FAILED and CANCELLED are final. The job is deleted with its subject.
 *
 * - **Attempts.** A job may be claimed `maxAttempts` times and more by as many as were handed back: a worker that is
 *   killed has spent one, a worker that stops in order has not. A job that has spent one is a suspect. It runs alone in
 *   its process, so that it takes no others with it should it be what ends processes.
 * - **Fences.** Each move is one conditional update of the job's row: it names the attempt that the mover has seen, so
 *   that one of several processes succeeds. What an attempt writes elsewhere is conditional on the same number: a worker
 *   that was stopped past its lease changes nothing any more when it goes on.
 * - **The subject** moves with the job, in one transaction, which writes the job's row first (`writeMove` of the
 *   handler). What clients see is never ahead of the job or behind it.
 * - **BullMQ** (on PostgreSQL) says who takes up which job next, and brings back jobs of workers that are gone. It may
 *   lose a job, or hand it out twice: the rows decide, and reconcileJobs.ts restores what it lost. On SQLite each worker
 *   looks for the oldest row (embeddedQueue.ts).
 */

/** Where jobs wait for a worker. Their rows are the truth; the queue only sees to them. */
export interface JobQueue {
  /**
   * Begins to take up jobs, those that are queued and those whose worker is gone; with `computes: false`, only to see to
   * it that others can.
   */
  start(options?: { computes?: boolean }): Promise<void>;
  /** Whether it was started, and has lately been able to use the database. */
  isRunning(): boolean;
  /** To be called once a QUEUED job was written. */
  added(job: JobReference): void;
  /** To be called once a job became CANCELLED, so that its attempt stops at once where it runs here. */
  cancelled(job: JobReference): void;
  /** Stops taking up jobs and hands back those that run here, without spending an attempt. */
  stop(): Promise<void>;
}

export interface JobQueueOptions {
  /** How many jobs run here at a time. */
  concurrency: number;
  /** A worker that has not renewed its lease for this long is taken for dead. Default: 10 s. */
  leaseMilliseconds?: number;
  /** Between two looks for cancellations by other processes; where the queue is embedded, for their jobs, too. */
  pollMilliseconds?: number;
  /** Attempts that may end without a result, handed-back ones aside. */
  maxAttempts?: number;
  /** Where it is logged that the database cannot be used. Default: stderr. */
  logger?: Logger;
  /** Where it is said what happens to jobs here. */
  events?: JobEvents;
}

export const queueDefaults = { leaseMilliseconds: 10_000, pollMilliseconds: 500, maxAttempts: 3 };

/** A process that stops does not wait longer for the database than this. */
export const stopMilliseconds = 10_000;

/** Between two looks for what attempts have left behind that could not clear up themselves. */
export const sweepMilliseconds = 60_000;
