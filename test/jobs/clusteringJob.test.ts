import { v7 as uuid } from "uuid";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../src/app.js";
import { hdbscanInSizes } from "../../src/clustering/hdbscan.js";
import type { HdbscanResult } from "../../src/clustering/index.js";
import { type Engine, hdbscanEngine } from "../../src/jobs/computing/engine.js";
import { cancelClustering } from "../../src/resolvers/clusterings/cancelClustering.js";
import { deleteClusteringResult } from "../../src/resolvers/clusterings/deleteClusteringResult.js";
import {
  type ClusterEmbeddingsInput,
  startClustering,
} from "../../src/resolvers/clusterings/startClustering.js";
import { ClusteringInProgressError } from "../../src/resolvers/errors.js";
import { clusteringWithJob, leaveClustering } from "../jobState.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { heldEngine } from "./heldEngine.js";

const fast = { pollMilliseconds: 20, leaseMilliseconds: 1000 };
const input: ClusterEmbeddingsInput = { embeddingModel: "Model", minClusterSize: 5 };

let temporary: TemporaryApp;
let app: App;

async function open(engine: Engine = hdbscanEngine, queue = fast) {
  temporary = await openTemporaryApp({ engine, queue });
  app = temporary.app;
}
afterEach(() => temporary.close());

async function start(on = app, given = input): Promise<string> {
  const outcome = await startClustering(on, given, "");
  if (!("id" in outcome)) throw new Error(`not started: ${outcome.message}`);
  return outcome.id;
}

/** The row once it is in one of these states. */
async function until(id: string, ...statuses: string[]) {
  const signal = AbortSignal.timeout(200_000);
  for await (const _ of app.changes.watch(id, signal)) {
    const row = await clusteringWithJob(app.database.prisma, id);
    if (statuses.includes(row.status)) return row;
  }
  throw new Error(`never ${statuses.join(" or ")}`);
}
const ended = (id: string) => until(id, "SUCCEEDED", "FAILED", "CANCELLED");

/** Resolves once the engine has started to compute. */
async function untilComputing(id: string) {
  const stage = async () => (await app.database.prisma.clusteringResult.findUnique({ where: { id } }))?.stage;
  await expect.poll(stage, { timeout: 200_000 }).toBe("NEIGHBOURS");
}

async function storedRows(id: string) {
  const { prisma } = app.database;
  return {
    clusters: await prisma.cluster.count({ where: { clusteringResultId: id } }),
    assignments: await prisma.clusterAssignment.count({ where: { clusteringResultId: id } }),
  };
}

