import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { App } from "../../src/app.js";
import { hdbscan, pickParameters } from "../../src/clustering/index.js";
import { joiningCounts, outlierJoins } from "../../src/clustering/outlierJoins.js";
import { readUuid } from "../../src/database/copyFormat/uuidBytes.js";
import { executeInProcess } from "../../src/server/inProcess.js";
import { openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { type ClusterInput, clusterToEnd } from "./clusterToEnd.js";

/** Clumps with copies, and rows between them. */
const rows = Array.from({ length: 150 }, (_, i) =>
  i % 3 === 0
    ? Float32Array.of(3 + ((i * 13) % 71), 4 + ((i * i) % 37), 1 + (i % 19))
    : Float32Array.of(
        20 * (i % 4) + Math.sin(i % 40),
        9 + Math.cos(3 * (i % 40)),
        1 + Math.sin(5 * (i % 40)),
      ),
);

let temporary: TemporaryApp;
let app: App;
beforeAll(async () => {
  temporary = await openTemporaryApp({ queue: { pollMilliseconds: 20 } });
  app = temporary.app;
  await app.queue.start();
  await writeRun(app, rows, { model: "Model" });
});
afterAll(() => temporary.close());

const cluster = (input: ClusterInput) => clusterToEnd(app, input);

const query = `query ($id: ID!, $first: Int = 500, $within: [Float!]!) {
  clusteringResult(id: $id) {
    clusterCount outlierCount
    joiningOutliers(within: $within) { within outlierCount }
    outliers(first: $first) { edges { joinsAt nearestCluster { label } node { id } } }
  }
}`;

interface Outlier {
  joinsAt: number | null;
  nearestCluster: { label: number } | null;
  node: { id: string };
}

const execute = (variables: object) =>
  executeInProcess<{
    clusteringResult: {
      clusterCount: number;
      joiningOutliers: { within: number; outlierCount: number }[];
      outliers: { edges: Outlier[] };
    };
  }>(app, { query, variables: { within: [1.1], ...variables } });

/** What the engine gives for the embeddings of a result: by the id of each outlier, and the counts. */
async function expected(id: string, within: number[]) {
  const { prisma, bulk } = app.database;
  const row = await prisma.clusteringResult.findUniqueOrThrow({ where: { id } });
  const loaded = await bulk.loadEmbeddings({ embeddingModelId: row.embeddingModelId });
  const reduction = row.reduction === null ? null : JSON.parse(row.reduction);
  const { labels, spanningTree, sizes } = await hdbscan(
    { data: loaded.vectors, dimensions: loaded.dimensions },
    { ...pickParameters(row), reduction },
  );
  const { points, weights } = spanningTree;
  const ofPoint = new Int32Array(weights.length);
  for (const [at, point] of points.entries()) ofPoint[point] = labels[at];
  const { nearestClusters, joinsAt } = outlierJoins(spanningTree, ofPoint);
  const joins = new Map<string, Omit<Outlier, "node">>();
  for (const [at, label] of labels.entries()) {
    if (label >= 0) continue;
    const nearest = nearestClusters[points[at]];
    joins.set(`Embedding:${readUuid(loaded.ids, at * 16)}`, {
      joinsAt: nearest < 0 ? null : joinsAt[points[at]],
      nearestCluster: nearest < 0 ? null : { label: nearest },
    });
  }
  const counts = joiningCounts(spanningTree, ofPoint, sizes.length, within);
  return { joins, counts: within.map((factor, at) => ({ within: factor, outlierCount: counts[at] })) };
}

describe("outliers meet the clusters that the engine's tree says", () => {
  it.each<[string, ClusterInput]>([
    ["of scaled rows", { minClusterSize: 6, minSamples: 3 }],
    ["of rows as they are", { minClusterSize: 6, minSamples: 3, normalize: false }],
    ["with an epsilon", { minClusterSize: 4, minSamples: 4, normalize: false, clusterSelectionEpsilon: 1.5 }],
    ["of one cluster", { minClusterSize: 40, minSamples: 3, normalize: false, allowSingleCluster: true }],
    [
      "of reduced rows",
      { minClusterSize: 6, minSamples: 3, normalize: false, reduction: { method: "PCA", dimensions: 2 } },
    ],
    [
      "of rows that reducing makes equal",
      { minClusterSize: 6, minSamples: 3, normalize: false, reduction: { method: "PCA", dimensions: 1 } },
    ],
    ["without any cluster", { minClusterSize: 140, minSamples: 3 }],
  ])("%s", async (what, input) => {
    const id = await cluster(input);
    const within = [0, 1, 1.1, 2.5];
    const { joins, counts } = await expected(id, within);
    const { data, errors } = await execute({ id, within });
    expect(errors).toBeUndefined();
    const { outliers, joiningOutliers, clusterCount } = data!.clusteringResult;
    expect(clusterCount === 0).toBe(what === "without any cluster");
    expect(joins.size).toBeGreaterThan(0);
    expect(new Map(outliers.edges.map(({ node, ...join }) => [node.id, join]))).toEqual(joins);
    expect(joiningOutliers).toEqual(counts);
  });
});

describe("what cannot be answered", () => {
  it.each<[string, number[], string, string]>([
    ["a negative multiple", [1, -0.5], "within.1", "-0.5"],
    ["more than twenty", Array.from({ length: 21 }, (_, n) => n), "within", "21"],
  ])("%s is refused by its argument", async (_, within, path, value) => {
    const id = await cluster({ minClusterSize: 6, minSamples: 3 });
    const { errors } = await execute({ id, within });
    expect(errors).toMatchObject([
      { extensions: { code: "INVALID_INPUT", issues: [{ path: path.split("."), value }] } },
    ]);
  });

  it("a result without a tree, or with that of other clusters, says so and what to do", async () => {
    const { prisma } = app.database;
    const id = await cluster({ minClusterSize: 7, minSamples: 2 });
    const where = { id };
    const { spanningTreeId } = await prisma.clusteringResult.findUniqueOrThrow({ where });
    const codes = async () => {
      const { data, errors } = await execute({ id, first: 1 });
      expect(data?.clusteringResult ?? null).toBeNull();
      for (const { message } of errors!) expect(message).toContain("medoid verify --store-tree");
      return new Set(errors!.map(({ extensions }) => extensions.code));
    };
    await prisma.clusteringResult.update({ where, data: { spanningTreeId: null } });
    expect(await codes()).toEqual(new Set(["TREE_MISSING"]));
    await prisma.clusteringResult.update({ where, data: { spanningTreeId } });
    const [first, second] = await prisma.cluster.findMany({
      where: { clusteringResultId: id },
      orderBy: { label: "asc" },
    });
    const data = { medoidPoint: second.medoidPoint };
    await prisma.cluster.update({ where: { id: first.id }, data });
    expect(await codes()).toEqual(new Set(["TREE_UNREADABLE"]));
  });
});

it("all outliers of a page are found at once, in a number of statements that does not grow", async () => {
  const id = await cluster({ minClusterSize: 6, minSamples: 3 });
  await app.queue.stop(); // its statements would be counted
  const { statementCount } = app.database;
  const run = vi.spyOn(app.analyses, "run");
  const statements: number[] = [];
  for (const first of [2, 30]) {
    let least = Infinity;
    // What the queue had begun before it was stopped may end during one of them.
    for (let attempt = 0; attempt < 3; attempt++) {
      run.mockClear();
      const before = statementCount();
      const { data } = await execute({ id, first, within: [1] });
      least = Math.min(least, statementCount() - before);
      expect(data!.clusteringResult.outliers.edges).toHaveLength(first);
      expect(run.mock.calls.map(([name]) => name).sort()).toEqual(["joiningCounts", "outlierJoins"]);
    }
    statements.push(least);
  }
  // The result, the page, the numbers of its vectors, the clusters, these again for the counts, and those that are met.
  expect(statements).toEqual([6, 6]);
  run.mockRestore();
});
