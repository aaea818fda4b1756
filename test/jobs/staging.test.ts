import { v7 as uuid } from "uuid";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../src/app.js";
import { retryWhenBusy } from "../../src/database/errors/retryWhenBusy.js";
import type { RunRecord } from "../../src/database/recording/runRecord.js";
import { bytesPerPiece } from "../../src/database/storing/spanningTrees.js";
import { rowsPerTransaction } from "../../src/database/storing/stagedTables.js";
import { hdbscanEngine } from "../../src/jobs/computing/engine.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { executeInProcess } from "../../src/server/inProcess.js";
import { leaveClustering } from "../jobState.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";

const clusterId = "0198c1b2-0000-7000-8000-00000000000c";

let temporary: TemporaryApp;
let app: App;
let embeddingIds: string[];
beforeEach(async () => {
  temporary = await openTemporaryApp({ queue: { pollMilliseconds: 20 } });
  app = temporary.app;
  embeddingIds = await writeRun(app, groupedRows(3, 8));
});
afterEach(() => temporary.close());

/**
 * A clustering whose worker died while it stored the result: one cluster, two assignments and a piece of its spanning
 * tree are staged.
 */
async function stagedAndDied(status: "RUNNING" | "CANCELLED" | "FAILED"): Promise<string> {
  const outcome = await startClustering(app, { embeddingModel: "Model" }, "");
  if (!("id" in outcome)) throw new Error(outcome.message);
  const { prisma } = app.database;
  const { id: clusteringResultId } = outcome;
  await leaveClustering(prisma, clusteringResultId, {
    status,
    attempt: 1,
    leaseOwner: "dead",
    leaseExpiresAt: new Date(0),
  });
  const [medoidEmbeddingId] = embeddingIds;
  await prisma.cluster.create({
    data: {
      id: clusterId,
      clusteringResultId,
      label: 0,
      size: 1,
      persistence: 1,
      medoidEmbeddingId,
      medoidPoint: 0,
    },
  });
  await prisma.clusterAssignment.createMany({
    data: [clusterId, null].map((of, i) => ({
      clusteringResultId,
      embeddingId: embeddingIds[i],
      clusterId: of,
      probability: 1,
      outlierScore: 0,
      point: i,
    })),
  });
  await prisma.spanningTree.create({
    data: {
      ...{ id: clusteringResultId, byteLength: 3, checksum: "c" },
      pieces: { create: { number: 0, bytes: Uint8Array.of(1, 2, 3) } },
    },
  });
  return clusteringResultId;
}

const count = async () => ({
  clusters: await app.database.prisma.cluster.count(),
  assignments: await app.database.prisma.clusterAssignment.count(),
  treePieces: await app.database.prisma.spanningTreePiece.count(),
});
const status = async (id: string) =>
  (await app.database.prisma.clusteringResult.findUniqueOrThrow({ where: { id } })).status;

