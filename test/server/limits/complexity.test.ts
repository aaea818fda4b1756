import { parse } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { schema } from "../../../src/schema/index.js";
import { operationComplexity } from "../../../src/server/limits/operationComplexity.js";
import {
  type Fixture,
  id,
  openFixture,
  writeClustering,
  writeQueuedClustering,
  writeRuns,
} from "../../fixtures.js";
import { type LimitedServer, serveLimited } from "./limitedServer.js";

function cost(query: string, variableValues: Record<string, unknown> = {}, operationName?: string) {
  return operationComplexity({ schema, document: parse(query), variableValues, operationName });
}

const result = (selection: string) => `{ clusteringResult(id: "x") { ${selection} } }`;

describe("the cost of an operation is the number of objects that it may have to read", () => {
  test("of the walk over 25 clusters: the result, the clusters, and four each", () => {
    const walk =
      result(`id status clusters(first: 25) { totalCount pageInfo { endCursor } edges { cursor node {
      label medoidText medoidEmbedding { id }
      medoidInvocation { id run { id network } input { id outputImageUrl } }
    } } }`);
    expect(cost(walk)).toBe(1 + 25 * (1 + 4));
  });

  test("of pages within pages: they multiply; edges and scalars are free", () => {
    const query = result(
      `clusters(first: 10) { edges { node { members(last: 30) { edges { probability node { vector } } } } } }`,
    );
    expect(cost(query)).toBe(1 + 10 + 10 * 30);
    const rowsAlone = result(
      `clusters(first: 10) { edges { node { members(last: 30) { edges { probability } } } } }`,
    );
    expect(cost(rowsAlone)).toBe(1 + 10 + 10 * 30);
  });

  test("of 50 invocations with their embeddings and assignments: below the limit", () => {
    const query = `{ run(id: "x") { invocations(first: 50) { edges { node { embeddings {
      embeddingModel { name } assignments { totalCount edges { node { probability clusteringResult { id } } } }
    } } } } } }`;
    expect(cost(query)).toBe(1 + 50 * (1 + 4 * (1 + 1 + 20 * 2)));
    expect(cost(query)).toBeLessThan(10_000);
  });

  test("of a comparison: what it leads to, and nothing for the assignments that it counts", () => {
    const comparison = (selection: string) =>
      cost(`{ compareClusteringResults(from: "x", to: "y") { ${selection} } }`);
    expect(comparison("commonCount")).toBe(1);
    expect(comparison("lineage(limit: 10) { from { label } to { label } }")).toBe(1 + 10 * 3);
    expect(comparison("lineage { kind }")).toBe(1 + 500);
    expect(comparison("overlaps { edges { node { from { label } } } }")).toBe(1 + 20 * 2);
  });

  test.each([
    ["a literal", `clusters(first: 7) { edges { cursor } }`, 8],
    ["no page size: 20", `clusters { edges { cursor } }`, 21],
    ["null: 20", `clusters(first: null) { edges { cursor } }`, 21],
    ["last", `clusters(last: 7) { edges { cursor } }`, 8],
    ["both: first is the number that is read", `clusters(first: 9, last: 7) { edges { cursor } }`, 10],
    [
      "a page size of 0",
      `clusters(first: 0) { edges { node { members(first: 500) { edges { cursor } } } } }`,
      1,
    ],
    [
      "too many: the maximum, and the field refuses the page",
      `clusters(first: 9999) { edges { cursor } }`,
      501,
    ],
    ["a negative page size", `clusters(first: -5) { edges { cursor } }`, 1],
    ["only pageInfo: it reads the page", `clusters(first: 7) { pageInfo { hasNextPage } }`, 8],
    [
      "assignments, with the embedding and the cluster of each",
      `assignments(first: 500) { edges { node { isMedoid embedding { id } cluster { label } } } }`,
      1 + 3 * 500,
    ],
    ["only totalCount: no row", `clusters(first: 7) { totalCount }`, 1],
    [
      "aliased edges: the rows once, the objects below them twice",
      `clusters(first: 7) { a: edges { node { medoidEmbedding { id } } } b: edges { node { medoidEmbedding { id } } } }`,
      1 + 7 + 7 + 7,
    ],
  ])("of a page by its size: %s", (_, selection, expected) => {
    expect(cost(result(selection))).toBe(expected);
  });

  test("of a page by its size in a variable, its default, or a variable that is left out", () => {
    const query = (define: string) =>
      `query A(${define}) ${result("clusters(first: $n) { edges { cursor } }")}`;
    expect(cost(query("$n: Int"), { n: 300 })).toBe(301);
    expect(cost(query("$n: Int = 300"))).toBe(301);
    expect(cost(query("$n: Int = 300"), { n: 7 })).toBe(8);
    expect(cost(query("$n: Int = 300"), { n: null })).toBe(21);
    expect(cost(query("$n: Int"))).toBe(21);
    expect(cost(`query A($n: Int) ${result("clusters(last: $n) { edges { cursor } }")}`, { n: 300 })).toBe(
      301,
    );
  });

  test("of topTexts by its limit, given, by default or in a variable", () => {
    const texts = (args: string) =>
      result(`clusters(first: 10) { edges { node { topTexts${args} { text } } } }`);
    expect(cost(texts(""))).toBe(1 + 10 + 10 * 10);
    expect(cost(texts("(limit: 50)"))).toBe(1 + 10 + 10 * 50);
    expect(cost(`query($n: Int!) ${texts("(limit: $n)")}`, { n: 100 })).toBe(1 + 10 + 10 * 100);
  });

  test("of a sweep by the combinations of its lists, of which each counts as 90 objects", () => {
    const sweep = (input: string) => result(`sweep(input: ${input}) { clusterCount }`);
    expect(cost(sweep("{ minClusterSizes: [5, 10, 20] }"))).toBe(1 + 3 * 90);
    const lists = "clusterSelectionMethods: [LEAF, EXCESS_OF_MASS], clusterSelectionEpsilons: [0, 1]";
    expect(cost(sweep(`{ minClusterSizes: 5, ${lists}, allowSingleCluster: true }`))).toBe(1 + 4 * 90);
    expect(cost(sweep(`{ minClusterSizes: [5, 10, 20], ${lists} }`))).toBe(1 + 12 * 90);
    const query = `query($input: SweepInput!) ${sweep("$input")}`;
    const sizes = (count: number) => ({ input: { minClusterSizes: Array(count).fill(5) } });
    expect(cost(query, sizes(100))).toBe(1 + 100 * 90);
    // Too many: the maximum, and the field refuses them.
    expect(cost(query, sizes(5000))).toBe(1 + 100 * 90);
    expect(cost(sweep("{ minClusterSizes: [] }"))).toBe(1);
  });

  test("of nodes by their ids, with the highest cost of the types that they may have", () => {
    const nodes = (ids: string) => `nodes(ids: ${ids}) {
      id ... on Cluster { members(first: 10) { edges { cursor } } } ... on Run { invocations(first: 50) { edges { cursor } } }
    }`;
    expect(cost(`{ ${nodes('["a", "b", "c"]')} }`)).toBe(3 + 3 * 50);
    expect(cost(`query($ids: [ID!]!) { ${nodes("$ids")} }`, { ids: ["a", "b"] })).toBe(2 + 2 * 50);
    expect(cost(`query($id: ID!) { ${nodes("[$id, $id]")} }`, { id: "a" })).toBe(2 + 2 * 50);
    expect(cost(`{ ${nodes('"a"')} }`)).toBe(1 + 50);
    const oneName = `{ node(id: "x") {
      ... on Embedding { page: assignments(first: 3) { edges { cursor } } } ... on Run { page: invocations(first: 50) { edges { cursor } } }
    } }`;
    expect(cost(oneName)).toBe(1 + 50);
  });

  test("of fields that the executor merges: once", () => {
    const query = `{ run(id: "x") { ...A ...B ...A } run(id: "x") { id ... { invocations { edges { node { id } } } } } }
      fragment A on Run { invocations { edges { node { id input { id } } } } }
      fragment B on Node { ... on Run { invocations { edges { node { input { model } } } } } ... on Cluster { topTexts { text } } }`;
    expect(cost(query)).toBe(1 + 20 + 20);
  });

  test("of a fragment that is spread repeatedly: once, and computed quickly", () => {
    const spreads = Array.from(
      { length: 60 },
      (_, n) => `fragment F${n} on Run { ...F${n + 1} ... { ...F${n + 1} } }`,
    );
    const query = `{ run(id: "x") { ...F0 } } ${spreads.join(" ")} fragment F60 on Run { invocations { edges { cursor } } }`;
    expect(cost(query)).toBe(1 + 20);
  });

  test("of aliases: each", () => {
    expect(cost(`{ a: run(id: "x") { id } b: run(id: "x") { id } c: run(id: "y") { id } }`)).toBe(3);
  });

  test("of fields that are skipped or not included: nothing", () => {
    const query = `query($yes: Boolean!, $no: Boolean = false) {
      a: run(id: "x") @include(if: $yes) { id } b: run(id: "x") @include(if: $no) { id }
      ... @skip(if: $yes) { c: run(id: "x") { id } } d: run(id: "x") @skip(if: false) { id }
    }`;
    expect(cost(query, { yes: true })).toBe(2);
    expect(cost(query, { yes: false, no: true })).toBe(3);
  });

  test("of the named operation only", () => {
    const query = `query A { run(id: "x") { id } } query B { runs(first: 50) { edges { cursor } } }`;
    expect(cost(query, {}, "A")).toBe(1);
    expect(cost(query, {}, "B")).toBe(50);
    expect(cost(query)).toBe(0); // the executor refuses it
  });

  test("of a recording by its runs; of introspection nothing", () => {
    const query = `mutation($input: RecordTrajectoriesInput!) { recordTrajectories(input: $input) {
      ... on RecordedTrajectories { runs { invocations(first: 2) { edges { cursor } } } }
    } }`;
    const runs = Array(300).fill({});
    expect(cost(query, { input: { runs } })).toBe(1 + 300 + 300 * 2);
    expect(cost(`{ __schema { types { fields { name } } } }`)).toBe(0);
  });

  test("of more than can be counted is infinite, and computed quickly", () => {
    // Each fragment spreads the next one twice, with fields of different names: 2 to the 20th sets of fields.
    const doubling = Array.from(
      { length: 20 },
      (_, n) => `fragment F${n} on Invocation { input { ...F${n + 1} } a: input { ...F${n + 1} } }`,
    );
    const query = `{ invocation(id: "x") { ...F0 } } ${doubling.join(" ")} fragment F20 on Invocation { id }`;
    expect(cost(query)).toBe(Number.POSITIVE_INFINITY); // how long it takes: bench/hostile.js
  });
});

