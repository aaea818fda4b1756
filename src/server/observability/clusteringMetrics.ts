import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { App } from "../../app.js";
import { clusteringKind } from "../../jobs/clustering/clusteringRow.js";
import { attemptOutcomes } from "../../jobs/queue/jobEvents.js";

/** Ends the help text of a metric that each process counts for itself. */
export const ofProcess = "Counted per process; sum over all processes.";
const ofDatabase =
  "Read from the database: every process returns the same value, so do not sum over processes.";

const statuses = ["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"] as const;

/** In seconds, from a small clustering to one that takes hours. */
const durationBuckets = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400];

/** Adds the metrics of clusterings: those of the database, and of the attempts that this process makes from now on. */
export function clusteringMetrics({ database: { prisma }, events }: App, registers: Registry[]): void {
  const durations = new Histogram({
    name: "medoid_clustering_duration_seconds",
    help: `From the claim of a clustering to the end of the attempt, by how it ended. ${ofProcess}`,
    labelNames: ["outcome"],
    buckets: durationBuckets,
    registers,
  });
  const attempts = new Counter({
    name: "medoid_clustering_attempts_total",
    help: `Attempts at clusterings that have ended, by how: ${attemptOutcomes.join(", ")}. ${ofProcess}`,
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of attemptOutcomes) attempts.inc({ outcome }, 0);
  const takeovers = new Counter({
    name: "medoid_clustering_takeovers_total",
    help: `Clusterings that were taken over from a worker whose lease had lapsed. ${ofProcess}`,
    registers,
  });
  events.on((event) => {
    if (event.type === "started" || event.job.kind !== clusteringKind) return;
    if (event.type === "claimed" && event.takenOverFrom !== null) takeovers.inc();
    if (event.type !== "ended") return;
    const { outcome } = event.end;
    attempts.inc({ outcome });
    durations.observe({ outcome }, event.seconds);
  });

  new Gauge({
    name: "medoid_queue_length",
    help: `Clusterings that wait for a worker. ${ofDatabase}`,
    registers,
    async collect() {
      this.set(await prisma.clusteringResult.count({ where: { status: "QUEUED" } }));
    },
  });
  new Gauge({
    name: "medoid_clusterings",
    help: `Clusterings by status. ${ofDatabase}`,
    labelNames: ["status"],
    registers,
    async collect() {
      const groups = await prisma.clusteringResult.groupBy({ by: ["status"], _count: true });
      for (const status of statuses) {
        this.set({ status }, groups.find((group) => group.status === status)?._count ?? 0);
      }
    },
  });
  new Gauge({
    name: "medoid_clustering_oldest_wait_seconds",
    help: `How long ago the oldest clustering that waits for a worker was requested; 0 where none waits. ${ofDatabase}`,
    registers,
    async collect() {
      const oldest = await prisma.clusteringResult.findFirst({
        where: { status: "QUEUED" },
        orderBy: { createdAt: "asc" },
        select: { createdAt: true },
      });
      this.set(oldest === null ? 0 : Math.max(0, (Date.now() - oldest.createdAt.getTime()) / 1000));
    },
  });
}
