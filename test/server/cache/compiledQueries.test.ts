import { parse, validate } from "graphql";
import { compileQuery } from "graphql-jit";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { schema } from "../../../src/schema/index.js";
import { walkQuery } from "../../../src/schema/walkQuery.js";
import { mayBeCompiled } from "../../../src/server/cache/compilableDocument.js";
import { type Fixture, id, openFixture, writeClustering, writeRuns } from "../../fixtures.js";
import { type LimitedServer, serveLimited } from "../limits/limitedServer.js";

vi.mock("graphql-jit", async (original) => {
  const module = await original<typeof import("graphql-jit")>();
  return { ...module, compileQuery: vi.fn(module.compileQuery) };
});

/** The setting of the servers that are started: how often a document runs before it is compiled. */
const compiling = vi.hoisted(() => ({ runsBefore: 10 as number | undefined }));
vi.mock("../../../src/server/cache/compiledQueries.js", async (original) => {
  const { compileQueries } = await original<typeof import("../../../src/server/cache/compiledQueries.js")>();
  return { compileQueries: () => compileQueries(compiling.runsBefore) };
});

let fixture: Fixture;
let server: LimitedServer;
beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 4 });
  await writeClustering(fixture, { result: 0, embeddings: 20, assign: (n) => ({ label: (n % 4) - 1 }) });
  server = await serveLimited(fixture, { responseCacheBytes: 0 });
});
beforeEach(() => {
  vi.mocked(compileQuery).mockClear();
});
afterAll(async () => {
  await server.stop(0);
  expect(fixture.internalErrors).toEqual([]);
  await fixture.close();
});

const result = { id: id("ClusteringResult", 0) };
/** More rounds than that. */
const rounds = 14;

const queries: [name: string, query: string, variables?: Record<string, unknown>][] = [
  [
    "the walk",
    `query($id: ID!) { clusteringResult(id: $id) { id status createdAt parameters { alpha metric } filter { runIds }
      clusters(first: 25) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node {
        label share medoidText medoidEmbedding { id vector } medoidInvocation { id run { network seed } input { outputImageUrl } }
        members(first: 2) { edges { probability isMedoid node { id } } } topTexts(limit: 2) { text count } } } } } }`,
    result,
  ],
  [
    "interfaces, fragments, aliases and __typename",
    `query($ids: [ID!]!) { __typename some: nodes(ids: $ids) { __typename id ...R ... on Embedding { dimensions } ...on Node { same: id } } }
     fragment R on Run { initialPrompt invocations(last: 1) { edges { node { sequenceNumber ...I } } } }
     fragment I on Invocation { type inputText }`,
    { ids: [id("Run", 0), id("Embedding", 1), id("Run", 99), id("Cluster", 0)] },
  ],
  ["a run that does not exist", `{ run(id: "${id("Run", 99)}") { id invocations { totalCount } } }`],
  ["default variables", `query($n: Int = 2) { runs(first: $n) { edges { node { id } } } }`],
  [
    "filters, orders and enums",
    `query($o: ClusterOrder, $id: ID!, $f: RunFilter) { clusteringResult(id: $id) { clusters(orderBy: $o) { edges { node { label } } } }
      runs(filter: $f) { edges { node { id } } } }`,
    {
      ...result,
      o: { field: "SIZE", direction: "ASCENDING" },
      f: { networks: [["painter", "viewer"]], initialPrompts: null },
    },
  ],
];
const refused: typeof queries = [
  ["an invalid id", `{ run(id: "nonsense") { id } }`],
  [
    "a page that is too large, below a field that is not nullable",
    `{ runs { edges { node { invocations(first: 501) { totalCount } } } } }`,
  ],
  [
    "an error beside data",
    `query($id: ID!) { clusteringResult(id: $id) { id } run(id: "Embedding:x") { id } }`,
    result,
  ],
  [
    "an error beside pages, and pages below them",
    `{ runs(first: 3) { edges { node { id invocations(first: 2) { edges { node { id } } } } } } run(id: "nonsense") { id } }`,
  ],
  ["a variable of another type", `query($n: Int) { runs(first: $n) { totalCount } }`, { n: "many" }],
  ["a variable that is missing", `query($id: ID!) { run(id: $id) { id } }`],
];

async function responseTo(query: string, variables?: Record<string, unknown>) {
  fixture.statements.length = 0;
  const { status, json } = await server.post({ query, variables });
  return { status, json, statements: fixture.statements.length };
}

describe("a frequent query is compiled, and its response is the same as before", () => {
  test.each(queries)("%s", async (_, query, variables) => {
    const { json, status, statements } = await responseTo(query, variables);
    expect([status, json.errors]).toEqual([200, undefined]);
    for (let round = 1; round < rounds; round++) {
      expect(await responseTo(query, variables)).toEqual({ json, status, statements });
    }
    expect(compileQuery).toHaveBeenCalledTimes(1);
  });

  test.each(refused)("even if it is refused: %s", async (_, query, variables) => {
    // With the cost that was charged: a query that is executed again is charged once.
    const outcome = async () => {
      const { status, json } = await responseTo(query, variables);
      return { status, json };
    };
    const first = await outcome();
    expect(first.json.errors).toHaveLength(1);
    for (let round = 1; round < rounds; round++) expect(await outcome()).toEqual(first);
  });

  test("with other variables each time", async () => {
    const query = `query($id: ID!, $n: Int) { run(id: $id) { id invocations(first: $n) { edges { node { id } } } } }`;
    for (let round = 0; round < rounds; round++) {
      const variables = { id: id("Run", round % 4), n: round % 3 };
      const { run } = (await responseTo(query, variables)).json.data;
      expect(run.id).toBe(variables.id);
      expect(run.invocations.edges).toHaveLength(variables.n);
    }
    expect(compileQuery).toHaveBeenCalledTimes(1);
  });
});

