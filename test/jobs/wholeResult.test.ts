import { afterAll, beforeAll, expect, test } from "vitest";
import type { App } from "../../src/app.js";
import type { ClusteringToStore } from "../../src/database/bulkStore.js";
import { sqliteClusteringStagingStore } from "../../src/database/sqlite/clusteringStagingStore.js";
import { openConnection } from "../../src/database/sqlite/connection.js";
import { bytesPerPiece } from "../../src/database/storing/spanningTrees.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { leaveClustering } from "../jobState.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { testedKind } from "../testDatabase.js";

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
    reduction: null,
    placedCount: 0,
    clusterIds,
    medoids: Int32Array.of(0, 1),
    sizes: Int32Array.of(5, 4),
    persistence: Float64Array.of(1, 1),
    labels: Int32Array.of(0, 1, 0, 1, 0, 1, 0, 1, 0, -1),
    probabilities: new Float64Array(10).fill(1),
    outlierScores: new Float64Array(10),
    distinctPoints: Int32Array.from({ length: 10 }, (_, i) => i),
    spanningTree: { bytes: new Uint8Array(bytesPerPiece + 5).fill(3), storedAs: null },
  };
});
afterAll(() => temporary.close());

const stored = async () => {
  const { prisma } = app.database;
  const { status, clusterCount } = await prisma.clusteringResult.findUniqueOrThrow({ where: { id } });
  const clusters = await prisma.cluster.count();
  const assignments = await prisma.clusterAssignment.count();
  const trees = (await prisma.spanningTree.count()) + (await prisma.spanningTreePiece.count());
  return { status, clusterCount, clusters, assignments, trees };
};
const nothing = { status: "RUNNING", clusterCount: null, clusters: 0, assignments: 0, trees: 0 };

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
  expect(await stored()).toEqual(nothing);
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
    "a cluster is lost on the way to the database, and its members become outliers",
    `UPDATE "ClusterAssignment" SET "clusterId" = NULL WHERE "clusterId" = '${clusterIds[1]}';
     DELETE FROM "Cluster" WHERE "label" = 1`,
    "1 clusters and 10 assignments are staged, not 2 and 10",
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
  const remove = await onInsert("ClusterAssignment", `"point" = 9`, damage);
  await expect(app.database.bulk.storeClustering(whole)).rejects.toThrow(reason);
  expect(await stored()).toEqual(nothing);
  await remove();
});

test.each([
  ["a piece of its spanning tree is", `DELETE FROM "SpanningTreePiece" WHERE "number" = 0`, 5],
  ["its spanning tree is", `DELETE FROM "SpanningTreePiece"`, 0],
])("nothing is published if %s lost on the way to the database", async (_, damage, left) => {
  const remove = await onInsert("SpanningTreePiece", `"number" = 1`, damage);
  await expect(app.database.bulk.storeClustering(whole)).rejects.toThrow(
    `${left} bytes of the spanning tree are staged, not ${bytesPerPiece + 5}`,
  );
  expect(await stored()).toEqual(nothing);
  await remove();
});

test.each([
  ["another attempt has begun", `"attempt" = 2`, `"attempt" = 1`],
  ["the job is cancelled", `"status" = 'CANCELLED'`, `"status" = 'RUNNING'`],
])("nothing is published if %s once all rows are staged", async (_, change, back) => {
  const remove = await onInsert(
    "SpanningTreePiece",
    `"number" = 1`,
    `UPDATE "Job" SET ${change} WHERE "id" = '${id}'`,
  );
  expect(await app.database.bulk.storeClustering(whole)).toBe(false);
  expect(await stored()).toEqual(nothing);
  await remove();
  await app.database.prisma.$executeRawUnsafe(`UPDATE "Job" SET ${back} WHERE "id" = '${id}'`);
});

test.runIf(testedKind === "sqlite")(
  "rows that another process changes after the check are checked again",
  async () => {
    const [connection, other] = [1, 2].map(() => openConnection(app.database.url));
    try {
      const store = sqliteClusteringStagingStore(connection);
      store.insertClusters(whole);
      store.insertAssignments(whole, 0, 10);
      store.insertTree(whole, { id, byteLength: 0, checksum: "" });
      const seen: number[] = [];
      expect(() =>
        store.publish(whole, id, ({ assignments }) => {
          seen.push(assignments);
          if (assignments < 10) throw new Error("incomplete");
          other.exec(`DELETE FROM "ClusterAssignment" WHERE "point" = 9`);
        }),
      ).toThrow("incomplete");
      expect(seen).toEqual([10, 9]);
      expect(await stored()).toMatchObject({ status: "RUNNING", clusterCount: null });
    } finally {
      connection.close();
      other.close();
    }
    await app.database.prisma.$executeRawUnsafe(`DELETE FROM "ClusterAssignment"`);
    await app.database.prisma.$executeRawUnsafe(`DELETE FROM "Cluster"`);
    await app.database.prisma.$executeRawUnsafe(`DELETE FROM "SpanningTree"`);
  },
);

/**
 * Creates a trigger that does the damage once a row of the table that satisfies the condition is staged, on whatever
 * connection rows are staged: on PostgreSQL at the commit. @returns a function that removes it
 */
async function onInsert(table: string, condition: string, damage: string): Promise<() => Promise<void>> {
  const { prisma, kind } = app.database;
  const [create, remove] =
    kind === "sqlite"
      ? [
          [`CREATE TRIGGER damage AFTER INSERT ON "${table}" WHEN NEW.${condition} BEGIN ${damage}; END`],
          "DROP TRIGGER damage",
        ]
      : [
          [
            `CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${damage}; RETURN NULL; END $$`,
            `CREATE CONSTRAINT TRIGGER damage AFTER INSERT ON "${table}" DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW WHEN (NEW.${condition}) EXECUTE FUNCTION damage()`,
          ],
          "DROP FUNCTION damage CASCADE",
        ];
  for (const statement of create) await prisma.$executeRawUnsafe(statement);
  return async () => void (await prisma.$executeRawUnsafe(remove));
}

test("a result whose rows are consistent is published", async () => {
  expect(await app.database.bulk.storeClustering(whole)).toBe(true);
  expect(await stored()).toEqual({
    ...{ status: "SUCCEEDED", clusterCount: 2, clusters: 2, assignments: 10 },
    trees: 3, // its row and two pieces
  });
  const { prisma, bulk } = app.database;
  expect((await prisma.clusteringResult.findUniqueOrThrow({ where: { id } })).spanningTreeId).toBe(id);
  const bytes = await bulk.loadSpanningTree(id);
  expect(bytes && Buffer.from(bytes).equals(whole.spanningTree.bytes)).toBe(true);
});
