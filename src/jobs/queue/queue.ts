import type { Logger } from "pino";
import type { JobReference } from "./handler.js";
import type { JobEvents } from "./jobEvents.js";

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
