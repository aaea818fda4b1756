import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { App } from "../../app.js";
import type { JobStatus } from "../../database/generated/sqlite/client.js";
import { clusteringKind } from "../../jobs/clustering/clusteringRow.js";
import { mapKind } from "../../jobs/mapping/mapRow.js";
import { attemptOutcomes } from "../../jobs/queue/jobEvents.js";

/** Ends the help text of a metric that each process counts for itself. */
export const ofProcess = "Counted per process; sum over all processes.";
const ofDatabase =
  "Read from the database: every process returns the same value, so do not sum over processes.";

const statuses = ["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"] as const;

/** In seconds, from a small clustering to one that takes hours. */
const durationBuckets = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400];

interface StatusCount {
  status: JobStatus;
  _count: number;
}

interface Kind {
  kind: string;
  /** The beginning of the names of the metrics. */
  prefix: string;
  /** The name of the metric of those that wait; it dates from the time when there was one kind. */
  queueLength: string;
  /** Words for one and for several. */
  one: string;
  several: string;
  /** The numbers of subjects by status. */
  count(): Promise<StatusCount[]>;
  /** The number of subjects that wait. */
  queued(): Promise<number>;
  /** The time at which the oldest subject that waits was requested. */
  oldest(): Promise<{ createdAt: Date } | null>;
}

const kindsOf = ({ prisma }: App["database"]): Kind[] => [
  {
    ...{ kind: clusteringKind, prefix: "medoid_clustering", queueLength: "medoid_queue_length" },
    ...{ one: "a clustering", several: "clusterings" },
    async count() {
      const groups = await prisma.clusteringResult.groupBy({ by: ["status"], _count: true });
      return groups;
    },
    queued: () => prisma.clusteringResult.count(whereQueued),
    oldest: () => prisma.clusteringResult.findFirst(oldestQueued),
  },
  {
    ...{ kind: mapKind, prefix: "medoid_map", queueLength: "medoid_map_queue_length" },
    ...{ one: "a map", several: "maps" },
    async count() {
      const groups = await prisma.embeddingMap.groupBy({ by: ["status"], _count: true });
      return groups;
    },
    queued: () => prisma.embeddingMap.count(whereQueued),
    oldest: () => prisma.embeddingMap.findFirst(oldestQueued),
  },
];

const whereQueued = { where: { status: "QUEUED" } } as const;
const oldestQueued = {
  ...whereQueued,
  orderBy: { createdAt: "asc" },
  select: { createdAt: true },
} as const;

/**
 * Adds the metrics of clusterings and of maps: those of the database, and of the attempts that this process makes from
 * now on.
 */
export function computingMetrics({ database, events }: App, registers: Registry[]): void {
  for (const kind of kindsOf(database)) {
    attemptMetrics(kind, events, registers);
    databaseMetrics(kind, registers);
  }
}

function attemptMetrics({ kind, prefix, one, several }: Kind, events: App["events"], registers: Registry[]) {
  const durations = new Histogram({
    name: `${prefix}_duration_seconds`,
    help: `From the claim of ${one} to the end of the attempt, by how it ended. ${ofProcess}`,
    labelNames: ["outcome"],
    buckets: durationBuckets,
    registers,
  });
  const attempts = new Counter({
    name: `${prefix}_attempts_total`,
    help: `Attempts at ${several} that have ended, by how: ${attemptOutcomes.join(", ")}. ${ofProcess}`,
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of attemptOutcomes) attempts.inc({ outcome }, 0);
  const takeovers = new Counter({
    name: `${prefix}_takeovers_total`,
    help: `${capitalized(several)} that were taken over from a worker whose lease had lapsed. ${ofProcess}`,
    registers,
  });
  events.on((event) => {
    if (event.type === "started" || event.job.kind !== kind) return;
    if (event.type === "claimed" && event.takenOverFrom !== null) takeovers.inc();
    if (event.type !== "ended") return;
    const { outcome } = event.end;
    attempts.inc({ outcome });
    durations.observe({ outcome }, event.seconds);
  });
}

function databaseMetrics(
  { prefix, queueLength, several, count, queued, oldest }: Kind,
  registers: Registry[],
): void {
  new Gauge({
    name: queueLength,
    help: `${capitalized(several)} that wait for a worker. ${ofDatabase}`,
    registers,
    async collect() {
      this.set(await queued());
    },
  });
  new Gauge({
    name: `medoid_${several}`,
    help: `${capitalized(several)} by status. ${ofDatabase}`,
    labelNames: ["status"],
    registers,
    async collect() {
      const groups = await count();
      for (const status of statuses) {
        this.set({ status }, groups.find((group) => group.status === status)?._count ?? 0);
      }
    },
  });
  new Gauge({
    name: `${prefix}_oldest_wait_seconds`,
    help: `How long ago the oldest of the ${several} that wait for a worker was requested; 0 where none waits. ${ofDatabase}`,
    registers,
    async collect() {
      const waiting = await oldest();
      this.set(waiting === null ? 0 : Math.max(0, (Date.now() - waiting.createdAt.getTime()) / 1000));
    },
  });
}

const capitalized = (words: string): string => `${words[0].toUpperCase()}${words.slice(1)}`;