test("the rate limit is charged once for a query that is executed again because of an error", async () => {
  const cost = 1 + 4;
  const limited = await serveLimited(fixture, {
    ...{ responseCacheBytes: 0, rateLimit: cost * rounds + 1, trustedProxies: 1 },
  });
  const query = `{ runs(first: 4) { edges { node { initialPrompt } } } run(id: "nonsense") { id } }`;
  const ask = () => limited.post({ query }, { "x-forwarded-for": "192.0.2.1" });
  for (let round = 0; round < rounds; round++) {
    const { json } = await ask();
    expect(json.data.runs.edges).toHaveLength(4);
    expect(json.extensions.cost.charged).toBe(cost - 1);
  }
  expect(compileQuery).toHaveBeenCalledTimes(1);
  expect((await ask()).status).toBe(429);
  await limited.stop(0);
});

test("by default, a query is compiled after 200 executions", async () => {
  compiling.runsBefore = undefined;
  const query = "{ runs { totalCount } }";
  const usual = await serveLimited(fixture, { responseCacheBytes: 0 });
  for (let round = 0; round < 200; round++) await usual.post({ query });
  expect(compileQuery).not.toHaveBeenCalled();
  // The document is cached from the second request on; before that it is parsed anew.
  for (let round = 0; round < 4; round++) await usual.post({ query });
  expect(compileQuery).toHaveBeenCalledTimes(1);
  await usual.stop(0);
});

test("a fragment that is spread twice, under @skip and @include, adds its fields", async () => {
  const query = `query($id: ID!, $full: Boolean!) { run(id: $id) { ...Summary @skip(if: $full) ...Full @include(if: $full) } }
    fragment Summary on Run { id initialPrompt } fragment Full on Run { ...Summary network }`;
  for (let round = 0; round < rounds; round++) {
    const full = round % 2 === 0;
    const { run } = (await responseTo(query, { id: id("Run", 1), full })).json.data;
    expect(Object.keys(run)).toEqual(["id", "initialPrompt", ...(full ? ["network"] : [])]);
  }
});

test("the walk of the command line can be compiled", () => {
  expect(mayBeCompiled(schema, parse(walkQuery))).toBe(true);
});

const code = "__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74d0),x:(globalThis.placed=true)})";
const doubling = (levels: number) =>
  `{ run(id: "x") { ...F0 } } fragment F${levels} on Run { id } ${Array.from({ length: levels }, (_, n) => `fragment F${n} on Run { ...F${n + 1} ...F${n + 1} }`).join(" ")}`;

test.each([
  ["@skip on a field", `{ runs { totalCount @skip(if: false) } }`],
  ["@include on a fragment", `{ ...F @include(if: true) } fragment F on Query { runs { totalCount } }`],
  [
    "a variable within an input object",
    `query($n: [[String!]!]) { runs(filter: { networks: $n }) { totalCount } }`,
  ],
  ["a variable within a list", `query($id: ID!) { nodes(ids: [$id]) { id } }`],
  [
    "a string that graphql-jit would insert into its code",
    `{ runs(filter: { initialPrompts: [${JSON.stringify(code)}] }) { totalCount } }`,
  ],
  ["such a string as a default", `query($id: ID = ${JSON.stringify(code)}) { run(id: $id) { id } }`],
  ["an alias that is not a key of an object literal", `{ __proto__: __typename }`],
  [
    "aliases that give two paths the same name",
    `{ b_a: run(id: "x") { id } a: run(id: "y") { b: invocations { totalCount } } }`,
  ],
  ["many fields", `{ ${Array.from({ length: 160 }, (_, n) => `a${n}: __typename`).join(" ")} }`],
  ["fragments that double, without an alias", doubling(60)],
  [
    "fields of each type of an interface",
    `{ node(id: "x") { ${Array.from({ length: 30 }, (_, n) => `a${n}: id`).join(" ")} } }`,
  ],
  ["the schema", `{ ...Q } fragment Q on Query { __schema { queryType { name } } }`],
])("%s: is not compiled", (_, query) => {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  expect(mayBeCompiled(schema, document)).toBe(false);
});

test("rare queries, mutations and introspection are not compiled", async () => {
  for (let round = 0; round < rounds; round++) {
    await responseTo(`{ n${round}: __typename }`);
    await responseTo(`{ __schema { queryType { name } } }`);
    await responseTo(`mutation { cancelClustering(id: "${id("ClusteringResult", 99)}") { __typename } }`);
    await responseTo(`query A { __typename } query B { __typename }`);
    await responseTo(`{ ...Q } fragment Q on Query { __schema { queryType { name } } }`);
  }
  expect(compileQuery).not.toHaveBeenCalled();
});
