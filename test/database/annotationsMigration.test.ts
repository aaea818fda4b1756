import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../../src/database/openDatabase.js";
import { type Fixture, id, openFixture, writeClustering, writeRuns } from "../fixtures.js";

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.close());

test("results and clusters from before annotations keep their rows, have none, and can be annotated", async () => {
  await writeRuns(fixture, { runs: 2 });
  await writeClustering(fixture, { embeddings: 10, assign: (n) => ({ label: n % 2 }) });
  const { prisma } = fixture;
  const rows = async () => ({
    results: await prisma.clusteringResult.findMany(),
    clusters: await prisma.cluster.findMany({ orderBy: { id: "asc" }, include: { assignments: true } }),
  });
  const before = await rows();
  for (const statement of [
    `DROP TABLE "ClusterAnnotation"`,
    `DROP TABLE "ClusteringResultAnnotation"`,
    `DELETE FROM "_prisma_migrations" WHERE "migration_name" LIKE '%_annotations'`,
  ]) {
    await prisma.$executeRawUnsafe(statement);
  }

  const applied: string[] = [];
  await (await openDatabase(fixture.url, { onMigrated: (name) => applied.push(name) })).close();

  expect(applied).toEqual([expect.stringMatching(/_annotations$/)]);
  expect(before.clusters).toHaveLength(2);
  expect(await rows()).toEqual(before);
  const query = `{ clusteringResult(id: "${id("ClusteringResult", 0)}") { name cluster(label: 1) { name note } } }`;
  expect(await fixture.data(query)).toEqual({
    clusteringResult: { name: null, cluster: { name: null, note: null } },
  });
  await fixture.data(
    `mutation { annotateCluster(input: { id: "${id("Cluster", 1)}", name: "odd" }) { __typename } }`,
  );
  expect(await fixture.data(query)).toEqual({
    clusteringResult: { name: null, cluster: { name: "odd", note: null } },
  });
});
