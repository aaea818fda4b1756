import { v7 as uuid } from "uuid";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../src/app.js";
import { hdbscanEngine } from "../../src/jobs/computing/engine.js";
import { deleteClusteringResult } from "../../src/resolvers/clusterings/deleteClusteringResult.js";
import { defaultMinClusterSize } from "../../src/resolvers/clusterings/plannedClustering.js";
import {
  type ClusterEmbeddingsInput,
  startClustering,
} from "../../src/resolvers/clusterings/startClustering.js";
import {
  type DomainError,
  IdempotencyConflictError,
  InvalidInputError,
  NotEnoughEmbeddingsError,
  ResourceLimitError,
} from "../../src/resolvers/errors.js";
import { readSettings, type Settings } from "../../src/settings.js";
import { leaveClustering } from "../jobState.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";

let temporary: TemporaryApp;
let app: App;
async function open() {
  temporary = await openTemporaryApp();
  app = temporary.app;
}
const close = () => temporary.close();

/** Tests that start clusterings: each has a database of its own. */
function useOwnApps() {
  beforeEach(open);
  afterEach(close);
}

/** Tests of what is refused, and so leaves the database as it is. */
function shareApp() {
  beforeAll(async () => {
    await open();
    await writeRun(app, groupedRows(3, 8));
  });
  afterAll(close);
}

const results = () => app.database.prisma.clusteringResult.findMany({ orderBy: { createdAt: "asc" } });
const start = (input: Partial<ClusterEmbeddingsInput> = {}, caller = "") =>
  startClustering(app, { embeddingModel: "Model", ...input }, caller);

async function started(input: Partial<ClusterEmbeddingsInput> = {}) {
  const outcome = await start(input);
  if (!("id" in outcome)) throw new Error((outcome as DomainError).message);
  return app.database.prisma.clusteringResult.findUniqueOrThrow({ where: { id: outcome.id } });
}

describe("invalid input", () => {
  shareApp();

  it.each<[Partial<ClusterEmbeddingsInput>, string[], string]>([
    [{ embeddingModel: "Other" }, ["input", "embeddingModel"], '"Other"'],
    [{ minClusterSize: 1 }, ["input", "minClusterSize"], "1"],
    [{ minClusterSize: -5 }, ["input", "minClusterSize"], "-5"],
    [{ minSamples: 0 }, ["input", "minSamples"], "0"],
    [{ clusterSelectionEpsilon: -0.1 }, ["input", "clusterSelectionEpsilon"], "-0.1"],
    [{ clusterSelectionEpsilon: Number.NaN }, ["input", "clusterSelectionEpsilon"], "NaN"],
    [{ clusterSelectionEpsilon: Number.POSITIVE_INFINITY }, ["input", "clusterSelectionEpsilon"], "Infinity"],
    [{ alpha: 0 }, ["input", "alpha"], "0"],
    [{ alpha: Number.NaN }, ["input", "alpha"], "NaN"],
    [{ maxClusterSize: 0 }, ["input", "maxClusterSize"], "0"],
    [{ maxClusterSize: 4 }, ["input", "maxClusterSize"], "4"],
    [{ minClusterSize: 7, maxClusterSize: 6 }, ["input", "maxClusterSize"], "6"],
    [{ maxClusterSize: 20, clusterSelectionMethod: "LEAF" }, ["input", "maxClusterSize"], "20"],
    [{ idempotencyKey: "" }, ["input", "idempotencyKey"], '""'],
    [{ filter: { runIds: ["no id"] } }, ["input", "filter", "runIds", "0"], '"no id"'],
    [
      { filter: { runIds: [uuid(), "Cluster:0198c1b2-0000-7000-8000-000000000000"] } },
      ["input", "filter", "runIds", "1"],
      '"Cluster:0198c1b2-0000-7000-8000-000000000000"',
    ],
    [
      { filter: { sequenceNumber: { min: 3, max: 2 } } },
      ["input", "filter", "sequenceNumber"],
      '{"min":3,"max":2}',
    ],
    [{ filter: { everyNth: 0 } }, ["input", "filter", "everyNth"], "0"],
    [{ reduction: {} }, ["input", "reduction", "dimensions"], "5"], // the model has 4
    [{ reduction: { method: "PCA" } }, ["input", "reduction", "dimensions"], "5"],
    [{ reduction: { dimensions: 0 } }, ["input", "reduction", "dimensions"], "0"],
    [{ reduction: { dimensions: 2, neighbours: 1 } }, ["input", "reduction", "neighbours"], "1"],
    [{ reduction: { dimensions: 2, minDistance: 1.5 } }, ["input", "reduction", "minDistance"], "1.5"],
    [{ reduction: { dimensions: 2, minDistance: Number.NaN } }, ["input", "reduction", "minDistance"], "NaN"],
    [{ reduction: { dimensions: 2, seed: 2 ** 31 } }, ["input", "reduction", "seed"], "2147483648"],
    ...[{ neighbours: 30 }, { minDistance: 0.1 }, { seed: 1 }].map(
      (ofUmap): [Partial<ClusterEmbeddingsInput>, string[], string] => [
        { reduction: { method: "PCA", dimensions: 2, ...ofUmap } },
        ["input", "reduction", Object.keys(ofUmap)[0]!],
        String(Object.values(ofUmap)[0]),
      ],
    ),
  ])("%j is refused with its name and value, and nothing is written", async (input, path, value) => {
    const outcome = await start(input);

    expect(outcome).toBeInstanceOf(InvalidInputError);
    expect((outcome as InvalidInputError).issues).toEqual([{ path, message: expect.any(String), value }]);
    expect(await results()).toEqual([]);
  });

  it("every issue is reported, not only the first", async () => {
    const outcome = await start({
      embeddingModel: "Other",
      alpha: -1,
      minClusterSize: 1,
      minSamples: 0,
      filter: { everyNth: 0 },
    });

    expect((outcome as InvalidInputError).issues.map(({ path }) => path.at(-1)).sort()).toEqual([
      "alpha",
      "embeddingModel",
      "everyNth",
      "minClusterSize",
      "minSamples",
    ]);
  });

  it("each field is reported once", async () => {
    const outcome = (await start({ minClusterSize: 1, alpha: 0, maxClusterSize: 0 })) as InvalidInputError;
    expect(outcome.issues.map(({ message }) => message)).toEqual([
      "must be a whole number of at least 2; it was 1.",
      "must be a whole number of at least 1, or null for no limit; it was 0.",
      "must be a finite number above 0; it was 0.",
    ]);
    expect(outcome.message).toMatch(/^input\.minClusterSize: must be /);
  });
});

