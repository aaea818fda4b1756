import { parse } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAnalyses } from "../../src/analysis/analyses.js";
import type { App } from "../../src/app.js";
import { storedTree } from "../../src/database/storing/spanningTrees.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { dependsOn } from "../../src/server/cache/immutableResults.js";
import { executeInProcess } from "../../src/server/inProcess.js";
import { createServer } from "../../src/server/server.js";
import { agreementByPairs } from "../clustering/agreementByPairs.js";
import { openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { type ClusterInput, clusterToEnd } from "./clusterToEnd.js";

/** Rows on a coarse grid and in clumps, many of them more than once. */
const rows = Array.from({ length: 160 }, (_, i) =>
  i % 3 === 0
    ? Float32Array.of(1 + ((i * 7) % 5), 1 + ((i * i) % 4), 1 + (i % 11 === 0 ? 9 : i % 3))
    : Float32Array.of(20 * (i % 4) + Math.sin(i), 9 + Math.cos(3 * i), 1 + Math.sin(5 * i) / (1 + (i % 7))),
);

let temporary: TemporaryApp;
let app: App;
/** The bare id of a result with maxClusterSize and an epsilon. */
let bounded: string;
/** The bare id of a result with neither. */
let plain: string;

beforeAll(async () => {
  temporary = await openTemporaryApp({ queue: { pollMilliseconds: 20 } });
  app = temporary.app;
  await app.queue.start();
  await writeRun(app, rows, { model: "Model" });
  plain = await cluster({ minClusterSize: 6, minSamples: 3, normalize: false });
  bounded = await cluster({
    ...{ minClusterSize: 4, minSamples: 3, normalize: false, maxClusterSize: 40 },
    ...{ clusterSelectionEpsilon: 0.7, allowSingleCluster: true },
  });
});
afterAll(() => temporary.close());

const cluster = (input: ClusterInput) => clusterToEnd(app, input);

const query = `query ($id: ID!, $input: SweepInput!) {
  clusteringResult(id: $id) {
    status
    sweep(input: $input) {
      minClusterSize clusterSelectionMethod clusterSelectionEpsilon
      clusterCount outlierCount largestClusterSize adjustedRandIndex adjustedRandIndexToSmaller
    }
  }
}`;

interface Point {
  minClusterSize: number;
  clusterSelectionMethod: "EXCESS_OF_MASS" | "LEAF";
  clusterSelectionEpsilon: number;
  clusterCount: number;
  outlierCount: number;
  largestClusterSize: number;
  adjustedRandIndex: number;
  adjustedRandIndexToSmaller: number | null;
}

async function sweep(id: string, input: object): Promise<Point[]> {
  const { data, errors } = await executeInProcess(app, { query, variables: { id, input } });
  expect(errors).toBeUndefined();
  return (data as unknown as { clusteringResult: { sweep: Point[] } }).clusteringResult.sweep;
}

/** The first error of a sweep. */
async function refusal(id: string, input: object) {
  const { errors } = await executeInProcess(app, { query, variables: { id, input } });
  return errors![0];
}

/** The label of each embedding in the order of the ids, and the clusters' sizes. */
async function stored(clusteringResultId: string) {
  const { prisma } = app.database;
  const clusters = await prisma.cluster.findMany({ where: { clusteringResultId } });
  const labelOf = new Map(clusters.map(({ id, label }) => [id, label]));
  const assignments = await prisma.clusterAssignment.findMany({
    where: { clusteringResultId },
    orderBy: { embeddingId: "asc" },
  });
  const labels = Int32Array.from(assignments, ({ clusterId }) => labelOf.get(clusterId ?? "") ?? -1);
  return { labels, sizes: clusters.map(({ size }) => size) };
}

describe("each point is what a clustering with its parameters gives", () => {
  it.each<[string, () => string, object]>([
    [
      "sizes and methods",
      () => plain,
      { minClusterSizes: [12, 3], clusterSelectionMethods: ["LEAF", "EXCESS_OF_MASS"] },
    ],
    [
      "epsilons and a single cluster",
      () => plain,
      { minClusterSizes: [5], clusterSelectionEpsilons: [0, 2.5], allowSingleCluster: true },
    ],
    ["the result's own maxClusterSize and epsilon", () => bounded, { minClusterSizes: [4, 9] }],
    [
      "LEAF, without the result's maxClusterSize",
      () => bounded,
      { minClusterSizes: [4], clusterSelectionMethods: ["LEAF"] },
    ],
  ])("%s", async (_, of, input) => {
    const id = of();
    const own = await stored(id);
    const row = await app.database.prisma.clusteringResult.findUniqueOrThrow({ where: { id } });
    const points = await sweep(id, input);
    const labelsBefore = new Map<string, { size: number; labels: Int32Array }>();
    const found = new Map<Point, Int32Array>();
    for (const point of points) {
      const { minClusterSize, clusterSelectionMethod, clusterSelectionEpsilon } = point;
      const again = await cluster({
        ...{ minClusterSize, clusterSelectionMethod, clusterSelectionEpsilon },
        ...{ minSamples: row.minSamples, normalize: row.normalize },
        maxClusterSize: clusterSelectionMethod === "LEAF" ? null : row.maxClusterSize,
        allowSingleCluster: "allowSingleCluster" in input ? true : row.allowSingleCluster,
      });
      const { labels, sizes } = await stored(again);
      found.set(point, labels);
      expect(point).toMatchObject({
        clusterCount: sizes.length,
        outlierCount: labels.filter((label) => label < 0).length,
        largestClusterSize: Math.max(0, ...sizes),
        adjustedRandIndex: expect.closeTo(agreementByPairs(labels, own.labels), 12),
      });
    }
    for (const point of [...points].sort((a, b) => a.minClusterSize - b.minClusterSize)) {
      const key = `${point.clusterSelectionMethod} ${point.clusterSelectionEpsilon}`;
      const before = labelsBefore.get(key);
      const labels = found.get(point)!;
      expect(point.adjustedRandIndexToSmaller).toEqual(
        before === undefined ? null : expect.closeTo(agreementByPairs(labels, before.labels), 12),
      );
      labelsBefore.set(key, { size: point.minClusterSize, labels });
    }
  });

  it("in the order of the combinations, with the result's own values by default", async () => {
    const parametersOf = ({ minClusterSize, clusterSelectionMethod, clusterSelectionEpsilon }: Point) =>
      `${minClusterSize} ${clusterSelectionMethod} ${clusterSelectionEpsilon}`;
    expect((await sweep(bounded, { minClusterSizes: [7, 2] })).map(parametersOf)).toEqual([
      "7 EXCESS_OF_MASS 0.7",
      "2 EXCESS_OF_MASS 0.7",
    ]);
    const input = {
      ...{ minClusterSizes: [7, 2], clusterSelectionMethods: ["LEAF", "EXCESS_OF_MASS"] },
      clusterSelectionEpsilons: [1, 0],
    };
    expect((await sweep(bounded, input)).map(parametersOf)).toEqual([
      ...["7 LEAF 1", "7 LEAF 0", "7 EXCESS_OF_MASS 1", "7 EXCESS_OF_MASS 0"],
      ...["2 LEAF 1", "2 LEAF 0", "2 EXCESS_OF_MASS 1", "2 EXCESS_OF_MASS 0"],
    ]);
    const [own] = await sweep(plain, { minClusterSizes: [6] });
    expect([own.adjustedRandIndex, own.adjustedRandIndexToSmaller]).toEqual([1, null]);
    // More than there are embeddings: nothing is large enough.
    expect(await sweep(plain, { minClusterSizes: [161] })).toMatchObject([
      { clusterCount: 0, outlierCount: 160, largestClusterSize: 0 },
    ]);
  });
});

describe("input that no clustering would take is refused with its field and value", () => {
  const many = Array.from({ length: 101 }, (_, i) => i + 2);
  it.each<[string, () => string, object, string[], string]>([
    ["a size of 1", () => plain, { minClusterSizes: [5, 1] }, ["input", "minClusterSizes", "1"], "1"],
    ["a negative size", () => plain, { minClusterSizes: [-3] }, ["input", "minClusterSizes", "0"], "-3"],
    ["no size", () => plain, { minClusterSizes: [] }, ["input", "minClusterSizes"], "[]"],
    [
      "no method",
      () => plain,
      { minClusterSizes: [5], clusterSelectionMethods: [] },
      ["input", "clusterSelectionMethods"],
      "[]",
    ],
    [
      "no epsilon",
      () => plain,
      { minClusterSizes: [5], clusterSelectionEpsilons: [] },
      ["input", "clusterSelectionEpsilons"],
      "[]",
    ],
    [
      "a negative epsilon",
      () => plain,
      { minClusterSizes: [5], clusterSelectionEpsilons: [0, -0.5] },
      ["input", "clusterSelectionEpsilons", "1"],
      "-0.5",
    ],
    ["101 combinations", () => plain, { minClusterSizes: many }, ["input", "minClusterSizes"], "101"],
    [
      "102 combinations of several lists",
      () => plain,
      { minClusterSizes: many.slice(50), clusterSelectionMethods: ["LEAF", "EXCESS_OF_MASS"] },
      ["input", "minClusterSizes"],
      "102",
    ],
    [
      "a size above maxClusterSize",
      () => bounded,
      { minClusterSizes: [41] },
      ["input", "minClusterSizes", "0"],
      "41",
    ],
  ])("%s", async (_, of, input, path, value) => {
    const { extensions, message } = await refusal(of(), input);
    expect(extensions).toMatchObject({ code: "INVALID_INPUT", issues: [{ path, value }] });
    expect(message).toContain(value);
    expect(message).toContain(path.join("."));
  });

  it("NaN and infinity, which GraphQL refuses itself", async () => {
    for (const epsilon of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const { message, extensions } = await refusal(plain, {
        minClusterSizes: [5],
        clusterSelectionEpsilons: [epsilon],
      });
      expect(extensions.code).toBe("INVALID_INPUT");
      expect(message).toContain(`input.clusterSelectionEpsilons[0]`);
      expect(message).toContain(String(epsilon));
    }
  });

  it("100 combinations are not refused", async () => {
    expect(await sweep(plain, { minClusterSizes: many.slice(1) })).toHaveLength(100);
  });
});

describe("a result whose tree cannot be read says why, and stays readable", () => {
  const { stringify } = JSON;
  let id: string;
  beforeAll(async () => {
    id = await cluster({ minClusterSize: 6, minSamples: 9, normalize: false });
  });
  const damage = async (bytes: Uint8Array) => {
    const { prisma } = app.database;
    const { byteLength, checksum } = await storedTree(id, bytes);
    await prisma.spanningTree.update({ where: { id }, data: { byteLength, checksum } });
    await prisma.spanningTreePiece.update({
      where: { spanningTreeId_number: { spanningTreeId: id, number: 0 } },
      data: { bytes: new Uint8Array(bytes) },
    });
  };
  const bytesOf = async () => {
    const where = { spanningTreeId_number: { spanningTreeId: id, number: 0 } };
    return new Uint8Array((await app.database.prisma.spanningTreePiece.findUniqueOrThrow({ where })).bytes);
  };

  it.each<[string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
    ["too few bytes", (bytes) => bytes.slice(0, -8), /has \d+ bytes instead of \d+/],
    [
      "an edge to a point that is not there",
      (bytes) => {
        const [, points] = new Uint32Array(bytes.buffer, 0, 4);
        new Int32Array(bytes.buffer, 16 + 8 * (2 * points - 1))[0] = points;
        return bytes;
      },
      /joins the points \d+ and \d+ of \d+ by its edge 0/,
    ],
    [
      "a height that is not a number",
      (bytes) => {
        new Float64Array(bytes.buffer, 16)[3] = Number.NaN;
        return bytes;
      },
      /has the height NaN at its edge 3, below the one before/,
    ],
  ])("%s", async (_, change, reason) => {
    const bytes = await bytesOf();
    await damage(change(bytes.slice()));
    const { message, extensions } = await refusal(id, { minClusterSizes: [5] });
    expect(extensions).toEqual({ code: "TREE_UNREADABLE" });
    expect(message).toMatch(reason);
    expect(message).toContain(`ClusteringResult:${id}`);
    const { data, errors } = await executeInProcess(app, {
      query: `query ($id: ID!) { clusteringResult(id: $id) { clusters { totalCount } assignments(first: 2) { edges { cursor } } } }`,
      variables: { id },
    });
    expect([errors, stringify(data)]).toEqual([undefined, expect.stringContaining("totalCount")]);
    await damage(bytes);
    expect(await sweep(id, { minClusterSizes: [5] })).toHaveLength(1);
    // Held in memory from now on: the next test needs it to be read again.
    await app.database.prisma.clusteringResult.update({ where: { id }, data: { spanningTreeId: null } });
    await app.database.prisma.spanningTree.delete({ where: { id } });
    id = await cluster({ minClusterSize: 6, minSamples: 9, normalize: false });
  });

  it("the tree of other embeddings", async () => {
    await app.database.prisma.clusteringResult.update({ where: { id }, data: { embeddingCount: 159 } });
    const { message, extensions } = await refusal(id, { minClusterSizes: [5] });
    expect(extensions).toEqual({ code: "TREE_UNREADABLE" });
    expect(message).toContain("The spanning tree is that of 160 embeddings, not of 159.");
    await app.database.prisma.clusteringResult.update({ where: { id }, data: { embeddingCount: 160 } });
  });

  it("no tree", async () => {
    await app.database.prisma.clusteringResult.update({ where: { id }, data: { spanningTreeId: null } });
    const { message, extensions } = await refusal(id, { minClusterSizes: [5] });
    expect(extensions).toEqual({ code: "TREE_MISSING" });
    expect(message).toContain(`ClusteringResult:${id} was stored before results had spanning trees.`);
  });
});

