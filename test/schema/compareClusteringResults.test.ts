import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createComparisons } from "../../src/resolvers/clusterings/comparisons.js";
import { deleteClusteringResult } from "../../src/resolvers/clusterings/deleteClusteringResult.js";
import { executeInProcess } from "../../src/server/inProcess.js";
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
  await writeRuns(fixture, { runs: 3, steps: 20 }); // 30 embeddings
});
afterEach(async () => {
  expect(fixture.internalErrors).toEqual([]);
  await fixture.close();
});

/** The label of each embedding in two clusterings: one cluster continues, one splits, one dies and one is born. */
const first = (n: number) => (n < 10 ? 0 : n < 18 ? 1 : n < 22 ? 2 : -1);
const second = (n: number) => {
  if (n < 9) return 0;
  if (n < 10) return -1;
  if (n < 14) return 1;
  if (n < 18) return 2;
  return n < 22 || n > 27 ? -1 : 3;
};

async function writeBoth(embeddings = 30) {
  await writeClustering(fixture, { result: 0, embeddings: 30, assign: (n) => ({ label: first(n) }) });
  await writeClustering(fixture, { result: 1, embeddings, assign: (n) => ({ label: second(n) }) });
}

const [from, to] = [id("ClusteringResult", 0), id("ClusteringResult", 1)];
const comparing = (selection: string) =>
  `query($from: ID!, $to: ID!) { compareClusteringResults(from: $from, to: $to) { ${selection} } }`;
const compared = async (selection: string, ids = { from, to }) =>
  (await fixture.data(comparing(selection), ids)).compareClusteringResults;

const everything = `
  from { id } to { id }
  commonCount adjustedRandIndex adjustedMutualInformation adjustedRandIndexOfClustered
  lineageCount
  lineage { kind from { id label } to { id label } sharedCount jaccard }
  overlaps { totalCount edges { node { from { id label } to { id label } count jaccard } } }`;

/** A cluster of a result, as the queries above select it; null for a label below 0. */
const cluster = (result: number, label: number) =>
  label < 0 ? null : { id: id("Cluster", 1000 * result + label), label };
const pair = ([a, b]: number[]) => ({ from: cluster(0, a), to: cluster(1, b) });

