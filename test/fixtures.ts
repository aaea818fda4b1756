import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaPg } from "@prisma/adapter-pg";
import { createAnalyses } from "../src/analysis/analyses.js";
import type { App } from "../src/app.js";
import { writeUuid } from "../src/database/copyFormat/uuidBytes.js";
import { PrismaClient as PostgresPrismaClient } from "../src/database/generated/postgres/client.js";
import { PrismaClient } from "../src/database/generated/sqlite/client.js";
import { openDatabase } from "../src/database/openDatabase.js";
import { connectionConfig } from "../src/database/postgres/connections/connectionConfig.js";
import { transactionLimits } from "../src/database/transactionLimits.js";
import { createExporter } from "../src/export/exporter.js";
import { clusteringJob, clusteringRow } from "../src/jobs/clustering/clusteringRow.js";
import type { Engine } from "../src/jobs/computing/engine.js";
import { timedEngine } from "../src/jobs/computing/timedEngine.js";
import { mapJob, mapRow } from "../src/jobs/mapping/mapRow.js";
import { createJobChanges } from "../src/jobs/queue/changes.js";
import { createJobEvents } from "../src/jobs/queue/jobEvents.js";
import { createCondensedTrees } from "../src/resolvers/analysis/condensedTrees.js";
import { createComparisons } from "../src/resolvers/clusterings/comparisons.js";
import { executeInProcess, type OperationResult } from "../src/server/inProcess.js";
import { readSettings } from "../src/settings.js";
import { leaveClustering, leaveMap } from "./jobState.js";
import { createTestDatabase } from "./testDatabase.js";

/** A statement as it was sent to the database, and its parameters. */
export interface ExecutedStatement {
  sql: string;
  values: unknown[];
}