describe("rows that are staged before a result succeeds", () => {
  it("are returned by no query", async () => {
    const id = await stagedAndDied("RUNNING");

    const { data, errors } = await executeInProcess(app, {
      query: /* GraphQL */ `
        query ($id: ID!, $cluster: ID!, $node: ID!, $inCluster: ID!, $outlier: ID!) {
          clusteringResult(id: $id) {
            clusters { totalCount edges { node { id } } pageInfo { hasNextPage } }
            outliers { totalCount edges { node { id } } }
          }
          cluster(id: $cluster) { id }
          node(id: $node) { id }
          inCluster: embedding(id: $inCluster) {
            assignments { totalCount edges { node { probability } } }
            assignment(clusteringResultId: $id) { probability }
            invocation { run { clusterPath(clusteringResultId: $id) { totalCount } } }
          }
          outlier: embedding(id: $outlier) {
            assignments { totalCount edges { node { probability } } }
            assignment(clusteringResultId: $id) { probability }
          }
        }
      `,
      variables: {
        id,
        cluster: clusterId,
        node: `Cluster:${clusterId}`,
        inCluster: embeddingIds[0],
        outlier: embeddingIds[1],
      },
    });

    expect(errors).toBeUndefined();
    const none = { totalCount: 0, edges: [] };
    expect(data).toEqual({
      clusteringResult: { clusters: { ...none, pageInfo: { hasNextPage: false } }, outliers: none },
      cluster: null,
      node: null,
      inCluster: { assignments: none, assignment: null, invocation: { run: { clusterPath: null } } },
      outlier: { assignments: none, assignment: null },
    });
  });

  it("are replaced by the next attempt", async () => {
    const id = await stagedAndDied("RUNNING");

    await app.queue.start();

    await expect.poll(() => status(id), { timeout: 200_000 }).toBe("SUCCEEDED");
    expect(await count()).toEqual({ clusters: 3, assignments: 24, treePieces: 1 });
    expect(await app.database.prisma.cluster.findUnique({ where: { id: clusterId } })).toBeNull();
  });

  it.each(["CANCELLED", "FAILED"] as const)(
    "are removed at the next start if the result is %s",
    async (of) => {
      await stagedAndDied(of);
      expect(await count()).toEqual({ clusters: 1, assignments: 2, treePieces: 1 });

      await app.queue.start();

      await expect.poll(count, { timeout: 200_000 }).toEqual({ clusters: 0, assignments: 0, treePieces: 0 });
    },
  );

  it.each(["CANCELLED", "FAILED"] as const)("are deleted with the result if it is %s", async (of) => {
    const id = await stagedAndDied(of);
    expect(await app.database.bulk.deleteFinished("ClusteringResult", id)).toBe(true);
    expect(await count()).toEqual({ clusters: 0, assignments: 0, treePieces: 0 });
    expect(await app.database.prisma.spanningTree.count()).toBe(0);
  });

  it("are left alone by an attempt that another process has taken over from", async () => {
    const id = await stagedAndDied("RUNNING");
    await leaveClustering(app.database.prisma, id, { attempt: 2 });
    const rows = Float32Array.from(groupedRows(3, 8).flatMap((row) => [...row]));
    const result = await hdbscanEngine.cluster({ data: rows, dimensions: 4 }, { normalize: true });

    const published = await app.database.bulk.storeClustering({
      ...result,
      clusteringResultId: id,
      attempt: 1,
      embeddingIds: new Uint8Array(16 * 24),
      inputDigest: "",
      engineVersion: "1",
      reduction: null,
      placedCount: 0,
      clusterIds: Array.from(result.medoids, (_, i) => `0198c1b2-0000-7000-8000-00000000000${i}`),
      spanningTree: { bytes: new Uint8Array(10), storedAs: null },
    });

    expect(published).toBe(false);
    expect(await count()).toEqual({ clusters: 1, assignments: 2, treePieces: 1 });
  });
});

it("a result of many rows is stored while others write", async () => {
  const rows = 2 * rowsPerTransaction + 1;
  const { prisma, bulk } = app.database;
  await bulk.recordRuns([runOf(rows)]);
  const outcome = await startClustering(app, { embeddingModel: "Large" }, "");
  if (!("id" in outcome)) throw new Error(outcome.message);
  const { id } = outcome;
  await leaveClustering(prisma, id, { status: "RUNNING", attempt: 1 });
  const { embeddingModelId } = await prisma.clusteringResult.findUniqueOrThrow({ where: { id } });
  const { ids } = await bulk.loadEmbeddings({ embeddingModelId });
  const ended: string[] = [];
  let other: Promise<unknown> | undefined;

  const published = await bulk
    .storeClustering(
      {
        clusteringResultId: id,
        attempt: 1,
        embeddingIds: ids,
        inputDigest: "",
        engineVersion: "test",
        reduction: null,
        placedCount: 0,
        clusterIds: [clusterId],
        medoids: Int32Array.of(0),
        sizes: Int32Array.of(rows),
        persistence: Float64Array.of(1),
        labels: new Int32Array(rows),
        probabilities: new Float64Array(rows).fill(1),
        outlierScores: new Float64Array(rows),
        distinctPoints: Int32Array.from({ length: rows }, (_, i) => i),
        spanningTree: { bytes: new Uint8Array(3 * bytesPerPiece + 1).fill(7), storedAs: null },
      },
      {
        onProgress() {
          other ??= retryWhenBusy(() =>
            prisma.embeddingModel.create({ data: { id: clusterId, name: "Other", dimensions: 1 } }),
          ).then(() => ended.push("the other write"));
        },
      },
    )
    .finally(() => ended.push("storing"));
  await other;

  expect(published).toBe(true);
  expect(ended).toEqual(["the other write", "storing"]);
  expect(await prisma.clusterAssignment.count({ where: { clusterId } })).toBe(rows);
  expect(await prisma.spanningTreePiece.count({ where: { spanningTreeId: id } })).toBe(4);
});

/** A run of `rows` texts, each with an embedding of the model "Large". */
function runOf(rows: number): RunRecord {
  return {
    id: uuid(),
    network: ["Painter"],
    initialPrompt: "a prompt",
    seed: null,
    maxLength: null,
    metadata: null,
    invocations: Array.from({ length: rows }, (_, i) => ({
      id: uuid(),
      sequenceNumber: i,
      model: "Painter",
      type: "TEXT",
      seed: null,
      inputInvocationId: null,
      outputText: `text ${i}`,
      outputImage: null,
      startedAt: null,
      completedAt: null,
      externalId: null,
      metadata: null,
      embeddings: [{ id: uuid(), embeddingModel: "Large", vector: Float32Array.of(1, i) }],
    })),
  };
}
