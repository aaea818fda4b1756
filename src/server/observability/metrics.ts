import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { App } from "../../app.js";
import { errorCodes } from "../../resolvers/errors.js";
import { version } from "../../runtime/version.js";
import type { RequestOutcome, RequestRecord } from "../requestRecord.js";
import { computingMetrics, ofProcess } from "./computingMetrics.js";

/** The metrics of a server, for Prometheus. */
export interface Metrics {
  /** Counts a request that has ended, or whose client has disconnected. */
  observe(record: RequestRecord, outcome: RequestOutcome): void;
  readonly contentType: string;
  /** Returns all metrics in Prometheus' text format. */
  text(): Promise<string>;
}

/** The metrics of the process, which are the same for all servers in it. */
let processRegistry: Registry | undefined;

/** In seconds, up to the duration of a subscription, which lasts as long as its clustering. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/**
 * Returns the number of requests that were refused before they were executed since the server was created, by
 * reason.
 */
export type RejectionCounts = () => Iterable<[reason: string, count: number]>;

/** @param webSockets returns the number of open WebSockets; absent if the process serves none */
export function createMetrics(app: App, rejections: RejectionCounts, webSockets?: () => number): Metrics {
  if (!processRegistry) {
    processRegistry = new Registry();
    collectDefaultMetrics({ register: processRegistry });
  }
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: "medoid_build_info",
    help: `Always 1; its labels say which version of Medoid runs, and on which Node. ${ofProcess}`,
    labelNames: ["version", "node"],
    registers,
  }).set({ version, node: process.versions.node }, 1);
  const requests = new Counter({
    name: "medoid_requests_total",
    help: `Requests by kind of operation, or part of the server, and by HTTP status; aborted where the client went away. ${ofProcess}`,
    labelNames: ["operation", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "medoid_request_duration_seconds",
    help: `From a request's arrival to the end of its response. ${ofProcess}`,
    labelNames: ["operation"],
    buckets: durationBuckets,
    registers,
  });
  const errors = new Counter({
    name: "medoid_errors_total",
    help: `Errors of responses by code, those that mutations return among them. ${ofProcess}`,
    labelNames: ["code"],
    registers,
  });
  for (const code of errorCodes) errors.inc({ code }, 0); // so that rates include the first error
  new Counter({
    name: "medoid_rejected_requests_total",
    help: `Requests that were refused before they were executed, by reason. ${ofProcess}`,
    labelNames: ["reason"],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of rejections()) this.inc({ reason }, count);
    },
  });
  if (webSockets) {
    new Gauge({
      name: "medoid_websocket_connections",
      help: `WebSocket connections that are open. ${ofProcess}`,
      registers,
      collect() {
        this.set(webSockets());
      },
    });
  }
  new Counter({
    name: "medoid_sql_statements_total",
    help: `SQL statements of the server's thread; those of the database threads are not counted. ${ofProcess}`,
    registers,
    collect() {
      this.reset();
      this.inc(app.database.statementCount());
    },
  });
  new Counter({
    name: "medoid_engine_seconds_total",
    help: `Time that the engine has computed, by what it computed, clusterings or maps, and by stage. ${ofProcess}`,
    labelNames: ["kind", "stage"],
    registers,
    collect() {
      this.reset();
      for (const [kind, stages] of Object.entries(app.engine.stageSeconds)) {
        for (const [stage, seconds] of stages) this.inc({ kind, stage }, seconds);
      }
    },
  });
  new Counter({
    name: "medoid_analysis_seconds_total",
    help: `Time that analyses of finished clusterings have taken on threads, by what was computed, loading spanning trees and vectors included. ${ofProcess}`,
    labelNames: ["analysis"],
    registers,
    collect() {
      this.reset();
      for (const [analysis, seconds] of app.analyses.seconds) this.inc({ analysis }, seconds);
    },
  });
  new Gauge({
    name: "medoid_tree_cache_bytes",
    help: `Bytes of spanning trees that are held for the next analysis. ${ofProcess}`,
    registers,
    collect() {
      this.set(app.analyses.cachedTreeBytes());
    },
  });
  new Gauge({
    name: "medoid_vector_cache_bytes",
    help: `Bytes of the vectors of clustered embeddings that are held for the next assignment. ${ofProcess}`,
    registers,
    collect() {
      this.set(app.analyses.cachedVectorBytes());
    },
  });
  computingMetrics(app, registers);

  return {
    observe(record, { status, aborted }) {
      requests.inc({ operation: record.kind, status: aborted ? "aborted" : status });
      durations.observe({ operation: record.kind }, (performance.now() - record.startedAt) / 1000);
      for (const { code } of record.errors) errors.inc({ code });
    },
    contentType: registry.contentType,
    text: async () => `${await registry.metrics()}\n${await processRegistry?.metrics()}`,
  };
}
