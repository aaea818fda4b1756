import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../../src/database/openDatabase.js";
import {
  type Fixture,
  id,
  openFixture,
  uuid,
  writeClustering,
  writeQueuedClustering,
  writeRuns,
} from "../fixtures.js";

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 2 });
});
afterEach(() => fixture.close());

const finish = (result: number) =>
  writeClustering(fixture, { result, embeddings: 10, assign: () => ({ label: 0 }) });
const latest = async (embeddingModel?: string) => {
  const { latestClusteringResult } = await fixture.data(
    `query($model: String) { latestClusteringResult(embeddingModel: $model) { id } }`,
    { model: embeddingModel },
  );
  return latestClusteringResult?.id ?? null;
};
const finishAt = (result: number, finishedAt: string) =>
  fixture.prisma.clusteringResult.update({
    where: { id: uuid("ClusteringResult", result) },
    data: { finishedAt: new Date(finishedAt) },
  });
const numbers = async () => {
  const rows = await fixture.prisma.clusteringResult.findMany({ orderBy: { createdAt: "asc" } });
  return rows.map(({ finishingNumber }) => finishingNumber);
};

test("the latest result is the last to succeed, even if it was requested first and the clock was set back", async () => {
  expect(await latest()).toBeNull();
  for (const result of [4, 2, 0]) {
    await finish(result);
    await finishAt(result, `2026-01-01T0${result}:00:00Z`);
    expect(await latest()).toBe(id("ClusteringResult", result));
    expect(await latest("words")).toBe(id("ClusteringResult", result));
  }
  await writeQueuedClustering(fixture, 6);
  expect(await numbers()).toEqual([3, 2, 1, null]);
  expect(await latest()).toBe(id("ClusteringResult", 0));
  expect(await latest("other words")).toBeNull();
  const { clusteringResults } = await fixture.data(`{ clusteringResults { edges { node { id } } } }`);
  expect(clusteringResults.edges.map(({ node }: { node: { id: string } }) => node.id)).toEqual(
    [6, 4, 2, 0].map((result) => id("ClusteringResult", result)),
  );
});

test("if the latest is deleted, the one that finished before it is the latest", async () => {
  for (const result of [4, 0]) await finish(result);

  await fixture.prisma.clusteringResult.delete({ where: { id: uuid("ClusteringResult", 0) } });
  expect(await latest()).toBe(id("ClusteringResult", 4));
  await finish(2);
  expect(await latest()).toBe(id("ClusteringResult", 2));
});

test("results that finish at the same time are numbered one after the other", async () => {
  await Promise.all(Array.from({ length: 6 }, (_, n) => finish(2 * n)));
  expect((await numbers()).toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
});

test("results from before this number existed are numbered by the time at which they finished", async () => {
  for (const result of [0, 2, 4]) await finish(result);
  await writeQueuedClustering(fixture, 6);
  await finishAt(0, "2026-01-02T00:00:00Z");
  await finishAt(2, "2026-01-03T00:00:00Z");
  await finishAt(4, "2026-01-02T00:00:00Z");
  const before = [
    `DROP INDEX "ClusteringResult_finishingNumber_key"`,
    `DROP INDEX "ClusteringResult_embeddingModelId_finishingNumber_idx"`,
    `ALTER TABLE "ClusteringResult" DROP COLUMN "finishingNumber"`,
    `DELETE FROM "_prisma_migrations" WHERE "migration_name" LIKE '%_finishing_order'`,
  ];
  for (const statement of before) await fixture.prisma.$executeRawUnsafe(statement);
  await (await openDatabase(fixture.url)).close();
  expect(await numbers()).toEqual([1, 3, 2, null]);
  expect(await latest()).toBe(id("ClusteringResult", 2));
});
