import fc from "fast-check";
import { parse } from "graphql";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../src/app.js";
import { exemplars } from "../../src/clustering/exemplars.js";
import { hdbscan, pickParameters } from "../../src/clustering/index.js";
import { labelledTree } from "../../src/clustering/labelledTree.js";
import { NearestExemplars } from "../../src/clustering/nearestExemplars.js";
import type { Comparison } from "../../src/clustering/nearestOthers.js";
import { type Share, SoftMembership } from "../../src/clustering/softMembership.js";
import { readUuid } from "../../src/database/copyFormat/uuidBytes.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { dependsOn } from "../../src/server/cache/immutableResults.js";
import { executeInProcess } from "../../src/server/inProcess.js";
import { clusterHere } from "../clustering/clusterHere.js";
import { shuffled } from "../clustering/shuffled.js";
import { openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { type ClusterInput, clusterToEnd } from "./clusterToEnd.js";

type Clustering = Pick<
  ReturnType<typeof clusterHere>,
  "spanningTree" | "medoids" | "distinctPoints" | "parameters"
>;

/** The shares of all rows in all clusters, and the exemplars of each cluster as rows, without a database. */
function computed(data: Float32Array, clustering: Clustering, comparison: Comparison) {
  const { spanningTree, medoids, distinctPoints, parameters } = clustering;
  const { points } = spanningTree;
  const tree = labelledTree(
    spanningTree,
    parameters,
    medoids.map((row) => points[row]),
  )!;
  const pointOf = new Int32Array(Math.max(-1, ...distinctPoints) + 1);
  for (const [row, number] of distinctPoints.entries()) pointOf[number] = points[row];
  const { numbers, first } = exemplars(tree, medoids.length, pointOf);
  const rowOf = (number: number) => distinctPoints.indexOf(number);
  const { dimensions } = comparison;
  const distances = new NearestExemplars(data, medoids.length, comparison, 1);
  const ofLabel = Array.from(medoids, (_, label) =>
    Array.from(numbers.subarray(first[label], first[label + 1]), (number) => {
      const row = rowOf(number);
      distances.offer(data.subarray(row * dimensions, (row + 1) * dimensions), [label], () => {});
      return { number, row };
    }),
  );
  const soft = new SoftMembership(tree, medoids.length);
  const shares = Array.from(points, (point, row) =>
    soft.sharesOf(point, distances.distancesOf(row), Math.max(1, medoids.length)),
  );
  return { shares, ofLabel };
}

const sumOf = (shares: Share[]) => shares.reduce((sum, { share }) => sum + share, 0);

it("shares are 0 to 1, those of a member have its probability as their sum, and no order of the rows changes one", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 3, maxLength: 3 }), {
        minLength: 4,
        maxLength: 40,
        size: "max",
      }),
      fc.record({
        minClusterSize: fc.integer({ min: 2, max: 4 }),
        minSamples: fc.integer({ min: 1, max: 3 }),
        allowSingleCluster: fc.boolean(),
        clusterSelectionMethod: fc.constantFrom("LEAF" as const, "EXCESS_OF_MASS" as const),
        maxClusterSize: fc.constantFrom(null, 6),
        clusterSelectionEpsilon: fc.constantFrom(0, 1.2),
      }),
      fc.nat(),
      (dimensions, grid, parameters, seed) => {
        const rows = grid.map((row) => row.slice(0, dimensions));
        const comparison = { dimensions, metric: "EUCLIDEAN" as const, normalize: false };
        const from = (some: number[][]) => {
          const data = Float32Array.from(some.flat());
          const own = parameters.clusterSelectionMethod === "LEAF" ? { maxClusterSize: null } : {};
          const result = clusterHere(data, dimensions, { ...parameters, ...own, normalize: false });
          return { result, ...computed(data, result, comparison) };
        };
        const { result, shares, ofLabel } = from(rows);
        for (const [label, some] of ofLabel.entries()) {
          expect(some.length).toBeGreaterThan(0);
          for (const { row } of some) expect(result.labels[row]).toBe(label);
        }
        for (const [row, own] of shares.entries()) {
          expect(own).toHaveLength(result.sizes.length);
          for (const [at, { share }] of own.entries()) {
            expect(share).toBeGreaterThanOrEqual(0);
            if (at > 0) expect(share).toBeLessThanOrEqual(own[at - 1].share);
          }
          const sum = sumOf(own);
          expect(sum).toBeLessThanOrEqual(1 + 1e-12);
          if (result.labels[row] >= 0) expect(sum).toBeCloseTo(result.probabilities[row], 12);
        }
        const order = [...shuffled(rows.length, seed)];
        const other = from(order.map((row) => rows[row]));
        expect(other.shares).toEqual(order.map((row) => shares[row]));
      },
    ),
    { numRuns: 200 },
  );
});

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
/** Several vectors have one text. */
const textOf = (i: number) => `text ${i % 25}`;

