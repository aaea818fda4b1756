import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../src/app.js";
import { SpanningTreeUnreadableError } from "../../src/database/errors/bulkErrors.js";
import { type Engine, hdbscanEngine } from "../../src/jobs/computing/engine.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { createLogger } from "../../src/runtime/logger.js";
import { executeInProcess } from "../../src/server/inProcess.js";
import { openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";

type Input = Omit<Parameters<typeof startClustering>[1], "embeddingModel">;

/** Rows on a coarse grid, many of them more than once: distances are tied in every way. */
const rows = Array.from({ length: 120 }, (_, i) =>
  Float32Array.of(1 + ((i * 7) % 5), 1 + ((i * i) % 4), 1 + (i % 11 === 0 ? 9 : i % 3)),
);

let temporary: TemporaryApp;
let app: App;
let lines: Record<string, unknown>[];
/** For each clustering that the engine was asked for: whether a tree was given. */
let given: boolean[];
let afterEngine: () => Promise<unknown>;
/** Each test has embeddings of a model of its own. */
let models = 0;
const model = () => `Model ${models}`;
/** The ids of the results of the test. */
let results: string[];

beforeAll(async () => {
  const engine: Engine = {
    ...hdbscanEngine,
    async cluster(points, options) {
      given.push(options.spanningTree !== undefined);
      const result = await hdbscanEngine.cluster(points, options);
      await afterEngine();
      return result;
    },
  };
  const logger = createLogger("warn", { write: (line) => void lines.push(JSON.parse(line)) });
  temporary = await openTemporaryApp({ engine, logger, queue: { pollMilliseconds: 20 } });
  app = temporary.app;
  await app.queue.start();
});
afterAll(() => temporary.close());
beforeEach(async () => {
  lines = [];
  given = [];
  results = [];
  afterEngine = async () => {};
  models++;
  await writeRun(app, rows, { model: model() });
});

/** Clusters all embeddings. @returns the bare id of the result */
async function cluster(input: Input): Promise<string> {
  const { prisma } = app.database;
  const outcome = await startClustering(app, { embeddingModel: model(), ...input }, "");
  if (!("id" in outcome)) throw new Error(outcome.message);
  const { id } = outcome;
  results.push(id);
  const state = async () => {
    const { status, failureMessage } = await prisma.clusteringResult.findUniqueOrThrow({ where: { id } });
    return failureMessage ?? status;
  };
  await expect.poll(state, { timeout: 200_000, interval: 20 }).toBe("SUCCEEDED");
  return id;
}

/** All that is stored of a result, except for ids and times. */
async function stored(clusteringResultId: string) {
  const { prisma } = app.database;
  const where = { clusteringResultId };
  const clusters = await prisma.cluster.findMany({ where, orderBy: { label: "asc" } });
  const labelOf = new Map(clusters.map(({ id, label }) => [id, label]));
  const assignments = await prisma.clusterAssignment.findMany({ where, orderBy: { embeddingId: "asc" } });
  const { inputDigest, embeddingCount, clusterCount, outlierCount, reduction } =
    await prisma.clusteringResult.findUniqueOrThrow({ where: { id: clusteringResultId } });
  return {
    ...{ inputDigest, embeddingCount, clusterCount, outlierCount, reduction },
    clusters: clusters.map(({ id: _, clusteringResultId: __, ...cluster }) => cluster),
    assignments: assignments.map(({ clusteringResultId: _, clusterId, ...assignment }) => ({
      ...assignment,
      label: clusterId && labelOf.get(clusterId),
    })),
  };
}

const treeOf = async (id: string) =>
  (await app.database.prisma.clusteringResult.findUniqueOrThrow({ where: { id } })).spanningTreeId;
const forgetTrees = () =>
  app.database.prisma.clusteringResult.updateMany({
    where: { id: { in: results } },
    data: { spanningTreeId: null },
  });
const trees = async () => ({
  trees: await app.database.prisma.spanningTree.count({ where: { id: { in: results } } }),
  pieces: await app.database.prisma.spanningTreePiece.count({ where: { spanningTreeId: { in: results } } }),
});
const remove = (id: string) => app.database.bulk.deleteFinished("ClusteringResult", id);

async function treeFrom(id: string): Promise<string | null> {
  const query = `query ($id: ID!) { clusteringResult(id: $id) { spanningTreeFrom { id } } }`;
  const { data, errors } = await executeInProcess(app, { query, variables: { id } });
  expect(errors).toBeUndefined();
  type Data = { clusteringResult: { spanningTreeFrom: { id: string } | null } };
  return (data as unknown as Data).clusteringResult.spanningTreeFrom?.id ?? null;
}

describe("a clustering of the same embeddings", () => {
  it.each<[string, Input, Input]>([
    [
      "other sizes and another method",
      { minClusterSize: 12, minSamples: 3 },
      { minClusterSize: 3, minSamples: 3, clusterSelectionMethod: "LEAF" },
    ],
    [
      "an epsilon, a greatest size and a single cluster",
      { minClusterSize: 3, minSamples: 2, alpha: 1.3 },
      {
        ...{ minClusterSize: 4, minSamples: 2, alpha: 1.3, clusterSelectionEpsilon: 0.4 },
        ...{ maxClusterSize: 20, allowSingleCluster: true },
      },
    ],
    [
      "cosine distances",
      { minClusterSize: 5, minSamples: 4, metric: "COSINE" },
      { minClusterSize: 2, minSamples: 4, metric: "COSINE" },
    ],
    [
      "principal components",
      { minClusterSize: 5, minSamples: 4, normalize: false, reduction: { method: "PCA", dimensions: 2 } },
      { minClusterSize: 3, minSamples: 4, normalize: false, reduction: { method: "PCA", dimensions: 2 } },
    ],
    [
      "the approximate algorithm",
      { algorithm: "APPROXIMATE_HDBSCAN", minClusterSize: 5, minSamples: 4 },
      { algorithm: "APPROXIMATE_HDBSCAN", minClusterSize: 3, minSamples: 4 },
    ],
  ])("takes the stored spanning tree, and gives the same as from nothing: %s", async (_, first, second) => {
    const from = await cluster(first);
    const taken = await cluster(second);
    expect(await treeOf(taken)).toBe(from);
    expect([await treeFrom(from), await treeFrom(taken)]).toEqual([null, `ClusteringResult:${from}`]);
    expect(await trees()).toEqual({ trees: 1, pieces: 1 });
    await forgetTrees();
    const own = await cluster(second);
    expect(await treeOf(own)).toBe(own);
    expect(given).toEqual([false, true, false]);
    expect(await stored(taken)).toEqual(await stored(own));
    expect(lines).toEqual([]);
  });

  const same: Input = { minClusterSize: 5, minSamples: 4, alpha: 1, metric: "EUCLIDEAN", normalize: false };
  it("takes no tree of another minSamples, alpha, metric, normalize, algorithm, reduction or filter", async () => {
    await cluster(same);
    const others: Input[] = [
      { minSamples: 3 },
      { alpha: 1.5 },
      { metric: "COSINE" },
      { normalize: true },
      { algorithm: "APPROXIMATE_HDBSCAN" },
      { reduction: { method: "PCA", dimensions: 2 } },
      { filter: { sequenceNumber: { max: 100 } } },
    ];
    for (const other of others) {
      const id = await cluster({ ...same, ...other });
      expect(await treeOf(id), JSON.stringify(other)).toBe(id);
    }
    expect(given).toEqual([false, ...others.map(() => false)]);
  });

  it("takes no tree of embeddings of which one has changed", async () => {
    await cluster(same);
    const { prisma } = app.database;
    const { id } = await prisma.embedding.findFirstOrThrow({ where: { embeddingModel: { name: model() } } });
    const vector = new Uint8Array(Float32Array.of(1, 2, 3).buffer);
    await prisma.embedding.update({ where: { id }, data: { vector } });
    await cluster(same);
    expect(given).toEqual([false, false]);
  });
});

describe("a stored spanning tree", () => {
  const first: Input = { minClusterSize: 8, minSamples: 4 };
  const second: Input = { minClusterSize: 4, minSamples: 4 };

  it("is deleted with the last result that was cut from it", async () => {
    const from = await cluster(first);
    const taken = await cluster(second);
    expect(await remove(from)).toBe(true);
    expect(await trees()).toEqual({ trees: 1, pieces: 1 });
    expect([await treeOf(taken), await treeFrom(taken)]).toEqual([from, null]);
    const again = await cluster(first);
    expect([await treeOf(again), given]).toEqual([from, [false, true, true]]);
    expect(await Promise.all([remove(taken), remove(again)])).toEqual([true, true]);
    expect(await trees()).toEqual({ trees: 0, pieces: 0 });
  });

  it("that is deleted while a clustering is computed from it is stored once more", async () => {
    const from = await cluster(first);
    afterEngine = () => remove(from);
    const taken = await cluster(second);
    expect(given).toEqual([false, true]);
    expect(await treeOf(taken)).toBe(taken);
    expect(await trees()).toEqual({ trees: 1, pieces: 1 });
    expect(await app.database.bulk.loadSpanningTree(taken)).toBeInstanceOf(ArrayBuffer);
  });

  it.each<[string, (id: string) => Promise<unknown>, RegExp]>([
    [
      "has a changed byte",
      async (spanningTreeId) => {
        const { prisma } = app.database;
        const { bytes } = await prisma.spanningTreePiece.findFirstOrThrow({ where: { spanningTreeId } });
        bytes[40] ^= 1;
        await prisma.spanningTreePiece.updateMany({ where: { spanningTreeId }, data: { bytes } });
      },
      /has the checksum [0-9a-f]{64} instead of [0-9a-f]{64}\.$/,
    ],
    [
      "lacks a piece",
      (spanningTreeId) => app.database.prisma.spanningTreePiece.deleteMany({ where: { spanningTreeId } }),
      /has \d+ bytes in 0 pieces\.$/,
    ],
    [
      "has fewer bytes",
      (spanningTreeId) =>
        app.database.prisma.spanningTreePiece.updateMany({
          where: { spanningTreeId },
          data: { bytes: Uint8Array.of(1) },
        }),
      /has 1 bytes instead of \d+ in piece 0\.$/,
    ],
    ...[-1, 2 ** 31 - 1].map((byteLength): [string, (id: string) => Promise<unknown>, RegExp] => [
      `is said to have ${byteLength} bytes`,
      (id) => app.database.prisma.spanningTree.updateMany({ where: { id }, data: { byteLength } }),
      new RegExp(`has ${byteLength} bytes in 1 pieces\\.$`),
    ]),
  ])(
    "that %s is computed again, and the log says so; its result stays readable",
    async (_, damage, reason) => {
      const from = await cluster(first);
      const before = await stored(from);
      await damage(from);
      await expect(app.database.bulk.loadSpanningTree(from)).rejects.toThrow(SpanningTreeUnreadableError);
      const id = await cluster(second);
      expect(given).toEqual([false, false]);
      expect(await treeOf(id)).toBe(id);
      expect(lines).toEqual([
        expect.objectContaining({
          ...{ clustering: id, attempt: 1, msg: "clustering continues" },
          reason: expect.stringMatching(reason),
        }),
      ]);
      expect(lines[0].reason).toContain(`ClusteringResult:${from}`);
      expect(await stored(from)).toEqual(before);
      expect(await treeOf(await cluster(first))).toBe(id);
    },
  );

  it("that does not exist is not an error", async () => {
    expect(await app.database.bulk.loadSpanningTree("0198c1b2-0000-7000-8000-00000000000a")).toBeNull();
  });
});
