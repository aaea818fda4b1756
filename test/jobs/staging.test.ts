import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openConnection } from "../../src/database/sqlite/connection.js";
import { executeInProcess } from "../../src/execute.js";
import { hdbscanEngine } from "../../src/jobs/engine.js";
import type { Medoid } from "../../src/medoid.js";
import { startClustering } from "../../src/resolvers/startClustering.js";
import { groupedRows, openTemporaryMedoid, type TemporaryMedoid, writeRun } from "../temporaryMedoid.js";

const clusterId = "0198c1b2-0000-7000-8000-00000000000c";

let temporary: TemporaryMedoid;
let medoid: Medoid;
let embeddingIds: string[];
beforeEach(async () => {
  temporary = await openTemporaryMedoid({ queue: { pollMilliseconds: 20 } });
  medoid = temporary.medoid;
  embeddingIds = await writeRun(medoid, groupedRows(3, 8));
});
afterEach(() => temporary.close());

/** A clustering whose worker died while it stored: one cluster and two assignments are staged. */
async function stagedAndDied(status: "RUNNING" | "CANCELLED" | "FAILED"): Promise<string> {
  const outcome = await startClustering(medoid, { embeddingModel: "Model" }, "");
  if (!("id" in outcome)) throw new Error(outcome.message);
  const { prisma } = medoid.database;
  const { id: clusteringResultId } = outcome;
  await prisma.clusteringResult.update({
    where: { id: clusteringResultId },
    data: { status, attempt: 1, leaseOwner: "dead", leaseExpiresAt: new Date(0) },
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
  return clusteringResultId;
}

const count = async () => ({
  clusters: await medoid.database.prisma.cluster.count(),
  assignments: await medoid.database.prisma.clusterAssignment.count(),
});
const status = async (id: string) =>
  (await medoid.database.prisma.clusteringResult.findUniqueOrThrow({ where: { id } })).status;

describe("what is staged before a result succeeds", () => {
  it("is shown by no query", async () => {
    const id = await stagedAndDied("RUNNING");

    const { data, errors } = await executeInProcess(medoid, {
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

  it("is replaced by the next attempt", async () => {
    const id = await stagedAndDied("RUNNING");

    await medoid.queue.start();

    await expect.poll(() => status(id), { timeout: 10_000 }).toBe("SUCCEEDED");
    expect(await count()).toEqual({ clusters: 3, assignments: 24 });
    expect(await medoid.database.prisma.cluster.findUnique({ where: { id: clusterId } })).toBeNull();
  });

  it.each(["CANCELLED", "FAILED"] as const)(
    "is removed at the next start where the result is %s",
    async (of) => {
      await stagedAndDied(of);
      expect(await count()).toEqual({ clusters: 1, assignments: 2 });

      await medoid.queue.start();

      await expect.poll(count).toEqual({ clusters: 0, assignments: 0 });
    },
  );

  it("is left alone by an attempt that another has taken over from", async () => {
    const id = await stagedAndDied("RUNNING");
    await medoid.database.prisma.clusteringResult.update({ where: { id }, data: { attempt: 2 } });
    const rows = Float32Array.from(groupedRows(3, 8).flatMap((row) => [...row]));
    const result = await hdbscanEngine.cluster({ data: rows, dimensions: 4 }, { normalize: true });

    const published = await medoid.database.bulk.storeClustering({
      ...result,
      clusteringResultId: id,
      attempt: 1,
      embeddingIds: new Uint8Array(16 * 24),
      inputDigest: "",
      engineVersion: "1",
      clusterIds: Array.from(result.medoids, (_, i) => `0198c1b2-0000-7000-8000-00000000000${i}`),
    });

    expect(published).toBe(false);
    expect(await count()).toEqual({ clusters: 1, assignments: 2 });
  });
});

it("a result of many rows is stored while others write", async () => {
  const rows = 12_000;
  const row = (i: number) => Float32Array.from([1, (i % 3) * 10, Math.floor(i / 3) * 1e-4]);
  await writeRun(
    medoid,
    Array.from({ length: rows }, (_, i) => row(i)),
    { model: "Large" },
  );
  const outcome = await startClustering(medoid, { embeddingModel: "Large", normalize: false }, "");
  if (!("id" in outcome)) throw new Error(outcome.message);
  const other = openConnection(temporary.databaseUrl);
  const stages = new Set<string | null>();
  let written = 0;

  await medoid.queue.start();
  while ((await status(outcome.id)) !== "SUCCEEDED") {
    const { stage } = await medoid.database.prisma.clusteringResult.findUniqueOrThrow({
      where: { id: outcome.id },
    });
    stages.add(stage);
    try {
      other.exec("BEGIN IMMEDIATE");
      other.exec("COMMIT");
      if (stage === "STORING") written++;
    } catch {
      // The lock is held by the one that stores; it is let go a moment later.
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  other.close();

  expect(written).toBeGreaterThan(0);
  expect(await medoid.database.prisma.clusterAssignment.count()).toBe(rows);
});