let temporary: TemporaryApp;
let app: App;
let embeddings: string[];
let other: string;
beforeAll(async () => {
  temporary = await openTemporaryApp({ queue: { pollMilliseconds: 20 } });
  app = temporary.app;
  embeddings = await writeRun(app, rows, { model: "Model", text: textOf });
  [other] = await writeRun(app, [[1, 2]], { model: "Other" });
});
// Some tests stop it, and may fail.
beforeEach(() => app.queue.start());
afterAll(() => temporary.close());

const cluster = (input: ClusterInput) => clusterToEnd(app, input);

/** What the engine gives for the embeddings of a result. */
async function expected(id: string) {
  const { prisma, bulk } = app.database;
  const row = await prisma.clusteringResult.findUniqueOrThrow({ where: { id } });
  const { ids, vectors, dimensions } = await bulk.loadEmbeddings({ embeddingModelId: row.embeddingModelId });
  const reduction = row.reduction === null ? null : JSON.parse(row.reduction);
  const result = await hdbscan({ data: vectors, dimensions }, { ...pickParameters(row), reduction });
  const idOf = (at: number) => readUuid(ids, at * 16);
  const { metric, normalize } = row;
  return { ...computed(vectors, result, { dimensions, metric, normalize }), result, idOf };
}

const settings: [string, ClusterInput][] = [
  ["the vectors themselves", { minClusterSize: 4, minSamples: 3, normalize: false }],
  ["the cosine", { minClusterSize: 3, minSamples: 2, metric: "COSINE" }],
  [
    "reduced vectors",
    { minClusterSize: 4, minSamples: 3, normalize: false, reduction: { method: "PCA", dimensions: 1 } },
  ],
];

describe("memberships", () => {
  const query = `query ($result: ID!, $id: ID!, $ids: [ID!]!, $limit: Int) {
    clusteringResult(id: $id) { clusterCount }
    nodes(ids: $ids) { ... on Embedding { id memberships(clusteringResultId: $result, limit: $limit) { share cluster { label } } } }
  }`;
  interface Found {
    id: string;
    memberships: { share: number; cluster: { label: number } }[];
  }
  const ask = (result: string, ids: string[], limit?: number | null) =>
    executeInProcess<{ nodes: (Found | null)[] }>(app, {
      query,
      variables: { result, id: result, ids: ids.map((id) => `Embedding:${id}`), limit },
    });

  it.each(settings)("are those of the engine, however many are requested: %s", async (_, input) => {
    const id = await cluster(input);
    const { shares, result, idOf } = await expected(id);
    expect(result.sizes.length).toBeGreaterThan(2);
    expect(result.labels).toContain(-1);
    const of = (row: number, limit: number) =>
      shares[row].slice(0, limit).map(({ label, share }) => ({ share, cluster: { label } }));
    const ids = rows.map((_, row) => idOf(row));
    const { data, errors } = await ask(id, ids);
    expect(errors).toBeUndefined();
    expect(data!.nodes.map((node) => node!.memberships)).toEqual(rows.map((_, row) => of(row, 10)));
    expect(await ask(id, ids, null)).toEqual({ data });
    for (const row of [0, 7, 149]) {
      expect((await ask(id, [idOf(row)], 2)).data!.nodes[0]!.memberships).toEqual(of(row, 2));
    }
  });

  it("are none of an embedding that took no part, where there is no cluster, and before the clustering has succeeded", async () => {
    const none = await cluster({ minClusterSize: 140, minSamples: 3 });
    const part = await cluster({
      ...{ minClusterSize: 4, minSamples: 3 },
      filter: { sequenceNumber: { max: 99 } },
    });
    await app.queue.stop();
    const outcome = await startClustering(app, { embeddingModel: "Model", minClusterSize: 7 }, "");
    if (!("id" in outcome)) throw new Error(outcome.message);
    for (const id of [none, part, outcome.id]) {
      expect(await ask(id, [embeddings[120]])).toMatchObject({ data: { nodes: [{ memberships: [] }] } });
    }
  });

  it("bad input is refused by its argument", async () => {
    const id = await cluster({ minClusterSize: 4, minSamples: 3, normalize: false });
    for (const [result, ids, limit, path, value] of [
      [id, [embeddings[0]], 0, "limit", "0"],
      [id, [embeddings[0]], 501, "limit", "501"],
      [id, [other], 3, "clusteringResultId", id],
      [embeddings[0], [embeddings[0]], 3, "clusteringResultId", embeddings[0]],
    ] as const) {
      const { errors } = await ask(result, [...ids], limit);
      expect(errors![0].extensions).toMatchObject({ code: "INVALID_INPUT" });
      expect(JSON.stringify(errors![0])).toContain(path);
      expect(JSON.stringify(errors![0])).toContain(value);
    }
  });

  it("take as many statements for one as for all, and depend on the result", async () => {
    const id = await cluster({ minClusterSize: 4, minSamples: 3, normalize: false });
    await ask(id, embeddings);
    await app.queue.stop(); // its statements would be counted
    const counts = new Map<number, number>();
    for (const many of [1, 3, 150]) {
      for (let attempt = 0; attempt < 3; attempt++) {
        const before = app.database.statementCount();
        await ask(id, embeddings.slice(0, many));
        counts.set(many, Math.min(app.database.statementCount() - before, counts.get(many) ?? Infinity));
      }
    }
    expect(new Set(counts.values()).size).toBe(1);
    const own = `query ($c: ID!, $r: ID!) { cluster(id: $c) { medoidEmbedding { memberships(clusteringResultId: $r) { share } } } }`;
    expect(dependsOn(parse(own), undefined, { c: id, r: id })).toEqual({
      annotations: false,
      rows: [
        { type: "Cluster", uuid: id },
        { type: "ClusteringResult", uuid: id },
      ],
    });
  });
});

