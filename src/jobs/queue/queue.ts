import type { Logger } from "pino";
import type { ClusteringEvents } from "../clustering/clusteringEvents.js";

/** Where clusterings wait for a worker. The ClusteringResult's row is the truth; the queue only sees to it. */
export interface ClusteringQueue {
  /**
   * Begins to take up clusterings, those that are queued and those whose worker is gone; with `computes: false`, only
   * to see to it that others can.
   */
  start(options?: { computes?: boolean }): Promise<void>;
  /** Whether it was started, and has lately been able to use the database. */
  isRunning(): boolean;
  /** Says that a QUEUED row was written. */
  added(clusteringResultId: string): void;
  /** Says that a row became CANCELLED, so that its threads stop at once where they run here. */
  cancelled(clusteringResultId: string): void;
  /** Stops taking up clusterings and hands back those that run here, without spending an attempt. */
  stop(): Promise<void>;
}

export interface ClusteringQueueOptions {
  /** Clusterings that are computed at a time. */
  concurrency: number;
  /** That the clusterings share. */
  threads: number;
  /** A worker that has not renewed its lease for so long is taken for dead. Default: 10 s. */
  leaseMilliseconds?: number;
  /** Between two looks for cancellations by other processes; where the queue is embedded, for their clusterings, too. */
  pollMilliseconds?: number;
  /** Attempts that may end without a result, handed-back ones aside. */
  maxAttempts?: number;
  /** Is told where the database cannot be used. Default: stderr is. */
  logger?: Logger;
  /** Are told what happens to clusterings here. */
  events?: ClusteringEvents;
}

export const queueDefaults = { leaseMilliseconds: 10_000, pollMilliseconds: 500, maxAttempts: 3 };

/** A process that stops does not wait longer for the database than this. */
export const stopMilliseconds = 10_000;

/** Between two looks for what attempts have left behind that could not clear up themselves. */
export const sweepMilliseconds = 60_000;
