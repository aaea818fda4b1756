import { parse } from "graphql";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { App } from "../../src/app.js";
import { clusterMerges } from "../../src/clustering/clusterMerges.js";
import { spanningTreeOf } from "../../src/jobs/clustering/spanningTreeBytes.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { dependsOn } from "../../src/server/cache/immutableResults.js";
import { executeInProcess } from "../../src/server/inProcess.js";
import { openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { type ClusterInput, clusterToEnd } from "./clusterToEnd.js";

/** Groups of equal size, so that only the medoids tell the labels of clusters, and copies. */
const rows = Array.from({ length: 144 }, (_, i) => {
  const [group, within] = [i % 12, Math.floor(i / 12) % 9];
  return Float32Array.of(7 * (group % 4) + Math.sin(within), (group * group) % 11, 1 + Math.cos(within) / 3);
});

let temporary: TemporaryApp;
let app: App;
/** The ids of the embeddings in canonical order, which is that of the rows. */
let embeddings: string[];
beforeAll(async () => {
  temporary = await openTemporaryApp({ queue: { pollMilliseconds: 20 } });
  app = temporary.app;
  await app.queue.start();
  embeddings = await writeRun(app, rows, { model: "Model" });
});
afterAll(() => temporary.close());

const cluster = (input: ClusterInput) => clusterToEnd(app, input);

const query = `query ($id: ID!) {
  clusteringResult(id: $id) { clusterCount merges { left right distance size } }
}`;

interface Merge {
  left: number;
  right: number;
  distance: number;
  size: number;
}

async function mergesOf(id: string): Promise<Merge[]> {
  const { data, errors } = await executeInProcess(app, { query, variables: { id } });
  expect(errors).toBeUndefined();
  return (data as unknown as { clusteringResult: { merges: Merge[] } }).clusteringResult.merges;
}

async function refusal(id: string) {
  return (await executeInProcess(app, { query, variables: { id } })).errors![0];
}

/** The label of each row, as it is stored. */
async function labelsOf(clusteringResultId: string): Promise<number[]> {
  const assignments = await app.database.prisma.clusterAssignment.findMany({
    where: { clusteringResultId },
    select: { embeddingId: true, cluster: { select: { label: true } } },
  });
  const labelOf = new Map(assignments.map(({ embeddingId, cluster }) => [embeddingId, cluster?.label ?? -1]));
  return embeddings.map((id) => labelOf.get(id)!);
}

it.each<[string, ClusterInput]>([
  ["the vectors themselves", { minClusterSize: 4, minSamples: 3, normalize: false }],
  [
    "an epsilon and the cosine",
    { minClusterSize: 3, minSamples: 2, metric: "COSINE", clusterSelectionEpsilon: 0.001 },
  ],
  [
    "reduced vectors",
    { minClusterSize: 4, minSamples: 3, normalize: false, reduction: { method: "PCA", dimensions: 2 } },
  ],
])("the merges are those of the stored clusters, by their labels: %s", async (_, input) => {
  const id = await cluster(input);
  const tree = spanningTreeOf(id, (await app.database.bulk.loadSpanningTree(id))!);
  const labels = await labelsOf(id);
  const ofPoint = new Int32Array(tree.weights.length);
  for (const [row, point] of tree.points.entries()) ofPoint[point] = labels[row];
  const clusterCount = Math.max(...labels) + 1;
  expect(clusterCount).toBeGreaterThan(3);
  const { first, second, distances, sizes } = clusterMerges(tree, ofPoint, clusterCount);
  expect(await mergesOf(id)).toEqual(
    Array.from(distances, (distance, i) => ({ left: first[i], right: second[i], distance, size: sizes[i] })),
  );
  expect(distances).toHaveLength(clusterCount - 1);
});

it("there are none of fewer than two clusters, or until the clustering has succeeded", async () => {
  expect(await mergesOf(await cluster({ minClusterSize: 140, minSamples: 3 }))).toEqual([]);
  await app.queue.stop();
  const outcome = await startClustering(app, { embeddingModel: "Model", minClusterSize: 5 }, "");
  if (!("id" in outcome)) throw new Error(outcome.message);
  expect(await mergesOf(outcome.id)).toEqual([]);
  await app.queue.start();
});

it("a tree that gives other clusters, or is not there, is a typed error, and the result stays readable", async () => {
  const id = await cluster({ minClusterSize: 5, minSamples: 4, normalize: false });
  const change = (data: object) => app.database.prisma.clusteringResult.update({ where: { id }, data });
  await change({ minClusterSize: 70 });
  expect(await refusal(id)).toMatchObject({
    message: expect.stringContaining("other clusters"),
    extensions: { code: "TREE_UNREADABLE" },
  });
  await change({ minClusterSize: 5, spanningTreeId: null });
  expect((await refusal(id)).extensions).toEqual({ code: "TREE_MISSING" });
  const clusters = `query ($id: ID!) { clusteringResult(id: $id) { clusters { edges { node { size } } } } }`;
  expect((await executeInProcess(app, { query: clusters, variables: { id } })).errors).toBeUndefined();
  await change({ spanningTreeId: id });
});

it("merges take two statements, and depend on the result's row alone", async () => {
  const id = await cluster({ minClusterSize: 4, minSamples: 3, normalize: false });
  await app.queue.stop(); // its statements would be counted
  const { statementCount } = app.database;
  const counts: number[] = [];
  // What the queue had begun before it was stopped may end during one of them.
  for (let attempt = 0; attempt < 5; attempt++) {
    const before = statementCount();
    await mergesOf(id);
    counts.push(statementCount() - before);
  }
  expect(Math.min(...counts)).toBe(2);
  expect(dependsOn(parse(query), undefined, { id })?.rows).toEqual([{ type: "ClusteringResult", uuid: id }]);
});
