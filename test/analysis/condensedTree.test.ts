import { parse } from "graphql";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { App } from "../../src/app.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { dependsOn } from "../../src/server/cache/immutableResults.js";
import { executeInProcess } from "../../src/server/inProcess.js";
import { openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { type ClusterInput, clusterToEnd } from "./clusterToEnd.js";

/** Groups with groups within, copies, and rows between them. */
const rows = Array.from({ length: 160 }, (_, i) => {
  const [group, within] = [i % 8, Math.floor(i / 8) % 14];
  return i % 16 === 5
    ? Float32Array.of((i * 13) % 71, (i * i) % 37, 1 + (i % 19))
    : Float32Array.of(
        20 * (group % 3) + Math.sin(within * (group + 1)),
        5 * group + Math.cos(3 * within),
        1 + Math.sin(5 * within) / 3,
      );
});

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

interface TreeNode {
  number: number;
  parent: number | null;
  birthDistance: number;
  deathDistance: number;
  size: number;
  stability: number;
  cluster: { label: number; size: number; persistence: number } | null;
}

interface Page {
  totalCount: number;
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
  edges: { cursor: string; node: TreeNode }[];
}

const query = `query ($id: ID!, $first: Int, $last: Int, $after: String, $before: String) {
  clusteringResult(id: $id) {
    condensedTree(first: $first, last: $last, after: $after, before: $before) {
      totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      edges { cursor node {
        number parent birthDistance deathDistance size stability cluster { label size persistence } } }
    }
  }
}`;

const execute = (variables: Record<string, unknown>) =>
  executeInProcess<{ clusteringResult: { condensedTree: Page } }>(app, { query, variables });

async function pageOf(variables: Record<string, unknown>): Promise<Page> {
  const { data, errors } = await execute(variables);
  expect(errors).toBeUndefined();
  return data!.clusteringResult.condensedTree;
}

const nodesOf = async (id: string): Promise<TreeNode[]> =>
  (await pageOf({ id, first: 500 })).edges.map(({ node }) => node);

/** What holds of every condensed tree, and of the clusters that are selected from it. */
async function expectTree(id: string, nodes: TreeNode[]): Promise<void> {
  const clusters = await app.database.prisma.cluster.findMany({
    where: { clusteringResultId: id },
    orderBy: { label: "asc" },
  });
  expect(nodes.map(({ number }) => number)).toEqual(Array.from(nodes.keys()));
  expect(nodes[0]).toMatchObject({ parent: null, size: rows.length });
  for (const { number, parent, birthDistance, deathDistance, stability } of nodes) {
    expect(birthDistance).toBeGreaterThanOrEqual(deathDistance);
    expect(deathDistance).toBeGreaterThanOrEqual(0);
    expect(stability).toBeGreaterThanOrEqual(0);
    if (number === 0) continue;
    expect(parent).toBeLessThan(number);
    expect(birthDistance).toBe(nodes[parent!].deathDistance);
  }
  for (const { number, size } of nodes) {
    const children = nodes.filter(({ parent }) => parent === number);
    expect(children.length).not.toBe(1);
    expect(children.reduce((sum, child) => sum + child.size, 0)).toBeLessThanOrEqual(size);
    const numbers = children.map((child) => child.number);
    expect(numbers).toEqual(numbers.map((_, at) => numbers[0] + at));
  }
  const selected = nodes.filter((node) => node.cluster !== null);
  expect(selected.map((node) => node.cluster!.label).sort((a, b) => a - b)).toEqual(
    clusters.map(({ label }) => label),
  );
  for (const { number, size, cluster } of selected) {
    const { size: members } = clusters[cluster!.label];
    if (number > 0) expect(size).toBe(members);
    else expect(size).toBeGreaterThanOrEqual(members);
  }
  // Persistence is the share of the stability that a cluster could have had.
  const persistent = selected.filter(({ number }) => number > 0);
  const most = persistent.map(({ stability, cluster }) => stability / cluster!.size / cluster!.persistence);
  for (const each of most) expect(each).toBeCloseTo(most[0], 9);
}

it.each<[string, ClusterInput, number]>([
  ["the vectors themselves", { minClusterSize: 4, minSamples: 3, normalize: false }, 3],
  ["leaves", { minClusterSize: 3, minSamples: 2, clusterSelectionMethod: "LEAF" }, 3],
  ["an epsilon", { minClusterSize: 4, minSamples: 3, normalize: false, clusterSelectionEpsilon: 2 }, 3],
  [
    "reduced vectors",
    { minClusterSize: 4, minSamples: 3, normalize: false, reduction: { method: "PCA", dimensions: 2 } },
    3,
  ],
  ["one cluster", { minClusterSize: 70, minSamples: 3, normalize: false, allowSingleCluster: true }, 1],
  ["no cluster", { minClusterSize: 150, minSamples: 3 }, 1],
])("the tree is that of the stored clusters: %s", async (_, input, least) => {
  const id = await cluster(input);
  const nodes = await nodesOf(id);
  expect(nodes.length).toBeGreaterThanOrEqual(least);
  await expectTree(id, nodes);
});

it("comes in pages, from either end, which are read from one computation", async () => {
  const id = await cluster({ minClusterSize: 3, minSamples: 2, normalize: false });
  const all = await pageOf({ id, first: 500 });
  expect(all.totalCount).toBe(all.edges.length);
  expect(all.totalCount).toBeGreaterThan(9);
  const computed = () => app.analyses.seconds.get("condensedTree");
  const before = computed();
  const forwards: TreeNode[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Page = await pageOf({ id, first: 4, after });
    forwards.push(...page.edges.map(({ node }) => node));
    if (!page.pageInfo.hasNextPage) break;
    after = page.pageInfo.endCursor;
  }
  expect(forwards).toEqual(all.edges.map(({ node }) => node));
  const last = await pageOf({ id, last: 3, before: all.edges[7].cursor });
  expect(last.edges).toEqual(all.edges.slice(4, 7));
  expect(last.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: true });
  expect(computed()).toBe(before);
});

