/** Where clusterings wait for a worker. The ClusteringResult's row is the truth; the queue only sees to it. */
export interface ClusteringQueue {
  /** Begins to take up clusterings: those that are queued, and those whose worker is gone. */
  start(): Promise<void>;
  /** Whether it is taking up clusterings: it was started, and has lately been able to look for them. */
  isRunning(): boolean;
  /** Says that a QUEUED row was written. */
  added(clusteringResultId: string): void;
  /** Says that a row became CANCELLED, so that its threads stop at once where they run here. */
  cancelled(clusteringResultId: string): void;
  /** Stops taking up clusterings and hands back those that run here, without spending an attempt. */
  stop(): Promise<void>;
}