describe("too few embeddings", () => {
  shareApp();

  it.each<[Partial<ClusterEmbeddingsInput>, number, number]>([
    [{ minClusterSize: 25 }, 24, 25],
    [{ minSamples: 25 }, 24, 25],
    [{ filter: { initialPrompts: ["no such prompt"] } }, 0, 5],
    [{ filter: { runIds: [uuid()] } }, 0, 5],
    [{ filter: { networks: [[]] } }, 0, 5],
    [{ filter: { models: [] } }, 0, 5],
    [{ filter: { sequenceNumber: { min: 20 } } }, 4, 5],
    [{ filter: { everyNth: 6 } }, 4, 5],
  ])("for %j the error has both numbers, and nothing is written", async (input, available, needed) => {
    const outcome = await start(input);

    expect(outcome).toBeInstanceOf(NotEnoughEmbeddingsError);
    expect(outcome).toMatchObject({ available, needed });
    expect(await results()).toEqual([]);
  });
});

describe("a clustering that would exceed the limits of this server", () => {
  useOwnApps();
  async function startWithin(limits: Partial<Settings>, input: Partial<ClusterEmbeddingsInput> = {}) {
    const limited = await temporary.openAnother({ settings: { ...readSettings({}), ...limits } });
    return startClustering(limited, { embeddingModel: "Model", ...input }, "");
  }
  beforeEach(() => writeRun(app, groupedRows(3, 8)));

  it.each([{ clusteringSecondsLimit: 1e-9 }, { clusteringBytesLimit: 1 }])(
    "is refused with the estimate if the limits are %j, and nothing is written",
    async (limits) => {
      const outcome = await startWithin(limits);

      expect(outcome).toBeInstanceOf(ResourceLimitError);
      expect((outcome as ResourceLimitError).estimatedSeconds).toBeGreaterThan(0);
      // At least the input itself: 24 vectors of 4 float32s.
      expect((outcome as ResourceLimitError).estimatedBytes).toBeGreaterThan(24 * 4 * 4);
      expect(await results()).toEqual([]);
    },
  );

  it("is accepted exactly at the limit", async () => {
    const { seconds, bytes } = hdbscanEngine.estimate(
      24,
      4,
      { minClusterSize: 5 },
      readSettings({}).clusteringThreads,
    );
    const limits = { clusteringSecondsLimit: seconds, clusteringBytesLimit: bytes + 24 * 4 * 4 };

    expect(await startWithin(limits)).toEqual({ id: expect.any(String) });
    expect(
      await startWithin({ ...limits, clusteringBytesLimit: limits.clusteringBytesLimit - 1 }),
    ).toBeInstanceOf(ResourceLimitError);
  });
});