describe("a comparison", () => {
  test("says how two results agree, and what became of each cluster", async () => {
    await writeBoth();
    const lineage: [string, number, number, number, number][] = [
      ["CONTINUED", 0, 0, 9, 9 / 10],
      ["CONTINUED", 1, 1, 4, 4 / 8],
      ["SPLIT", 1, 2, 4, 4 / 8],
      ["DIED", 2, -1, 0, 0],
      ["BORN", -1, 3, 0, 0],
    ];
    const overlaps: [number, number, number, number][] = [
      [0, 0, 9, 9 / 10],
      [-1, 3, 6, 6 / 8],
      [1, 1, 4, 4 / 8],
      [1, 2, 4, 4 / 8],
      [2, -1, 4, 4 / 7],
      [-1, -1, 2, 2 / 13],
      [0, -1, 1, 1 / 16],
    ];
    expect(await compared(everything)).toEqual({
      from: { id: from },
      to: { id: to },
      commonCount: 30,
      // By scikit-learn of the labels above.
      adjustedRandIndex: expect.closeTo(0.6592636962631894, 12),
      adjustedMutualInformation: expect.closeTo(0.7218860891489736, 12),
      adjustedRandIndexOfClustered: expect.closeTo(0.7605633802816901, 12),
      lineageCount: lineage.length,
      lineage: lineage.map(([kind, a, b, sharedCount, jaccard]) => ({
        ...{ kind, ...pair([a, b]), sharedCount, jaccard },
      })),
      overlaps: {
        totalCount: overlaps.length,
        edges: overlaps.map(([a, b, count, jaccard]) => ({ node: { ...pair([a, b]), count, jaccard } })),
      },
    });
  });

  test("counts only what both clustered", async () => {
    await writeBoth(14);
    const { commonCount, overlaps, lineage } = await compared(everything);
    expect(commonCount).toBe(14);
    expect(overlaps.edges.map(({ node }: { node: { count: number } }) => node.count)).toEqual([9, 4, 1]);
    // Of the old cluster 1 only four members took part again, which are all of the new one.
    expect(lineage).toContainEqual({ kind: "CONTINUED", ...pair([1, 1]), sharedCount: 4, jaccard: 1 });
  });

  test("of results of two embedding models is over the same invocations", async () => {
    await writeBoth();
    const selection = everything.replace("from { id } to { id }", "");
    const ofOne = await compared(selection);
    // The second result becomes one of another model, which has embedded the first 30 invocations in the other order.
    const { prisma } = fixture;
    const embeddingModelId = uuid("EmbeddingModel", 1);
    await prisma.embeddingModel.create({ data: { id: embeddingModelId, name: "other", dimensions: 2 } });
    const embeddings = await prisma.embedding.findMany({ orderBy: { id: "asc" } });
    await prisma.embedding.createMany({
      data: embeddings.map(({ invocationId, vector }, n) => ({
        ...{ id: uuid("Embedding", 1000 - n), invocationId, embeddingModelId, vector },
      })),
    });
    await prisma.clusteringResult.update({
      where: { id: uuid("ClusteringResult", 1) },
      data: { embeddingModelId },
    });
    for (const [n, { id: embeddingId }] of embeddings.entries()) {
      const clusteringResultId = uuid("ClusteringResult", 1);
      await prisma.clusterAssignment.update({
        where: { clusteringResultId_embeddingId: { clusteringResultId, embeddingId } },
        data: { embeddingId: uuid("Embedding", 1000 - n) },
      });
    }
    Object.assign(fixture.app, { comparisons: createComparisons(fixture.app.analyses) }); // nothing is known of what was compared before
    expect(await compared(selection)).toEqual(ofOne);
    expect(ofOne.commonCount).toBe(30);
  });

  test("of a result with itself is 1, and each cluster continues", async () => {
    await writeBoth();
    const { lineage, ...same } = await compared(everything, { from, to: uuid("ClusteringResult", 0) });
    expect(same).toMatchObject({
      ...{ commonCount: 30, adjustedRandIndex: 1, adjustedMutualInformation: 1 },
      ...{ adjustedRandIndexOfClustered: 1, overlaps: { totalCount: 4 } },
    });
    expect(lineage.map(({ kind, jaccard }: { kind: string; jaccard: number }) => [kind, jaccard])).toEqual(
      Array(3).fill(["CONTINUED", 1]),
    );
  });

  test("of results that have nothing in common is 1, as scikit-learn says, over nothing", async () => {
    await writeBoth();
    await fixture.prisma.clusterAssignment.deleteMany({
      where: { clusteringResultId: uuid("ClusteringResult", 1), embeddingId: { lt: uuid("Embedding", 15) } },
    });
    await fixture.prisma.clusterAssignment.deleteMany({
      where: { clusteringResultId: uuid("ClusteringResult", 0), embeddingId: { gte: uuid("Embedding", 15) } },
    });
    expect(await compared(everything)).toMatchObject({
      ...{ commonCount: 0, adjustedRandIndex: 1, adjustedMutualInformation: 1 },
      ...{ adjustedRandIndexOfClustered: null, lineageCount: 0, lineage: [] },
      overlaps: { totalCount: 0, edges: [] },
    });
  });

  test("is null if one of the two does not exist, or has not succeeded", async () => {
    await writeBoth();
    await writeQueuedClustering(fixture, 2);
    const unknown = id("ClusteringResult", 99);
    const unfinished = id("ClusteringResult", 2);
    for (const ids of [
      { from, to: unknown },
      { from: unknown, to },
      { from, to: unfinished },
      { from: unfinished, to },
    ]) {
      expect(await compared(everything, ids)).toBeNull();
    }
  });

  test("refuses an id of another type, and names the field and the value", async () => {
    await writeBoth();
    for (const side of ["from", "to"]) {
      const { data, errors } = await fixture.execute(comparing("commonCount"), {
        ...{ from, to, [side]: id("Cluster", 0) },
      });
      expect(data).toEqual({ compareClusteringResults: null });
      expect(errors).toMatchObject([
        {
          path: ["compareClusteringResults"],
          extensions: {
            code: "INVALID_INPUT",
            issues: [{ path: [side], value: JSON.stringify(id("Cluster", 0)) }],
          },
        },
      ]);
      expect(errors![0].message).toContain(
        `${side}: is the id of a Cluster, and must be that of a Clustering`,
      );
    }
  });
});