it("is empty until the clustering has succeeded, and a wrong input is refused even then", async () => {
  await app.queue.stop();
  const outcome = await startClustering(app, { embeddingModel: "Model", minClusterSize: 5 }, "");
  if (!("id" in outcome)) throw new Error(outcome.message);
  expect(await sweep(outcome.id, { minClusterSizes: [5] })).toEqual([]);
  expect((await refusal(outcome.id, { minClusterSizes: [1] })).extensions.code).toBe("INVALID_INPUT");
});

describe("off the server's thread", () => {
  const input = { minClusterSizes: [5, 10] };

  it("a sweep takes one statement, that of the result", async () => {
    const { statementCount } = app.database;
    const before = statementCount();
    await sweep(plain, input);
    expect(statementCount() - before).toBe(1);
  });

  it("a loaded tree is held for the next sweep, within the set memory", async () => {
    const none = createAnalyses(app.database, { treeCacheBytes: 0, vectorCacheBytes: 0 });
    const small = createAnalyses(app.database, { treeCacheBytes: 100, vectorCacheBytes: 0 });
    const large = createAnalyses(app.database, { treeCacheBytes: 1e6, vectorCacheBytes: 0 });
    try {
      for (const analyses of [none, small, large]) {
        const first = await analyses.loadTree(plain);
        const again = await analyses.loadTree(plain);
        expect(first!.rows).toBe(160);
        expect(again === first).toBe(analyses === large);
        expect(analyses.cachedTreeBytes()).toBe(analyses === large ? first!.bytes.byteLength : 0);
        expect([...analyses.seconds.keys()]).toEqual(["load"]);
      }
      expect(await large.loadTree("0198c1b2-0000-7000-8000-00000000000a")).toBeNull();
    } finally {
      await Promise.all([none, small, large].map((analyses) => analyses.close()));
    }
  });

  it("a sweep ends when nobody waits for it any more", async () => {
    const tree = (await app.analyses.loadTree(plain))!;
    const setting = {
      ...{ minClusterSize: 5, clusterSelectionMethod: "LEAF" as const, clusterSelectionEpsilon: 0 },
      ...{ maxClusterSize: null, allowSingleCluster: false },
    };
    // So many settings would take minutes.
    const settings = Array.from({ length: 200_000 }, () => setting);
    const gone = new AbortController();
    const run = app.analyses.run("sweep", tree, { settings, own: setting }, { signal: gone.signal });
    setTimeout(() => gone.abort(new Error("gone")), 100);
    await expect(run).rejects.toThrow("gone");
  });

  it("a request whose time is over has an error, and the next one is answered", async () => {
    const { settings } = app;
    const slow = createServer({ ...app, settings: { ...settings, limitSeconds: 0.000_001 } });
    const usual = createServer({ ...app, settings: { ...settings, limitSeconds: 200 } });
    const ask = async (server: typeof slow) => {
      const response = await fetch(`${await server.listen(0, "127.0.0.1")}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
        body: JSON.stringify({ query, variables: { id: plain, input } }),
      });
      await server.stop(0);
      return { status: response.status, json: await response.json() };
    };
    expect(await ask(slow)).toMatchObject({
      status: 503,
      json: { errors: [{ extensions: { code: "REQUEST_LIMIT", limit: "SECONDS" } }] },
    });
    const { status, json } = await ask(usual);
    expect([status, json.data.clusteringResult.sweep.length]).toEqual([200, 2]);
    // Each combination counts as 90 objects, and a small tree is charged as one row for each.
    expect(json.extensions.cost).toMatchObject({ objects: 1 + 2 * 90, charged: 1 + 2 });
  });
});

it("the response of a finished result depends on its row alone", () => {
  const id = `ClusteringResult:${plain}`;
  expect(dependsOn(parse(query), undefined, { id, input: { minClusterSizes: [5] } })?.rows).toEqual([
    { type: "ClusteringResult", uuid: plain },
  ]);
});
