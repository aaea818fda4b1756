import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { startMap } from "../../src/resolvers/maps/startMap.js";
import { openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";

/** Vectors of which a layout has too few, too many equal ones, or too few links between them. */
const cases: [name: string, neighbours: number, rows: number[][]][] = [
  ["one distinct vector", 15, Array.from({ length: 20 }, () => [1, 2, 3])],
  ["two distinct vectors", 15, Array.from({ length: 20 }, (_, k) => [1, k % 2, 3])],
  ["fewer distinct vectors than neighbours", 15, Array.from({ length: 9 }, (_, k) => [1, k, 3])],
  ["as many neighbours as distinct vectors", 9, Array.from({ length: 18 }, (_, k) => [1, k % 9, 3])],
  ["masses of copies", 5, Array.from({ length: 400 }, (_, k) => [1 + (k % 7), k % 3, k % 2])],
  ["a line", 15, Array.from({ length: 40 }, (_, k) => [k + 1, 2 * k + 2, 3 * k + 3])],
  [
    "groups without a link",
    3,
    Array.from({ length: 24 }, (_, k) => [1 + 1e6 * (k % 3), k, 1 + 1e6 * (k % 3) ** 2]),
  ],
];

let temporary: TemporaryApp;
const embeddings = new Map<string, string[]>();
beforeAll(async () => {
  temporary = await openTemporaryApp({ queue: { pollMilliseconds: 20, leaseMilliseconds: 60_000 } });
  const { app } = temporary;
  for (const [name, , rows] of cases) embeddings.set(name, await writeRun(app, rows, { model: name }));
  await app.queue.start();
});
afterAll(() => temporary.close());

async function untilSucceeded(id: string): Promise<void> {
  const { app } = temporary;
  for await (const _ of app.changes.watch(id, AbortSignal.timeout(200_000))) {
    const { status } = await app.database.prisma.job.findUniqueOrThrow({ where: { id } });
    if (status === "QUEUED" || status === "RUNNING") continue;
    expect(status).toBe("SUCCEEDED");
    return;
  }
}

function idOf(outcome: { id: string } | Error | { message: string }): string {
  if (!("id" in outcome)) throw new Error(outcome.message);
  return outcome.id;
}

describe.each(["UMAP", "PCA"] as const)("%s", (method) => {
  it.each(cases)(
    "of %s makes a map of finite places, equal for equal vectors",
    async (name, neighbours, rows) => {
      const { app } = temporary;
      const parameters = method === "UMAP" ? { neighbours } : {};
      const input = { embeddingModel: name, method, normalize: false, ...parameters };
      const id = idOf(await startMap(app, input, ""));
      await untilSucceeded(id);

      const { prisma } = app.database;
      const map = await prisma.embeddingMap.findUniqueOrThrow({ where: { id } });
      const distinct = new Set(rows.map(String)).size;
      expect(map.neighbours).toBe(method === "UMAP" ? Math.min(neighbours, distinct) : null);
      expect(map.trustworthiness).toBeGreaterThanOrEqual(0);
      expect(map.trustworthiness).toBeLessThanOrEqual(1);
      const positions = await prisma.mapPosition.findMany({ where: { embeddingMapId: id } });
      const placeOf = new Map(positions.map(({ embeddingId, x, y }) => [embeddingId, { x, y }]));
      const byVector = new Map<string, object>();
      embeddings.get(name)!.forEach((embeddingId, k) => {
        const { x, y } = placeOf.get(embeddingId)!;
        expect([Number.isFinite(x), Number.isFinite(y)]).toEqual([true, true]);
        const vector = String(rows[k]);
        if (!byVector.has(vector)) byVector.set(vector, { x, y });
        expect({ x, y }).toEqual(byVector.get(vector));
      });
      expect(positions.length).toBe(rows.length);
    },
  );

  it.each(cases)("of %s is clustered without NaN", async (name, neighbours, rows) => {
    const { app } = temporary;
    const reduction = { method, dimensions: 2, ...(method === "UMAP" ? { neighbours } : {}) };
    const id = idOf(await startClustering(app, { embeddingModel: name, normalize: false, reduction }, ""));
    await untilSucceeded(id);

    const { prisma } = app.database;
    const assignments = await prisma.clusterAssignment.findMany({ where: { clusteringResultId: id } });
    expect(assignments.length).toBe(rows.length);
    for (const { probability, outlierScore } of assignments) {
      for (const value of [probability, outlierScore]) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
      }
    }
    const clusters = await prisma.cluster.findMany({ where: { clusteringResultId: id } });
    const clusterOf = new Map(assignments.map(({ embeddingId, clusterId }) => [embeddingId, clusterId]));
    for (const cluster of clusters) {
      expect(Number.isFinite(cluster.persistence)).toBe(true);
      expect(clusterOf.get(cluster.medoidEmbeddingId)).toBe(cluster.id);
    }
  });
});
