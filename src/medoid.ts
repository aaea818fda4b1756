import type { Database } from "./database/database.js";
import type { ClusteringChanges } from "./jobs/clusteringChanges.js";
import type { ClusteringQueue } from "./jobs/clusteringQueue.js";

/** Everything that requests, commands and jobs share: one for each process. */
export interface Medoid {
  readonly database: Database;
  readonly queue: ClusteringQueue;
  readonly changes: ClusteringChanges;
  close(): Promise<void>;
}