describe("a running clustering", () => {
  beforeEach(() => open());

  it("stores clusters, assignments and SUCCEEDED with a medoid that is a member", async () => {
    const ids = await writeRun(app, groupedRows(3, 8));
    const id = await start();
    await app.queue.start();

    const row = await ended(id);

    expect(row).toMatchObject({
      status: "SUCCEEDED",
      attempt: 1,
      progress: 1,
      stage: null,
      embeddingCount: 24,
      clusterCount: 3,
      outlierCount: 0,
      minClusterSize: 5,
      minSamples: 5,
      engineVersion: hdbscanEngine.version,
      leaseOwner: null,
    });
    expect(row.inputDigest).toMatch(/^[0-9a-f]{64}$/);
    const clusters = await app.database.prisma.cluster.findMany({
      where: { clusteringResultId: id },
      include: { assignments: true },
      orderBy: { label: "asc" },
    });
    expect(clusters.map(({ label, size, assignments }) => [label, size, assignments.length])).toEqual([
      [0, 8, 8],
      [1, 8, 8],
      [2, 8, 8],
    ]);
    for (const { medoidEmbeddingId, medoidPoint, assignments } of clusters) {
      expect(ids).toContain(medoidEmbeddingId);
      expect(assignments.find(({ embeddingId }) => embeddingId === medoidEmbeddingId)?.point).toBe(
        medoidPoint,
      );
    }
  });

  it("resolves the defaults from the number of embeddings, and gives the same result for the same explicit parameters", async () => {
    await writeRun(app, groupedRows(3, 8));
    await app.queue.start();
    const first = await ended(await start(app, { embeddingModel: "Model" }));
    expect(first).toMatchObject({
      minClusterSize: 5,
      minSamples: 5,
      normalize: true,
      alpha: 1,
      maxClusterSize: null,
    });

    const { minClusterSize, minSamples, clusterSelectionMethod, clusterSelectionEpsilon, alpha } = first;
    const { allowSingleCluster, metric, normalize, maxClusterSize, algorithm } = first;
    const second = await ended(
      await start(app, {
        embeddingModel: "Model",
        minClusterSize,
        minSamples,
        clusterSelectionMethod,
        clusterSelectionEpsilon,
        alpha,
        allowSingleCluster,
        metric,
        normalize,
        maxClusterSize,
        algorithm,
      }),
    );

    const content = async (id: string) => ({
      clusters: await app.database.prisma.cluster.findMany({
        where: { clusteringResultId: id },
        select: { label: true, size: true, medoidEmbeddingId: true, persistence: true },
        orderBy: { label: "asc" },
      }),
      assignments: await app.database.prisma.clusterAssignment.findMany({
        where: { clusteringResultId: id },
        select: {
          embeddingId: true,
          probability: true,
          outlierScore: true,
          cluster: { select: { label: true } },
        },
        orderBy: { embeddingId: "asc" },
      }),
    });
    expect(second.inputDigest).toBe(first.inputDigest);
    expect(await content(second.id)).toEqual(await content(first.id));
  });

  it("reduces the embeddings first, and stores the parameters of that as they took effect", async () => {
    const ids = await writeRun(app, groupedRows(3, 8));
    await app.queue.start();
    const reduction = { dimensions: 2, neighbours: 500 };
    const row = await ended(await start(app, { ...input, reduction }));

    expect(row).toMatchObject({ status: "SUCCEEDED", embeddingCount: 24, clusterCount: 3 });
    expect(JSON.parse(row.reduction ?? "")).toEqual({
      ...{ method: "UMAP", dimensions: 2, neighbours: 24, minDistance: 0, seed: 0 },
    });
    const clusters = await app.database.prisma.cluster.findMany({
      where: { clusteringResultId: row.id },
      include: { assignments: true },
    });
    for (const { medoidEmbeddingId, assignments } of clusters) {
      expect(ids).toContain(medoidEmbeddingId);
      expect(assignments.map(({ embeddingId }) => embeddingId)).toContain(medoidEmbeddingId);
    }
  });

  it("stores how many embeddings the reduction placed where it laid a subset out", async () => {
    const sizes = { all: 20, size: 16 };
    await temporary.close();
    await open({ ...hdbscanEngine, cluster: (points, options) => hdbscanInSizes(points, options, sizes) });
    await writeRun(app, groupedRows(3, 8));
    await app.queue.start();
    const row = await ended(await start(app, { ...input, reduction: { dimensions: 2, neighbours: 500 } }));

    expect(row).toMatchObject({ status: "SUCCEEDED", embeddingCount: 24, placedCount: 8 });
    expect(JSON.parse(row.reduction ?? "")).toMatchObject({ method: "UMAP", neighbours: 16 });
    expect(await ended(await start(app, input))).toMatchObject({ status: "SUCCEEDED", placedCount: 0 });
  });

  it("fails with the embedding's id if a stored vector does not consist of whole float32s", async () => {
    const ids = await writeRun(app, groupedRows(3, 8));
    await app.database.prisma.embedding.update({
      where: { id: ids[7] },
      data: { vector: new Uint8Array(7) },
    });
    await app.queue.start();

    const row = await ended(await start());

    expect(row).toMatchObject({ status: "FAILED", failureCode: "EMBEDDING_UNREADABLE", attempt: 1 });
    expect(row.failureMessage).toContain(`Embedding:${ids[7]}`);
    expect(await storedRows(row.id)).toEqual({ clusters: 0, assignments: 0 });
  });

  it.each([
    [Number.NaN, "holds NaN at index 1"],
    [Number.POSITIVE_INFINITY, "holds Infinity at index 1"],
  ])("fails with the embedding's id if a stored vector holds %s", async (value, message) => {
    const rows = groupedRows(3, 8);
    rows[4][1] = value;
    const ids = await writeRun(app, rows);
    await app.queue.start();

    const row = await ended(await start());

    expect(row.failureCode).toBe("EMBEDDING_UNREADABLE");
    expect(row.failureMessage).toBe(`The vector of Embedding:${ids[4]} ${message}.`);
  });

  it("fails with the embedding's id if a row of zeros is to be scaled to length 1", async () => {
    const rows = groupedRows(3, 8);
    rows[9].fill(0);
    const ids = await writeRun(app, rows);
    await app.queue.start();

    const row = await ended(await start());

    expect(row.failureCode).toBe("EMBEDDING_UNREADABLE");
    expect(row.failureMessage).toContain(`Embedding:${ids[9]}`);
  });

  it("fails if embeddings were deleted between the request and the start", async () => {
    const ids = await writeRun(app, groupedRows(1, 6, 3));
    const id = await start();
    await app.database.prisma.embedding.deleteMany({ where: { id: { in: ids.slice(0, 3) } } });
    await app.queue.start();

    expect(await ended(id)).toMatchObject({ status: "FAILED", failureCode: "NOT_ENOUGH_EMBEDDINGS" });
  });
});