describe("what depends on the number of embeddings and texts", () => {
  useOwnApps();

  it("a maxClusterSize below the minClusterSize that follows from the number of embeddings is refused", async () => {
    await writeRun(app, groupedRows(2, 3_000));

    const outcome = await start({ maxClusterSize: 5 });
    expect((outcome as InvalidInputError).issues).toEqual([
      {
        path: ["input", "maxClusterSize"],
        message: expect.stringContaining("at least minClusterSize, 6,"),
        value: "5",
      },
    ]);
    expect(await results()).toEqual([]);
    expect(await started({ maxClusterSize: 6 })).toMatchObject({ minClusterSize: 6, maxClusterSize: 6 });
  });

  it("copies of one text are not refused", async () => {
    await writeRun(app, groupedRows(3, 8), { text: () => "the same" });
    const threads = readSettings({}).clusteringThreads;
    const { seconds, bytes } = hdbscanEngine.estimate(24, 4, { minClusterSize: 5 }, threads, 1);
    const settings = {
      ...readSettings({}),
      clusteringSecondsLimit: seconds,
      clusteringBytesLimit: bytes + 24 * 4 * 4,
    };
    const limited = await temporary.openAnother({ settings });

    expect(await startClustering(limited, { embeddingModel: "Model" }, "")).toEqual({
      id: expect.any(String),
    });
  });
});

describe("the clustering that is started", () => {
  useOwnApps();
  it("resolves the defaults from the number of embeddings that match", async () => {
    await writeRun(app, groupedRows(3, 8));

    expect(await started({ filter: { sequenceNumber: { max: 9 } } })).toMatchObject({
      status: "QUEUED",
      algorithm: "HDBSCAN",
      minClusterSize: 5,
      minSamples: 5,
      clusterSelectionMethod: "EXCESS_OF_MASS",
      clusterSelectionEpsilon: 0,
      maxClusterSize: null,
      alpha: 1,
      allowSingleCluster: false,
      metric: "EUCLIDEAN",
      normalize: true,
      attempt: 0,
      embeddingCount: null,
    });
    expect([4, 5_999, 6_000, 1_234_567].map(defaultMinClusterSize)).toEqual([5, 5, 6, 1234]);
  });

  it("takes minSamples from minClusterSize if only that is given", async () => {
    await writeRun(app, groupedRows(3, 8));
    expect(await started({ minClusterSize: 7 })).toMatchObject({ minClusterSize: 7, minSamples: 7 });
    expect(await started({ minSamples: 3 })).toMatchObject({ minClusterSize: 5, minSamples: 3 });
  });

  it("stores the filter as it was given, with bare run ids", async () => {
    const runId = uuid();
    await writeRun(app, groupedRows(3, 8), { runId });

    const row = await started({
      filter: { runIds: [`Run:${runId.toUpperCase()}`], networks: [["Painter"]], everyNth: 2 },
    });

    expect(JSON.parse(row.filter)).toEqual({
      runIds: [runId],
      networks: [["Painter"]],
      initialPrompts: null,
      models: null,
      sequenceNumber: null,
      everyNth: 2,
    });
  });
});

