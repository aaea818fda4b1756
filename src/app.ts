import type { Logger } from "pino";
import { type Analyses, createAnalyses } from "./analysis/analyses.js";
import type { Database } from "./database/database.js";
import { databaseEvents } from "./database/databaseEvents.js";
import { openDatabase } from "./database/openDatabase.js";
import { createExporter, type Exporter } from "./export/exporter.js";
import { createClusteringHandler } from "./jobs/clustering/clusteringHandler.js";
import { clusteringKind } from "./jobs/clustering/clusteringRow.js";
import { logComputing } from "./jobs/computing/computingLog.js";
import { type Engine, hdbscanEngine } from "./jobs/computing/engine.js";
import { type TimedEngine, timedEngine } from "./jobs/computing/timedEngine.js";
import { yieldingEngine } from "./jobs/computing/yieldingEngine.js";
import { createMapHandler } from "./jobs/mapping/mapHandler.js";
import { mapKind } from "./jobs/mapping/mapRow.js";
import { createJobChanges, type JobChanges } from "./jobs/queue/changes.js";
import { createEmbeddedQueue } from "./jobs/queue/embeddedQueue.js";
import { handlersByKind, type JobHandler, stateOfSubject } from "./jobs/queue/handler.js";
import { createJobEvents, type JobEvents } from "./jobs/queue/jobEvents.js";
import type { JobQueue } from "./jobs/queue/queue.js";
import { createSharedQueue, type SharedQueueOptions } from "./jobs/queue/sharedQueue.js";
import { type CondensedTrees, createCondensedTrees } from "./resolvers/analysis/condensedTrees.js";
import { type Comparisons, createComparisons } from "./resolvers/clusterings/comparisons.js";
import { readSettings, type Settings } from "./settings.js";

/** The objects that requests, commands and jobs share: one App per process. */
export interface App {
  readonly database: Database;
  readonly settings: Settings;
  readonly engine: TimedEngine;
  readonly queue: JobQueue;
  readonly changes: JobChanges;
  readonly exporter: Exporter;
  readonly comparisons: Comparisons;
  readonly analyses: Analyses;
  readonly condensedTrees: CondensedTrees;
  /** Events of the jobs that run in this process. */
  readonly events: JobEvents;
  /** Undefined if the process has no log. */
  readonly logger?: Logger;
  /**
   * Must be called when a request begins and when it ends, so that clusterings computed here leave a core
   * free for requests.
   */
  noteRequest(): void;
  /** Hands back the jobs that run here, and closes the database. */
  close(): Promise<void>;
}

export interface AppOptions {
  /** As in DATABASE_URL: `file:…` or `postgresql://…`. */
  databaseUrl: string;
  /** Default: read from the environment. */
  settings?: Settings;
  engine?: Engine;
  /** Default: errors that do not belong to a request are written to stderr. */
  logger?: Logger;
  queue?: Omit<SharedQueueOptions, "concurrency" | "logger" | "events">;
  /** Handlers of further kinds of jobs. */
  handlers?: (database: Database) => JobHandler[];
}

/** Opens the database and the queue. Clusterings are computed here only after `queue.start()` is called. */
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
  if (logger) {
    const kinds = [clusteringKind, mapKind];
    logComputing(logger, events, kinds, { database: database.kind, threads });
  }
  const handlers = handlersByKind([
    createClusteringHandler({ database, engine, threads }),
    createMapHandler({ database, engine, threads }),
    ...(options.handlers?.(database) ?? []),
  ]);
  const changes = createJobChanges(database, (id) => stateOfSubject(handlers, id));
  const createQueue = database.kind === "postgresql" ? createSharedQueue : createEmbeddedQueue;
  const exporter = createExporter(database);
  const analyses = createAnalyses(database, settings);
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
    exporter,
    comparisons: createComparisons(analyses),
    analyses,
    condensedTrees: createCondensedTrees(analyses),
    events,
    logger,
    noteRequest: yielding.noteRequest,
    async close() {
      await queue.stop();
      await changes.close();
      await exporter.close();
      await analyses.close();
      await database.close();
    },
  };
}