/** A database of its own, an app that uses it, and every statement that it has executed. */
export interface Fixture {
  app: App;
  /** The URL of its database, as in DATABASE_URL. */
  url: string;
  prisma: PrismaClient;
  /** The SQL of each statement; set its length to 0 to start counting again. */
  statements: string[];
  /** Each statement, with its parameters. */
  executed: ExecutedStatement[];
  /** The notifications that the queue received. */
  queued: string[];
  /** Internal errors: none is expected unless a test says otherwise. */
  internalErrors: unknown[];
  // biome-ignore lint/suspicious/noExplicitAny: tests read into results as they please
  execute(query: string, variables?: Record<string, unknown>): Promise<OperationResult<any>>;
  /** The data of a query that must have no errors. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read into results as they please
  data(query: string, variables?: Record<string, unknown>): Promise<any>;
  close(): Promise<void>;
}

/** Nothing is computed in these tests. */
const idleEngine: Engine = {
  version: "test-1",
  estimate: () => ({ seconds: 0, bytes: 0 }),
  cluster: () => new Promise(() => {}),
  estimateLayout: () => ({ seconds: 0, bytes: 0 }),
  layOut: () => new Promise(() => {}),
  estimateProjection: () => ({ seconds: 0, bytes: 0 }),
  project: () => new Promise(() => {}),
  estimateTrustworthiness: () => ({ seconds: 0, bytes: 0 }),
  trustworthiness: () => new Promise(() => {}),
};

/** A Prisma client that reports its statements. */
function reportingClient(url: string, onStatement: (statement: ExecutedStatement) => void): PrismaClient {
  const log = [{ emit: "event" as const, level: "query" as const }];
  const transactionOptions = transactionLimits;
  const client = url.startsWith("file:")
    ? new PrismaClient({ adapter: new PrismaLibSql({ url, intMode: "bigint" }), log, transactionOptions })
    : new PostgresPrismaClient({ adapter: new PrismaPg(connectionConfig(url)), log, transactionOptions });
  const reporting = client as unknown as PrismaClient<"query">;
  reporting.$on("query", ({ query, params }) => onStatement({ sql: query, values: JSON.parse(params) }));
  return reporting as unknown as PrismaClient;
}

export async function openFixture(): Promise<Fixture> {
  const { url, drop } = await createTestDatabase();
  const database = await openDatabase(url);
  const statements: string[] = [];
  const executed: ExecutedStatement[] = [];
  const onStatement = (statement: ExecutedStatement) => {
    statements.push(statement.sql);
    executed.push(statement);
  };
  const prisma = reportingClient(url, (statement) => {
    // A server reads the API keys at most once a second, whatever is requested: this is not a request's statement.
    if (!/["`]ApiKey["`]/.test(statement.sql)) onStatement(statement);
  });
  const queued: string[] = [];
  const analyses = createAnalyses(database, { treeCacheBytes: 1e6, vectorCacheBytes: 1e6 });
  const app: App = {
    database: {
      ...database,
      prisma,
      read(sql, values) {
        onStatement({ sql, values: [...values] });
        return database.read(sql, values);
      },
      longReads: {
        ...database.longReads,
        query(sql, values, signal) {
          onStatement({ sql, values });
          return database.longReads.query(sql, values, signal);
        },
      },
    },
    settings: readSettings({}),
    engine: timedEngine(idleEngine),
    queue: {
      start: async () => {},
      isRunning: () => true,
      added: ({ id }) => queued.push(`added ${id}`),
      cancelled: ({ id }) => queued.push(`cancelled ${id}`),
      stop: async () => {},
    },
    changes: createJobChanges(
      database,
      async (id) => (await clusteringRow.state(prisma, id)) ?? mapRow.state(prisma, id),
    ),
    exporter: createExporter(database),
    comparisons: createComparisons(analyses),
    analyses,
    condensedTrees: createCondensedTrees(analyses),
    events: createJobEvents(),
    noteRequest: () => {},
    close: async () => {},
  };
  const internalErrors: unknown[] = [];
  const execute: Fixture["execute"] = (query, variables) =>
    executeInProcess(app, {
      query,
      variables,
      baseUrl: "http://medoid.test",
      log: (error) => internalErrors.push(error),
    });
  return {
    app,
    url,
    prisma: database.prisma,
    statements,
    executed,
    queued,
    internalErrors,
    execute,
    async data(query, variables) {
      const { data, errors } = await execute(query, variables);
      if (errors) throw new Error(JSON.stringify(errors), { cause: internalErrors[0] });
      return data;
    },
    async close() {
      await prisma.$disconnect();
      await app.changes.close();
      await app.exporter.close();
      await app.analyses.close();
      await database.close();
      await drop();
    },
  };
}

const kinds = {
  ...{ Run: 1, Invocation: 2, EmbeddingModel: 3, Embedding: 4, ClusteringResult: 5, Cluster: 6 },
  EmbeddingMap: 7,
};

/** The nth bare UUID of a type: ordered by n. */
export function uuid(type: keyof typeof kinds, n: number): string {
  const digits = (value: number, width: number) => value.toString(16).padStart(width, "0");
  return `0198c1b2-0000-7000-800${kinds[type]}-${digits(n, 12)}`;
}

export const id = (type: keyof typeof kinds, n: number) => `${type}:${uuid(type, n)}`;

/** The nth run's time: two runs each second, so that some times are equal. */
export const createdAt = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, Math.floor(n / 2)));

export interface RunsToWrite {
  /** The first run's number. Default: 0. */
  from?: number;
  runs?: number;
  /** Even steps draw a picture, odd ones describe it; each description has an embedding. Default: 10. */
  steps?: number;
  text?(embedding: number): string;
}

/**
 * Writes runs. Invocations are numbered run after run, and so are embeddings: that of run r's step s has the number (r
 * · steps + s − 1) / 2, its vector is [number, 1], and its model is "words".
 */
export async function writeRuns(
  { prisma }: Fixture,
  { from = 0, runs = 3, steps = 10, text = (n) => `text ${n}` }: RunsToWrite = {},
): Promise<void> {
  const embeddingModelId = uuid("EmbeddingModel", 0);
  const embeddingCount = (runs * steps) / 2;
  await prisma.embeddingModel.upsert({
    where: { id: embeddingModelId },
    create: { id: embeddingModelId, name: "words", dimensions: 2, embeddingCount },
    update: { embeddingCount: { increment: embeddingCount } },
  });
  for (let r = from; r < from + runs; r++) {
    await prisma.run.create({
      data: {
        id: uuid("Run", r),
        network: JSON.stringify(r % 2 === 0 ? ["painter", "viewer"] : ["sketcher", "viewer"]),
        initialPrompt: `prompt ${r}`,
        seed: r === 0 ? 2n ** 62n + 1n : BigInt(r),
        maxLength: steps,
        createdAt: createdAt(r),
      },
    });
    const numbers = Array.from({ length: steps }, (_, s) => ({ s, n: r * steps + s }));
    await prisma.invocation.createMany({
      data: numbers.map(({ s, n }) => ({
        id: uuid("Invocation", n),
        runId: uuid("Run", r),
        sequenceNumber: s,
        model: s % 2 === 0 ? "painter" : "viewer",
        type: s % 2 === 0 ? ("IMAGE" as const) : ("TEXT" as const),
        inputInvocationId: s === 0 ? null : uuid("Invocation", n - 1),
        outputText: s % 2 === 0 ? null : text((n - 1) / 2),
        outputImageMediaType: s % 2 === 0 ? "image/svg+xml" : null,
        startedAt: new Date(Date.UTC(2026, 0, 2, 0, 0, s)),
      })),
    });
    await prisma.outputImage.createMany({
      data: numbers
        .filter(({ s }) => s % 2 === 0)
        .map(({ n }) => ({ invocationId: uuid("Invocation", n), bytes: Buffer.from(`<svg id="${n}"/>`) })),
    });
    await prisma.embedding.createMany({
      data: numbers
        .filter(({ s }) => s % 2 === 1)
        .map(({ n }) => ({
          id: uuid("Embedding", (n - 1) / 2),
          invocationId: uuid("Invocation", n),
          embeddingModelId,
          vector: new Uint8Array(new Float32Array([(n - 1) / 2, 1]).buffer),
        })),
    });
  }
}

/** What the clustering stores for one embedding; the label −1 makes it an outlier. */
interface Assigned {
  label: number;
  probability?: number;
  outlierScore?: number;
  /** Equal points have equal vectors. Default: a point of its own. */
  point?: number;
}

export interface ClusteringToWrite {
  /** The result's number. Default: 0. */
  result?: number;
  /** How many embeddings take part: the first ones. */
  embeddings: number;
  assign(embedding: number): Assigned;
  /** Each label's medoid. Default: the first embedding of the cluster. */
  medoids?: number[];
  persistence?: number[];
}

/** Writes a clustering that succeeded: cluster c of result r has the number 1000 · r + c. */
export async function writeClustering(
  { prisma, app }: Fixture,
  { result = 0, embeddings, assign, medoids, persistence }: ClusteringToWrite,
): Promise<void> {
  await writeQueuedClustering({ prisma }, result);
  const id = uuid("ClusteringResult", result);
  await leaveClustering(prisma, id, { status: "RUNNING", attempt: 1 });
  await prisma.clusteringResult.update({ where: { id }, data: { startedAt: new Date() } });
  const rows = Array.from({ length: embeddings }, (_, n) => assign(n));
  const clusterCount = Math.max(...rows.map(({ label }) => label)) + 1;
  const labels = Array.from({ length: clusterCount }, (_, label) => label);
  const stored = await app.database.bulk.storeClustering({
    clusteringResultId: uuid("ClusteringResult", result),
    attempt: 1,
    embeddingIds: idBytes(embeddings),
    inputDigest: "d".repeat(64),
    engineVersion: "test-1",
    reduction: null,
    placedCount: 0,
    clusterIds: labels.map((label) => uuid("Cluster", 1000 * result + label)),
    medoids: Int32Array.from(medoids ?? labels.map((label) => rows.findIndex((row) => row.label === label))),
    sizes: Int32Array.from(labels.map((label) => rows.filter((row) => row.label === label).length)),
    persistence: Float64Array.from(persistence ?? labels.map(() => 0.5)),
    labels: Int32Array.from(rows.map(({ label }) => label)),
    probabilities: Float64Array.from(rows.map(({ label, probability = label < 0 ? 0 : 1 }) => probability)),
    outlierScores: Float64Array.from(rows.map(({ outlierScore = 0 }) => outlierScore)),
    distinctPoints: Int32Array.from(rows.map(({ point }, n) => point ?? n)),
    spanningTree: { bytes: Uint8Array.of(1, 2, 3), storedAs: null },
  });
  if (!stored) throw new Error("the fixture's clustering was not stored");
}

/** Writes a queued clustering. */
export async function writeQueuedClustering({ prisma }: Pick<Fixture, "prisma">, result: number) {
  const id = uuid("ClusteringResult", result);
  await prisma.job.create({ data: { ...clusteringJob(id), createdAt: createdAt(result) } });
  await prisma.clusteringResult.create({
    data: {
      id,
      embeddingModelId: uuid("EmbeddingModel", 0),
      algorithm: "HDBSCAN",
      minClusterSize: 5,
      minSamples: 5,
      clusterSelectionMethod: "EXCESS_OF_MASS",
      clusterSelectionEpsilon: 0,
      alpha: 1,
      allowSingleCluster: false,
      metric: "EUCLIDEAN",
      normalize: true,
      filter: noFilter,
      engineVersion: "test-1",
      reduction: null,
      placedCount: 0,
      createdAt: createdAt(result),
    },
  });
}

const noFilter = JSON.stringify({
  ...{ runIds: null, networks: null, initialPrompts: null },
  ...{ models: null, sequenceNumber: null, everyNth: null },
});

/** Writes a queued map. */
export async function writeQueuedMap({ prisma }: Pick<Fixture, "prisma">, map: number): Promise<void> {
  const id = uuid("EmbeddingMap", map);
  await prisma.job.create({ data: { ...mapJob(id), createdAt: createdAt(map) } });
  await prisma.embeddingMap.create({
    data: {
      ...{
        id,
        embeddingModelId: uuid("EmbeddingModel", 0),
        method: "UMAP",
        neighbours: 15,
        minDistance: 0.1,
      },
      ...{ seed: 0, metric: "EUCLIDEAN", normalize: true, filter: noFilter, engineVersion: "test-1" },
      createdAt: createdAt(map),
    },
  });
}

export interface MapToWrite {
  /** The map's number. Default: 0. */
  map?: number;
  /** How many embeddings are on it: the first ones. Embedding n is at (n, −n / 2). */
  embeddings: number;
  /** Default: that of the clusterings that `writeClustering` writes. */
  inputDigest?: string;
}

/** Writes a map that succeeded. */
export async function writeMap(
  { prisma, app }: Fixture,
  { map = 0, embeddings, inputDigest = "d".repeat(64) }: MapToWrite,
): Promise<void> {
  await writeQueuedMap({ prisma }, map);
  const embeddingMapId = uuid("EmbeddingMap", map);
  await leaveMap(prisma, embeddingMapId, { status: "RUNNING", attempt: 1 });
  const stored = await app.database.bulk.storeMap({
    ...{
      embeddingMapId,
      attempt: 1,
      embeddingIds: idBytes(embeddings),
      inputDigest,
      engineVersion: "test-1",
    },
    positions: Float32Array.from({ length: 2 * embeddings }, (_, i) => (i % 2 === 0 ? i / 2 : (1 - i) / 4)),
    ...{ placedCount: 0, neighbours: 15, trustworthiness: 0.75 },
  });
  if (!stored) throw new Error("the fixture's map was not stored");
}

/** The ids of the first embeddings, 16 bytes each. */
function idBytes(embeddings: number): Uint8Array {
  const ids = new Uint8Array(embeddings * 16);
  for (let n = 0; n < embeddings; n++) writeUuid(uuid("Embedding", n), ids, n * 16);
  return ids;
}