describe("the lineage", () => {
  test("is limited, and counted and listed by kind", async () => {
    await writeBoth();
    const { lineage, continued, later, none, born, counts, splits } = await compared(`
      lineage(limit: 2) { kind }
      continued: lineage(kind: CONTINUED, limit: 1) { to { label } }
      later: lineage(skip: 1, limit: 1) { kind }
      none: lineage(kind: BORN, skip: 99) { kind }
      born: lineage(kind: BORN) { to { label } }
      counts: lineageCount(kind: CONTINUED)
      splits: lineageCount(kind: SPLIT)`);
    expect(lineage).toEqual([{ kind: "CONTINUED" }, { kind: "CONTINUED" }]);
    expect(continued).toEqual([{ to: { label: 0 } }]);
    expect([later, none]).toEqual([[{ kind: "CONTINUED" }], []]);
    expect(born).toEqual([{ to: { label: 3 } }]);
    expect([counts, splits]).toEqual([2, 1]);
  });

  test("is read piece by piece, of every kind and of one", async () => {
    await writeBoth();
    const pair = "kind sharedCount from { label } to { label }";
    for (const kind of ["", "kind: CONTINUED, "]) {
      const { lineage, lineageCount } = await compared(`
        lineage(${kind}limit: 500) { ${pair} } lineageCount(${kind || "kind: null"})`);
      const pieces: object[] = [];
      for (let skip = 0; skip <= lineageCount; skip += 2) {
        pieces.push(...(await compared(`lineage(${kind}skip: ${skip}, limit: 2) { ${pair} }`)).lineage);
      }
      expect(pieces).toEqual(lineage);
      expect(pieces).toHaveLength(lineageCount);
    }
  });

  test.each([
    ["limit", 0],
    ["limit", -1],
    ["limit", 501],
    ["skip", -1],
  ])("refuses the %s %i", async (argument, value) => {
    await writeBoth();
    const { data, errors } = await fixture.execute(
      `{ compareClusteringResults(from: "${from}", to: "${to}") { lineage(${argument}: ${value}) { kind } } }`,
    );
    expect(data).toEqual({ compareClusteringResults: null });
    expect(errors).toMatchObject([
      { extensions: { code: "INVALID_INPUT", issues: [{ path: [argument], value: String(value) }] } },
    ]);
  });
});