describe("exemplars", () => {
  const query = `query ($id: ID!, $limit: Int) {
    clusteringResult(id: $id) { clusters(first: 100) { edges { node {
      exemplars(limit: $limit) { id invocation { outputText } } } } } }
  }`;
  interface Found {
    id: string;
    invocation: { outputText: string };
  }
  const ask = (id: string, limit?: number | null) =>
    executeInProcess<{
      clusteringResult: { clusters: { edges: { node: { exemplars: Found[] } }[] } };
    }>(app, { query, variables: { id, limit } });
  const of = async (id: string, limit?: number | null): Promise<Found[][]> => {
    const { data, errors } = await ask(id, limit);
    expect(errors).toBeUndefined();
    return data!.clusteringResult.clusters.edges.map(({ node }) => node.exemplars);
  };

  it.each(settings)(
    "are those of the engine, of different texts, each its first embedding: %s",
    async (_, input) => {
      const id = await cluster(input);
      const { ofLabel, result, idOf } = await expected(id);
      const texts = new Map(embeddings.map((embedding, i) => [embedding, textOf(i)]));
      const want = ofLabel.map((some) => {
        const seen = new Set<string>();
        const firsts = some.map(({ number }) => {
          const copies = rows.map((_, row) => row).filter((row) => result.distinctPoints[row] === number);
          return copies.map(idOf).sort()[0];
        });
        return firsts.filter((first) => !seen.has(texts.get(first)!) && seen.add(texts.get(first)!));
      });
      expect(want.some(({ length }) => length > 1)).toBe(true);
      const asIds = (some: string[], limit: number) => some.slice(0, limit).map((one) => `Embedding:${one}`);
      for (const limit of [1, 2, 100]) {
        expect((await of(id, limit)).map((some) => some.map((one) => one.id))).toEqual(
          want.map((some) => asIds(some, limit)),
        );
      }
      const byDefault = await of(id);
      expect(byDefault.map((some) => some.map((one) => one.id))).toEqual(want.map((some) => asIds(some, 5)));
      expect(await of(id, null)).toEqual(byDefault);
      for (const some of byDefault) {
        expect(new Set(some.map(({ invocation }) => invocation.outputText)).size).toBe(some.length);
      }
    },
  );

  it("a limit out of range is refused, and a missing tree is a typed error", async () => {
    const id = await cluster({ minClusterSize: 5, minSamples: 4, normalize: false });
    for (const limit of [0, 101]) {
      expect((await ask(id, limit)).errors![0]).toMatchObject({
        message: expect.stringContaining("1 to 100"),
        extensions: { code: "INVALID_INPUT" },
      });
    }
    const change = (data: object) => app.database.prisma.clusteringResult.update({ where: { id }, data });
    await change({ spanningTreeId: null });
    expect((await ask(id)).errors![0].extensions).toEqual({ code: "TREE_MISSING" });
    await change({ spanningTreeId: id, minClusterSize: 70 });
    expect((await ask(id)).errors![0].extensions).toMatchObject({ code: "TREE_UNREADABLE" });
    await change({ minClusterSize: 5 });
  });

  it("take as many statements for one cluster as for all of a page", async () => {
    const id = await cluster({ minClusterSize: 4, minSamples: 3, normalize: false });
    const page = `query ($id: ID!, $first: Int) {
      clusteringResult(id: $id) { clusters(first: $first) { edges { node { exemplars(limit: 1) { id } } } } } }`;
    const ask = (first: number) => executeInProcess(app, { query: page, variables: { id, first } });
    await ask(1);
    await app.queue.stop();
    const counts = new Map<number, number>();
    for (const first of [1, 3, 100]) {
      for (let attempt = 0; attempt < 3; attempt++) {
        const before = app.database.statementCount();
        await ask(first);
        counts.set(first, Math.min(app.database.statementCount() - before, counts.get(first) ?? Infinity));
      }
    }
    expect([...counts.values()]).toEqual([4, 4, 4]);
  });
});