it("is empty until the clustering has succeeded, and refuses a wrong page before it computes anything", async () => {
  await app.queue.stop();
  const outcome = await startClustering(app, { embeddingModel: "Model", minClusterSize: 5 }, "");
  if (!("id" in outcome)) throw new Error(outcome.message);
  expect(await pageOf({ id: outcome.id })).toMatchObject({ totalCount: 0, edges: [] });
  const { errors } = await execute({ id: outcome.id, first: 501 });
  expect(errors![0]).toMatchObject({
    message: expect.stringContaining("501"),
    extensions: { code: "INVALID_INPUT" },
  });
  const cursor = Buffer.from(JSON.stringify(["ClusteringResult.clusters", 1])).toString("base64url");
  expect((await execute({ id: outcome.id, after: cursor })).errors![0].extensions.code).toBe("INVALID_INPUT");
  await app.queue.start();
});

it("a tree that gives other clusters, or is not there, is a typed error", async () => {
  const id = await cluster({ minClusterSize: 5, minSamples: 4, normalize: false });
  const change = (data: object) => app.database.prisma.clusteringResult.update({ where: { id }, data });
  await change({ minClusterSize: 70 });
  expect((await execute({ id })).errors![0]).toMatchObject({
    message: expect.stringContaining("other clusters"),
    extensions: { code: "TREE_UNREADABLE" },
  });
  await change({ minClusterSize: 5, spanningTreeId: null });
  expect((await execute({ id })).errors![0].extensions).toEqual({ code: "TREE_MISSING" });
  await change({ spanningTreeId: id });
  expect((await pageOf({ id, first: 1 })).edges).toHaveLength(1);
});

it("takes one statement for the clusters of whatever page once the tree is kept, and depends on the result's row alone", async () => {
  const id = await cluster({ minClusterSize: 4, minSamples: 3, normalize: false });
  const untilSelected = (await nodesOf(id)).findIndex((node) => node.cluster !== null) + 1;
  await app.queue.stop(); // its statements would be counted
  const { statementCount } = app.database;
  const counts = new Map<number, number>();
  for (const first of [untilSelected, 500]) {
    // What the queue had begun before it was stopped may end during one of them.
    for (let attempt = 0; attempt < 5; attempt++) {
      const before = statementCount();
      await pageOf({ id, first });
      counts.set(first, Math.min(statementCount() - before, counts.get(first) ?? Infinity));
    }
  }
  // The result, and the clusters of the page.
  expect([...counts.values()]).toEqual([2, 2]);
  expect(dependsOn(parse(query), undefined, { id })).toEqual({
    annotations: false,
    rows: [{ type: "ClusteringResult", uuid: id }],
  });
});
