import { afterAll, beforeAll, expect, test } from "vitest";
import type { App } from "../../src/app.js";
import type { ClusteringToStore } from "../../src/database/bulkStore.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { leaveClustering } from "../jobState.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";

let temporary: TemporaryApp;
let app: App;
let id: string;
let whole: ClusteringToStore;

const clusterIds = ["0198c1b2-0000-7000-8000-00000000000a", "0198c1b2-0000-7000-8000-00000000000b"];

beforeAll(async () => {
  temporary = await openTemporaryApp();
  app = temporary.app;
  await writeRun(app, groupedRows(2, 5));
  const outcome = await startClustering(app, { embeddingModel: "Model", minClusterSize: 2 }, "");
  if (!("id" in outcome)) throw new Error(outcome.message);
  id = outcome.id;
  const { prisma, bulk } = app.database;
  await leaveClustering(prisma, id, { status: "RUNNING", attempt: 1 });
  const { embeddingModelId } = await prisma.clusteringResult.findUniqueOrThrow({ where: { id } });
  const { ids } = await bulk.loadEmbeddings({ embeddingModelId });
  whole = {
    clusteringResultId: id,
    attempt: 1,
    embeddingIds: ids,
    inputDigest: "digest",
    engineVersion: "test",
    clusterIds,
    medoids: Int32Array.of(0, 1),
    sizes: Int32Array.of(5, 4),
    persistence: Float64Array.of(1, 1),
    labels: Int32Array.of(0, 1, 0, 1, 0, 1, 0, 1, 0, -1),
    probabilities: new Float64Array(10).fill(1),
    outlierScores: new Float64Array(10),
    distinctPoints: Int32Array.from({ length: 10 }, (_, i) => i),
  };
});
afterAll(() => temporary.close());

const stored = async () => {
  const { prisma } = app.database;
  const { status, clusterCount } = await prisma.clusteringResult.findUniqueOrThrow({ where: { id } });
  const clusters = await prisma.cluster.count();
  return { status, clusterCount, clusters, assignments: await prisma.clusterAssignment.count() };
};

test.each<[string, (whole: ClusteringToStore) => Partial<ClusteringToStore>, string]>([
  [
    "a medoid is a member of another cluster",
    () => ({ medoids: Int32Array.of(0, 2) }),
    "1 clusters hold no medoid among their members",
  ],
  [
    "the medoids of two clusters are exchanged",
    () => ({ medoids: Int32Array.of(1, 0) }),
    "2 clusters hold no medoid among their members",
  ],
  [
    "a medoid is an outlier",
    () => ({ medoids: Int32Array.of(0, 9) }),
    "1 clusters hold no medoid among their members",
  ],
  [
    "a medoid is not among the assignments",
    ({ labels }) => ({ labels: labels.slice(0, 9), medoids: Int32Array.of(0, 9) }),
    "1 clusters hold no medoid among their members",
  ],
  [
    "a cluster has no members",
    () => ({ labels: Int32Array.of(0, -1, 0, -1, 0, -1, 0, -1, 0, -1), sizes: Int32Array.of(5, 0) }),
    "1 clusters hold no medoid among their members",
  ],
  [
    "a cluster has fewer members than its size",
    () => ({ sizes: Int32Array.of(5, 5) }),
    "1 clusters hold more or fewer members than their size says",
  ],
  [
    "a cluster has more members than its size",
    () => ({ sizes: Int32Array.of(4, 4) }),
    "1 clusters hold more or fewer members than their size says",
  ],
])("nothing is published if %s", async (_, broken, reason) => {
  const storing = app.database.bulk.storeClustering({ ...whole, ...broken(whole) });
  await expect(storing).rejects.toThrow(reason);
  expect(await stored()).toEqual({ status: "RUNNING", clusterCount: null, clusters: 0, assignments: 0 });
});

test.each<[string, string, string]>([
  [
    "an assignment is lost on the way to the database",
    `DELETE FROM "ClusterAssignment" WHERE "clusterId" IS NULL`,
    "2 clusters and 9 assignments are staged, not 2 and 10",
  ],
  [
    "a cluster is lost on the way to the database",
    `DELETE FROM "Cluster" WHERE "label" = 1`,
    "1 clusters and 6 assignments are staged, not 2 and 10",
  ],
  [
    "a medoid's assignment is lost on the way to the database",
    `DELETE FROM "ClusterAssignment" WHERE "point" = 1`,
    "1 clusters hold no medoid among their members",
  ],
  [
    "a medoid is moved to another cluster on the way to the database",
    `UPDATE "ClusterAssignment" SET "clusterId" = '${clusterIds[0]}' WHERE "point" = 1`,
    "1 clusters hold no medoid among their members",
  ],
  [
    "a medoid has a different distinct vector than its cluster",
    `UPDATE "Cluster" SET "medoidPoint" = 3 WHERE "label" = 1`,
    "1 clusters hold no medoid among their members",
  ],
])("nothing is published if %s", async (_, damage, reason) => {
  const remove = await onLastAssignment(damage);
  await expect(app.database.bulk.storeClustering(whole)).rejects.toThrow(reason);
  expect(await stored()).toEqual({ status: "RUNNING", clusterCount: null, clusters: 0, assignments: 0 });
  await remove();
});

/**
 * Creates a trigger that does the damage, on whatever connection rows are staged. @returns a function that removes it
 */
async function onLastAssignment(damage: string): Promise<() => Promise<void>> {
  const { prisma, kind } = app.database;
  const [create, remove] =
    kind === "sqlite"
      ? [
          [
            `CREATE TRIGGER damage AFTER INSERT ON "ClusterAssignment" WHEN NEW."point" = 9 BEGIN ${damage}; END`,
          ],
          "DROP TRIGGER damage",
        ]
      : [
          [
            `CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${damage}; RETURN NULL; END $$`,
            `CREATE TRIGGER damage AFTER INSERT ON "ClusterAssignment" EXECUTE FUNCTION damage()`,
          ],
          "DROP FUNCTION damage CASCADE",
        ];
  for (const statement of create) await prisma.$executeRawUnsafe(statement);
  return async () => void (await prisma.$executeRawUnsafe(remove));
}

test("a result whose rows are consistent is published", async () => {
  expect(await app.database.bulk.storeClustering(whole)).toBe(true);
  expect(await stored()).toEqual({ status: "SUCCEEDED", clusterCount: 2, clusters: 2, assignments: 10 });
});