describe("a faulty engine", () => {
  it.each<[string, (result: HdbscanResult) => void]>([
    ["a medoid outside the input", (result) => result.medoids.fill(24)],
    ["a negative medoid", (result) => result.medoids.fill(-1)],
    ["a medoid of another cluster", (result) => result.medoids.reverse()],
    [
      "a medoid that is an outlier",
      (result) => result.labels.fill(-1, result.medoids[1], result.medoids[1] + 1),
    ],
    ["a label without a medoid", (result) => result.labels.fill(3, 0, 1)],
    ["a size other than the number of members", (result) => result.sizes.fill(9)],
  ])("that returns %s makes the clustering FAILED, and none of the result is stored", async (_, spoil) => {
    await open({
      ...hdbscanEngine,
      version: "faulty",
      async cluster(points, options) {
        const result = await hdbscanEngine.cluster(points, options);
        spoil(result);
        return result;
      },
    });
    await writeRun(app, groupedRows(3, 8));
    await app.queue.start();

    const row = await ended(await start());

    expect(row).toMatchObject({ status: "FAILED", failureCode: "MEDOID_UNMAPPED", clusterCount: null });
    expect(await storedRows(row.id)).toEqual({ clusters: 0, assignments: 0 });
  });

  it("that throws is tried again, and given up after three attempts", async () => {
    let calls = 0;
    await open({
      ...hdbscanEngine,
      version: "throwing",
      async cluster() {
        calls++;
        throw new Error("out of order");
      },
    });
    await writeRun(app, groupedRows(3, 8));
    await app.queue.start();

    const row = await ended(await start());

    expect(calls).toBe(3);
    expect(row).toMatchObject({ status: "FAILED", failureCode: "ATTEMPTS_SPENT", attempt: 3 });
    expect(row.failureMessage).toContain("out of order");
  });
});

describe("cancelling", () => {
  it("stops the engine at once and stores nothing; cancelling again changes nothing", async () => {
    const { engine, stopped } = heldEngine();
    await open(engine);
    await writeRun(app, groupedRows(3, 8));
    const id = await start();
    await app.queue.start();
    await untilComputing(id);

    await cancelClustering(app, id);
    const row = await ended(id);
    await cancelClustering(app, id);

    expect(row.status).toBe("CANCELLED");
    await expect.poll(stopped, { timeout: 200_000 }).toBe(1);
    expect(await storedRows(id)).toEqual({ clusters: 0, assignments: 0 });
    expect(await ended(id)).toEqual(row);
  });

  it("reaches a clustering that another process computes", async () => {
    const { engine, stopped } = heldEngine();
    await open(engine);
    await writeRun(app, groupedRows(3, 8));
    const id = await start();
    await app.queue.start();
    await untilComputing(id);
    const other = await temporary.openAnother();

    await cancelClustering(other, id);

    await expect.poll(stopped, { timeout: 200_000 }).toBe(1);
    expect((await ended(id)).status).toBe("CANCELLED");
  });

  it("returns null for an unknown id, and leaves a finished result unchanged", async () => {
    await open();
    await writeRun(app, groupedRows(3, 8));
    await app.queue.start();
    const row = await ended(await start());

    expect(await cancelClustering(app, "0198c1b2-0000-7000-8000-000000000000")).toBeNull();
    expect(await cancelClustering(app, row.id)).toEqual({ id: row.id });
    expect(await ended(row.id)).toEqual(row);
  });
});