describe("a reduction", () => {
  useOwnApps();
  beforeEach(() => writeRun(app, groupedRows(3, 8)));

  it("is stored with its defaults, and one that is null is none", async () => {
    const reductionOf = async (reduction: ClusterEmbeddingsInput["reduction"]) =>
      JSON.parse((await started({ reduction })).reduction ?? "null");

    const defaults = { method: "UMAP", dimensions: 3, neighbours: 15, minDistance: 0, seed: 0 };
    expect(await reductionOf({ dimensions: 3, seed: null })).toEqual(defaults);
    expect(await reductionOf({ method: "PCA", dimensions: 4, neighbours: 15, seed: null })).toEqual({
      ...{ method: "PCA", dimensions: 4 },
      ...{ neighbours: null, minDistance: null, seed: null },
    });
    expect(await reductionOf(null)).toBeNull();
  });

  it("counts in the estimate that is compared with the limits", async () => {
    await writeRun(app, groupedRows(3, 300));
    const { clusteringThreads } = readSettings({});
    const { seconds } = hdbscanEngine.estimate(924, 4, {}, clusteringThreads);
    const settings = { ...readSettings({}), clusteringSecondsLimit: 2 * seconds };
    const limited = await temporary.openAnother({ settings });
    const input = { embeddingModel: "Model", minClusterSize: 5 };
    const reduced = await startClustering(limited, { ...input, reduction: { dimensions: 2 } }, "");
    expect(reduced).toBeInstanceOf(ResourceLimitError);
    expect((reduced as ResourceLimitError).estimatedSeconds).toBeGreaterThan(2 * seconds);
    expect(await startClustering(limited, input, "")).toEqual({ id: expect.any(String) });
  });
});

describe("an idempotency key", () => {
  useOwnApps();
  beforeEach(() => writeRun(app, groupedRows(3, 8)));
  const key = { idempotencyKey: "key" };

  it("tells reductions apart, and keeps the digest that inputs without one have always had", async () => {
    const plain = await started(key);
    const { requestDigest } = await app.database.prisma.job.findUniqueOrThrow({ where: { id: plain.id } });
    expect(requestDigest).toBe("2b5ec5297edf868389e7d24596cce11541677f5adf50108f854826c94bfcf38e");
    const reduced = { idempotencyKey: "reduced", reduction: { dimensions: 2 } };
    const { id } = await started(reduced);

    expect(await start({ ...reduced, reduction: { method: "UMAP", dimensions: 2 } })).toEqual({ id });
    const conflicts = [
      undefined,
      { dimensions: 3 },
      { dimensions: 2, seed: 1 },
      { method: "PCA" as const, dimensions: 2 },
    ];
    for (const reduction of conflicts) {
      expect(await start({ ...reduced, reduction })).toBeInstanceOf(IdempotencyConflictError);
    }
    expect(await start({ ...key, reduction: { dimensions: 2 } })).toBeInstanceOf(IdempotencyConflictError);
    expect(await results()).toHaveLength(2);
  });

  it("gives the same result for the same input, even for concurrent requests", async () => {
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => start({ ...key, minClusterSize: 5 })));

    const [row, ...others] = await results();
    expect(others).toEqual([]);
    expect(outcomes).toEqual(outcomes.map(() => ({ id: row.id })));
  });

  it("has at most 255 characters, in any plane of Unicode", async () => {
    const longest = "🜁".repeat(255);
    const outcome = await start({ idempotencyKey: `${longest}x` });
    expect(outcome).toMatchObject({
      issues: [{ path: ["input", "idempotencyKey"], message: "must have 1 to 255 characters." }],
    });
    expect(await results()).toEqual([]);
    await started({ idempotencyKey: longest });
    expect(await results()).toHaveLength(1);
  });

  it("is refused for a different input, with the id of its result", async () => {
    const first = await started(key);

    const outcome = await start({ ...key, alpha: 2 });

    expect(outcome).toBeInstanceOf(IdempotencyConflictError);
    expect(outcome).toMatchObject({ kind: "clustering", subjectId: first.id });
    expect(await results()).toHaveLength(1);
  });

  it("gives the same result even if that failed, or if no embeddings are left", async () => {
    const first = await started(key);
    const { prisma } = app.database;
    await prisma.clusteringResult.update({ where: { id: first.id }, data: { status: "FAILED" } });
    await prisma.embedding.deleteMany();

    expect(await start(key)).toEqual({ id: first.id });
  });

  it("belongs to its caller", async () => {
    const [mine, other] = [await start(key, "one"), await start({ ...key, alpha: 2 }, "two")];

    expect([mine, other]).toEqual([{ id: expect.any(String) }, { id: expect.any(String) }]);
    expect(await results()).toHaveLength(2);
  });

  it("can be used again once its result is deleted", async () => {
    const first = await started(key);
    await leaveClustering(app.database.prisma, first.id, { status: "FAILED" });
    expect(await deleteClusteringResult(app, first.id)).toEqual({ deleted: true });
    expect(await app.database.prisma.job.count()).toBe(0);

    expect((await started({ ...key, alpha: 2 })).id).not.toBe(first.id);
  });
});