describe("over HTTP", () => {
  let fixture: Fixture;
  let server: LimitedServer;
  beforeAll(async () => {
    fixture = await openFixture();
    await writeRuns(fixture, { runs: 1 });
    await writeClustering(fixture, { result: 0, embeddings: 5, assign: () => ({ label: 0 }) });
    server = await serveLimited(fixture);
  });
  afterAll(async () => {
    await server.stop(0);
    await fixture.close();
  });

  /** Reads the result, up to `clusters` of its clusters, and up to `members` of each. */
  const query = `query($id: ID!, $clusters: Int, $members: Int) { clusteringResult(id: $id) {
    clusters(first: $clusters) { edges { node { members(last: $members) { edges { node { id } } } } } }
  } }`;
  const variables = { id: id("ClusteringResult", 0), clusters: 27 };

  test("an operation of 10,000 objects is executed and its cost is reported; one of more is refused", async () => {
    const allowed = await server.post({ query, variables: { ...variables, members: 369 } });
    expect(allowed.status).toBe(200);
    expect(allowed.json.data.clusteringResult.clusters.edges[0].node.members.edges).toHaveLength(5);
    expect(allowed.json.extensions).toEqual({
      // There is one cluster, of 5 members, whose embeddings are read with them.
      cost: { objects: 1 + 27 + 27 * 369, maximum: 10_000, charged: 1 + 1 + 5 },
    });

    fixture.statements.length = 0;
    const refused = await server.post({ query, variables: { ...variables, members: 370 } });
    expect(refused.status).toBe(400);
    expect(refused.json).not.toHaveProperty("data");
    expect(refused.refusal).toEqual({
      code: "REQUEST_LIMIT",
      limit: "COST",
      maximum: 10_000,
      actual: 1 + 27 + 27 * 370,
    });
    expect(server.rejections.count("COST")).toBe(1);
    expect(fixture.statements).toEqual([]);
  });

  test("a comparison is charged for the assignments that it counts, once", async () => {
    const { prisma } = fixture;
    await prisma.clusteringResult.updateMany({ data: { embeddingCount: 1_000 } });
    const charged = async (selection: string) => {
      const { json } = await server.post({
        query: `query($id: ID!) { compareClusteringResults(from: $id, to: $id) { ${selection} } }`,
        variables,
      });
      expect(json.errors).toBeUndefined();
      return json.extensions.cost.charged;
    };
    // The result, and one for every 200 of 2,000 assignments.
    expect(await charged("commonCount")).toBe(1 + 10);
    // The result and its cluster: the counts are known.
    expect(await charged("overlaps { edges { node { from { label } to { label } } } }")).toBe(1 + 1);
    await prisma.clusteringResult.updateMany({ data: { embeddingCount: 5 } });
  });

  test("the limit is exact", async () => {
    const exact = await serveLimited(fixture, { limitCost: 21 });
    expect((await exact.post({ query: `{ runs(first: 21) { edges { cursor } } }` })).status).toBe(200);
    expect((await exact.post({ query: `{ runs(first: 22) { edges { cursor } } }` })).refusal.actual).toBe(22);
    await exact.stop(0);
  });

  test("a mutation above it writes nothing", async () => {
    const members = "clusters(first: 500) { edges { node { members(first: 500) { edges { cursor } } } } }";
    const mutation = `mutation { deleteRun(id: "${id("Run", 0)}") { __typename ... on RunInUseError { clusteringResults { ${members} } } } }`;
    expect((await server.post({ query: mutation })).refusal.limit).toBe("COST");
    const cancel = `mutation { cancelClustering(id: "${id("ClusteringResult", 0)}") { ... on ClusteringResult { ${members} } } }`;
    expect((await server.post({ query: cancel })).refusal.limit).toBe("COST");
    expect(await fixture.prisma.run.count()).toBe(1);
  });

  test("a subscription reports its cost with each event, and is refused above the limit", async () => {
    await writeQueuedClustering(fixture, 7);
    const subscription = (clusters: number) => ({
      query: `subscription($id: ID!) { clusteringProgress(id: $id) { status clusters(first: ${clusters}) { edges { node { members(first: 400) { edges { cursor } } } } } } }`,
      variables: { id: id("ClusteringResult", 0) },
    });
    const listen = async (clusters: number) =>
      (
        await fetch(`${server.address}/graphql`, {
          method: "POST",
          headers: { "content-type": "application/json", accept: "text/event-stream" },
          body: JSON.stringify(subscription(clusters)),
        })
      ).text();
    expect(await listen(20)).toContain(
      `"extensions":{"cost":{"objects":${1 + 20 + 20 * 400},"maximum":10000}}`,
    );
    expect(await listen(30)).toContain(`"limit":"COST"`);
  });
});