describe("leases", () => {
  it("let only one process compute each clustering, however many compete for it", async () => {
    let calls = 0;
    const engine: Engine = {
      ...hdbscanEngine,
      version: "counting",
      cluster(points, options) {
        calls++;
        return hdbscanEngine.cluster(points, options);
      },
    };
    // A lease that no busy machine lets expire: an attempt that is taken over would compute a second time.
    await open(engine, { ...fast, leaseMilliseconds: 600_000 });
    await writeRun(app, groupedRows(3, 8));
    const others = await Promise.all([temporary.openAnother(), temporary.openAnother()]);
    const ids = [];
    for (let i = 0; i < 6; i++) ids.push(await start());

    await Promise.all([app, ...others].map(({ queue }) => queue.start()));
    const rows = await Promise.all(ids.map(ended));

    expect(rows.map(({ status, attempt }) => [status, attempt])).toEqual(ids.map(() => ["SUCCEEDED", 1]));
    expect(calls).toBe(6);
  });

  it("that are renewed prevent a long clustering from being taken over", async () => {
    const { engine, letGo } = heldEngine();
    await open(engine);
    await writeRun(app, groupedRows(3, 8));
    const id = await start();
    await app.queue.start();
    const other = await temporary.openAnother({ engine: hdbscanEngine });
    await other.queue.start();

    await new Promise((resolve) => setTimeout(resolve, 2.5 * fast.leaseMilliseconds));
    letGo();

    expect(await ended(id)).toMatchObject({ status: "SUCCEEDED", attempt: 1, engineVersion: "held" });
  });

  it("that expire are taken over, and the worker that returns changes nothing", async () => {
    const { engine, letGo } = heldEngine();
    await open(engine);
    await writeRun(app, groupedRows(3, 8));
    const id = await start();
    await app.queue.start();
    await until(id, "RUNNING");
    // As if the first worker had been stopped past its lease: another worker has taken over the clustering.
    await leaveClustering(app.database.prisma, id, {
      attempt: 2,
      leaseOwner: "another",
      leaseExpiresAt: new Date(Date.now() + 60_000),
    });

    letGo();
    await app.queue.stop();

    const row = await clusteringWithJob(app.database.prisma, id);
    expect(row).toMatchObject({ status: "RUNNING", attempt: 2, leaseOwner: "another", clusterCount: null });
    expect(await storedRows(id)).toEqual({ clusters: 0, assignments: 0 });
  });

  it("of a worker that died lead to another attempt, until the attempts are used up", async () => {
    await open();
    await writeRun(app, groupedRows(3, 8));
    const [recovers, spent] = [await start(), await start()];
    const dead = { status: "RUNNING" as const, leaseOwner: "dead", leaseExpiresAt: new Date(Date.now() - 1) };
    const { prisma } = app.database;
    await leaveClustering(prisma, recovers, { ...dead, attempt: 1 });
    await leaveClustering(prisma, spent, { ...dead, attempt: 3 });

    await app.queue.start();

    expect(await ended(recovers)).toMatchObject({ status: "SUCCEEDED", attempt: 2 });
    expect(await ended(spent)).toMatchObject({ status: "FAILED", failureCode: "ATTEMPTS_SPENT", attempt: 3 });
  });

  it("are handed back by a queue that stops, which uses up no attempt", async () => {
    const { engine } = heldEngine();
    await open(engine);
    await writeRun(app, groupedRows(3, 8));
    const id = await start();
    await app.queue.start();
    await until(id, "RUNNING");

    await app.queue.stop();

    const row = await clusteringWithJob(app.database.prisma, id);
    expect(row).toMatchObject({ status: "QUEUED", attempt: 1, handedBack: 1, leaseOwner: null, progress: 0 });
    const other = await temporary.openAnother({ engine: hdbscanEngine });
    await other.queue.start();
    expect(await ended(id)).toMatchObject({ status: "SUCCEEDED", attempt: 2 });
  });
});

describe("deleting a result", () => {
  beforeEach(() => open());

  it("removes its clusters and assignments, but not the embeddings", async () => {
    await writeRun(app, groupedRows(3, 8));
    await app.queue.start();
    const { id } = await ended(await start());

    expect(await deleteClusteringResult(app, id)).toEqual({ deleted: true });

    expect(await storedRows(id)).toEqual({ clusters: 0, assignments: 0 });
    expect(await app.database.prisma.embedding.count()).toBe(24);
    expect(await deleteClusteringResult(app, id)).toBeNull();
  });

  it("is refused while the clustering has not finished", async () => {
    await writeRun(app, groupedRows(3, 8));
    const id = await start();

    expect(await deleteClusteringResult(app, id)).toBeInstanceOf(ClusteringInProgressError);

    expect(await app.database.prisma.clusteringResult.count()).toBe(1);
  });
});

describe("the database", () => {
  beforeEach(() => open());

  it("refuses a cluster without a medoid embedding, and the deletion of an embedding that is a medoid", async () => {
    await writeRun(app, groupedRows(3, 8));
    await app.queue.start();
    const { id } = await ended(await start());
    const { prisma } = app.database;
    const [cluster] = await prisma.cluster.findMany({ where: { clusteringResultId: id } });
    await prisma.clusterAssignment.deleteMany({ where: { clusteringResultId: id } });

    const [newId, unknown] = [uuid(), uuid()];
    await expect(
      prisma.$executeRawUnsafe(
        `INSERT INTO "Cluster" ("id", "clusteringResultId", "label", "size", "persistence", "medoidEmbeddingId", "medoidPoint")
         VALUES ('${newId}', '${id}', 9, 1, 0, NULL, 0)`,
      ),
    ).rejects.toThrow(/NOT NULL|null value in column "medoidEmbeddingId"/);
    await expect(
      prisma.cluster.create({ data: { ...cluster, id: newId, label: 9, medoidEmbeddingId: unknown } }),
    ).rejects.toThrow(/Foreign key/);
    await expect(prisma.embedding.delete({ where: { id: cluster.medoidEmbeddingId } })).rejects.toThrow(
      /Foreign key/,
    );
    expect(await prisma.cluster.count()).toBe(3);
    expect(await prisma.embedding.count()).toBe(24);
  });
});
