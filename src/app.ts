import type { Logger } from "pino";
import type { Database } from "./database/database.js";
import { databaseEvents } from "./database/databaseEvents.js";
import { openDatabase } from "./database/openDatabase.js";
import { createClusteringHandler } from "./jobs/clustering/clusteringHandler.js";
import { logClusterings } from "./jobs/clustering/clusteringLog.js";
import { type Engine, hdbscanEngine } from "./jobs/clustering/engine.js";
import { type TimedEngine, timedEngine } from "./jobs/clustering/timedEngine.js";
import { yieldingEngine } from "./jobs/clustering/yieldingEngine.js";
import { createJobChanges, type JobChanges } from "./jobs/queue/changes.js";
import { createEmbeddedQueue } from "./jobs/queue/embeddedQueue.js";
import { handlersByKind, type JobHandler, stateOfSubject } from "./jobs/queue/handler.js";
import { createJobEvents, type JobEvents } from "./jobs/queue/jobEvents.js";
import type { JobQueue } from "./jobs/queue/queue.js";
import { createSharedQueue, type SharedQueueOptions } from "./jobs/queue/sharedQueue.js";
import { readSettings, type Settings } from "./settings.js";

/** Everything that requests, commands and jobs share: one for each process. */
export interface App {
  readonly database: Database;
  readonly settings: Settings;
  readonly engine: TimedEngine;
  readonly queue: JobQueue;
  readonly changes: JobChanges;
  /** Of the jobs that run in this process. */
  readonly events: JobEvents;
  /** Undefined where the process keeps no log. */
  readonly logger?: Logger;
  /** To be called where a request begins and where it ends: what is computed here leaves a core to them. */
  noteRequest(): void;
  /** Hands back what runs here and closes the database. */
  close(): Promise<void>;
}

export interface AppOptions {
  /** As in DATABASE_URL: `file:…` or `postgresql://…`. */
  databaseUrl: string;
  /** Default: from the environment. */
  settings?: Settings;
  engine?: Engine;
  /** Default: what goes wrong beside requests is told on stderr. */
  logger?: Logger;
  queue?: Omit<SharedQueueOptions, "concurrency" | "logger" | "events">;
  /** Handlers of further kinds of work. */
  handlers?: (database: Database) => JobHandler[];
}

/** Opens the database. Clusterings are computed here only once `queue.start()` is called. */
export async function openApp(options: AppOptions): Promise<App> {
  const { databaseUrl, settings = readSettings(), logger } = options;
  const yielding = yieldingEngine(options.engine ?? hdbscanEngine);
  const engine = timedEngine(yielding);
  const database = await openDatabase(databaseUrl, {
    statementSeconds: settings.limitSeconds,
    allowNewer: settings.allowNewerDatabase,
    ...databaseEvents(logger),
  });
  const events = createJobEvents();
  const { clusteringConcurrency: concurrency, clusteringThreads: threads } = settings;
  if (logger) logClusterings(logger, events, { database: database.kind, threads });
  const handlers = handlersByKind([
    createClusteringHandler({ database, engine, threads }),
    ...(options.handlers?.(database) ?? []),
  ]);
  const changes = createJobChanges(database, (id) => stateOfSubject(handlers, id));
  const createQueue = database.kind === "postgresql" ? createSharedQueue : createEmbeddedQueue;
  const queue = createQueue(database, handlers, changes, {
    ...options.queue,
    concurrency,
    logger,
    events,
  });
  return {
    database,
    settings,
    engine,
    queue,
    changes,
    events,
    logger,
    noteRequest: yielding.noteRequest,
    async close() {
      await queue.stop();
      await changes.close();
      await database.close();
    },
  };
}
