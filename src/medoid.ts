import { type Database, openDatabase } from "./database/database.js";
import { type ClusteringChanges, createClusteringChanges } from "./jobs/clusteringChanges.js";
import type { ClusteringQueue } from "./jobs/clusteringQueue.js";
import { createEmbeddedQueue, type EmbeddedQueueOptions } from "./jobs/embeddedQueue.js";
import { type Engine, hdbscanEngine } from "./jobs/engine.js";

/** Everything that requests, commands and jobs share: one for each process. */
export interface Medoid {
  readonly database: Database;
  readonly engine: Engine;
  readonly queue: ClusteringQueue;
  readonly changes: ClusteringChanges;
  /** Hands back what runs here and closes the database. */
  close(): Promise<void>;
}

export interface MedoidOptions {
  /** As in DATABASE_URL: `file:…`. */
  databaseUrl: string;
  engine?: Engine;
  queue?: EmbeddedQueueOptions;
}

/** Opens the database. Clusterings are computed here only once `queue.start()` is called. */
export async function openMedoid({
  databaseUrl,
  engine = hdbscanEngine,
  queue: options,
}: MedoidOptions): Promise<Medoid> {
  const database = await openDatabase(databaseUrl);
  const changes = createClusteringChanges(database.prisma);
  const queue = createEmbeddedQueue(database, engine, changes, options);
  return {
    database,
    engine,
    queue,
    changes,
    async close() {
      await queue.stop();
      await database.close();
    },
  };
}