describe("the overlaps", () => {
  const page = "(first: $first, last: $last, after: $after, before: $before)";
  const query = `query($first: Int, $last: Int, $after: String, $before: String) {
    compareClusteringResults(from: "${from}", to: "${to}") {
      overlaps${page} {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges { cursor node { count } }
      }
    }
  }`;
  const overlaps = async (args: object) => {
    const { compareClusteringResults } = await fixture.data(query, { ...args });
    const { edges, ...rest } = compareClusteringResults.overlaps;
    return { ...rest, counts: edges.map(({ node }: { node: { count: number } }) => node.count), edges };
  };

  test("page as every other connection", async () => {
    await writeBoth();
    const start = await overlaps({ first: 3 });
    expect(start.counts).toEqual([9, 6, 4]);
    expect(start).toMatchObject({
      totalCount: 7,
      pageInfo: { hasNextPage: true, hasPreviousPage: false, endCursor: start.edges[2].cursor },
    });
    const next = await overlaps({ first: 3, after: start.pageInfo.endCursor });
    expect(next.counts).toEqual([4, 4, 2]);
    expect(next.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const end = await overlaps({ last: 2 });
    expect(end.counts).toEqual([2, 1]);
    expect(end.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect((await overlaps({ last: 2, before: end.pageInfo.startCursor })).counts).toEqual([4, 4]);
    expect((await overlaps({ first: 0 })).edges).toEqual([]);
  });

  test("refuse a page that is too large, and cursors of other lists", async () => {
    await writeBoth();
    for (const [args, path] of [
      [{ first: 501 }, "first"],
      [{ after: "no cursor" }, "after"],
    ] as const) {
      const { errors } = await fixture.execute(query, args);
      expect(errors).toMatchObject([{ extensions: { code: "INVALID_INPUT", issues: [{ path: [path] }] } }]);
    }
  });
});

describe("the number of statements", () => {
  test("is three: the results, the counts, and the clusters; a second page reads no counts again", async () => {
    await writeBoth();
    fixture.statements.length = 0;
    await compared(everything);
    expect(fixture.statements).toHaveLength(3);
    expect(fixture.statements.filter((sql) => sql.includes("GROUP BY"))).toHaveLength(1);
    fixture.statements.length = 0;
    await compared("overlaps(first: 2) { edges { node { count from { label } } } }");
    expect(fixture.statements).toHaveLength(2);
    fixture.statements.length = 0;
    await compared("from { id } to { id }", { from: to, to: from });
    expect(fixture.statements).toHaveLength(1); // nothing is compared
  });
});

describe("if results are deleted while they are compared", () => {
  /** The response if the results are deleted before the first statement for which a condition holds. */
  async function responseWhen(isBefore: (sql: string) => boolean, results: number[], selection: string) {
    const { database } = fixture.app;
    let done = false;
    const act = async (sql: string) => {
      if (done || !isBefore(sql)) return;
      done = true;
      for (const result of results)
        await deleteClusteringResult(fixture.app, uuid("ClusteringResult", result));
    };
    const app: Fixture["app"] = {
      ...fixture.app,
      database: {
        ...database,
        async read(sql, values) {
          await act(sql);
          return database.read(sql, values);
        },
        longReads: {
          ...database.longReads,
          async query(sql, values, signal) {
            await act(sql);
            return database.longReads.query(sql, values, signal);
          },
        },
      },
    };
    const response = await executeInProcess(app, {
      query: comparing(selection),
      variables: { from, to },
      log: (error) => fixture.internalErrors.push(error),
    });
    expect(done).toBe(true);
    return response;
  }
  const deleted = {
    message: "An object was deleted while it was read. Send the request again.",
    extensions: { code: "NOT_FOUND" },
  };

  test.each([[[0]], [[1]], [[0, 1]]])("(%j) before they are counted, the error says so", async (results) => {
    await writeBoth();
    const response = await responseWhen((sql) => sql.includes("GROUP BY"), results, "commonCount");
    expect(response.data).toEqual({ compareClusteringResults: null });
    expect(response.errors).toMatchObject([deleted]);
    expect(await compared("commonCount")).toBeNull();
  });

  test("before their clusters are read, these are null, each with the error", async () => {
    await writeBoth();
    const response = await responseWhen(
      (sql) => sql.includes(`FROM "Cluster" AS "row"`),
      [0, 1],
      "commonCount overlaps(first: 1) { edges { node { count from { label } } } }",
    );
    expect(response.data).toMatchObject({
      compareClusteringResults: {
        commonCount: 30,
        overlaps: { edges: [{ node: { count: 9, from: null } }] },
      },
    });
    expect(response.errors).toMatchObject([deleted]);
    expect(await compared("commonCount")).toBeNull();
  });
});
