import { buildClientSchema, getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RejectionReason } from "../../../src/server/limits/rejections.js";
import { type Fixture, id, openFixture, writeRuns } from "../../fixtures.js";
import { type LimitedServer, serveLimited } from "./limitedServer.js";

let fixture: Fixture;
let server: LimitedServer;
beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 1 });
  server = await serveLimited(fixture);
});
afterAll(async () => {
  await server.stop(0);
  await fixture.close();
});

/** A document at the limit is executed; one above it is refused and counted, and nothing is read. */
async function expectLimit(
  limit: RejectionReason,
  maximum: number,
  below: string,
  above: string,
  actual?: number,
) {
  const allowed = await server.post({ query: below });
  expect(allowed.json.errors).toBeUndefined();
  expect(allowed.status).toBe(200);

  const before = server.rejections.count(limit);
  fixture.statements.length = 0;
  const refused = await server.post({ query: above });
  expect(refused.status).toBe(400);
  expect(refused.json).not.toHaveProperty("data");
  expect(refused.refusal).toEqual({
    code: "REQUEST_LIMIT",
    limit,
    maximum,
    ...(actual !== undefined && { actual }),
  });
  expect(server.rejections.count(limit)).toBe(before + 1);
  expect(fixture.statements).toEqual([]);
  expect((await server.post({ query: above })).refusal).toEqual(refused.refusal); // also from a cache
  expect(server.rejections.count(limit)).toBe(before + 2);
}

const repeat = (count: number, write: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => write(n)).join(" ");

describe("tokens", () => {
  test("are at most 1,000", () => {
    // 16 tokens, and one for each prompt.
    const query = (prompts: number) =>
      `{ runs(filter: { initialPrompts: [${repeat(prompts, () => '"x"')}] }) { totalCount } }`;
    return expectLimit("TOKENS", 1000, query(984), query(985));
  });

  test("are counted before any other check, and comments and blanks are not counted", async () => {
    const endless = `{ ${"a { ".repeat(20_000)}`;
    expect((await server.post({ query: endless })).refusal.limit).toBe("TOKENS");
    const padded = `{ __typename } #${" ".repeat(50_000)}\n${",".repeat(40_000)}`;
    expect((await server.post({ query: padded })).json.data).toEqual({ __typename: "Query" });
  });
});

describe("depth", () => {
  const invocation = `invocation(id: "${id("Invocation", 3)}")`;
  const nested = (inputs: number) => `${invocation} ${"{ input ".repeat(inputs)}{ id }${" }".repeat(inputs)}`;

  test("is at most 12", () => expectLimit("DEPTH", 12, `{ ${nested(10)} }`, `{ ${nested(11)} }`, 13));

  test("is counted through fragments, named and inline", () => {
    const query = (inputs: number) => `
      { ${invocation} { ...A } }
      fragment A on Invocation { input { ... on Invocation { input { ...B } } } }
      fragment B on Invocation ${"{ input ".repeat(inputs)}{ id }${" }".repeat(inputs)}`;
    return expectLimit("DEPTH", 12, query(8), query(9), 13);
  });

  test("is that of the deepest operation or fragment, even of fragments that are not spread", async () => {
    const query = `query A { __typename } query B { ${nested(11)} }`;
    expect((await server.post({ query, operationName: "A" })).refusal).toMatchObject({ actual: 13 });
    const unused = `{ __typename } fragment A on Invocation ${"{ input ".repeat(12)}{ id }${" }".repeat(12)}`;
    expect((await server.post({ query: unused })).refusal).toMatchObject({ actual: 13 });
  });

  test("of fragments that spread themselves is refused by validation, at once", async () => {
    const query = `{ ${invocation} { ...A } }
      fragment A on Invocation { input { ...B } } fragment B on Invocation { input { ...A } }`;
    const { json, refusal } = await server.post({ query });
    expect(refusal.code).toBe("INVALID_INPUT");
    expect(json.errors[0].message).toContain("Cannot spread fragment");
  });

  test("of introspection has a limit of its own, because tools need more; other fields still have depth 12 beside it", async () => {
    const types = (levels: number) =>
      `{ __type(name: "Run") { ${"ofType { ".repeat(levels)}name${" }".repeat(levels)} } }`;
    await expectLimit("INTROSPECTION_DEPTH", 20, types(18), types(19), 21);
    const { refusal } = await server.post({ query: `{ __schema { queryType { name } } ${nested(11)} }` });
    expect(refusal).toMatchObject({ limit: "DEPTH", actual: 13 });
  });

  test.each([
    [
      "GraphiQL's",
      { schemaDescription: true, inputValueDeprecation: true, specifiedByUrl: true, oneOf: true },
    ],
    ["the shortest", { descriptions: false }],
    [
      "the longest",
      {
        directiveIsRepeatable: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        oneOf: true,
        typeDepth: 9,
      },
    ],
  ])("does not refuse the introspection of tools: %s", async (_, options) => {
    const { status, json } = await server.post({ query: getIntrospectionQuery(options) });
    expect(status).toBe(200);
    expect(json.data.__schema.types.length).toBeGreaterThan(50);
    expect(json.extensions.cost.objects).toBe(0);
  });

  test("of circular introspection is refused", async () => {
    const query = `{ __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }`;
    const before = server.rejections.count("INTROSPECTION_DEPTH");
    const refused = { code: "REQUEST_LIMIT", limit: "INTROSPECTION_DEPTH", maximum: 2 };
    expect((await server.post({ query })).refusal).toEqual(refused);
    expect((await server.post({ query })).refusal).toEqual(refused);
    expect(server.rejections.count("INTROSPECTION_DEPTH")).toBe(before + 2);
    const less = `{ __schema { types { fields { type { name } } } } }`;
    expect((await server.post({ query: less })).status).toBe(200);
  });
});

describe("aliases", () => {
  test("are at most 20", () => {
    const query = (count: number) =>
      `{ ${repeat(count, (n) => `a${n}: run(id: "${id("Run", n)}") { id }`)} }`;
    return expectLimit("ALIASES", 20, query(20), query(21), 21);
  });

  test("are at most 20, including those of __typename", () => {
    const query = (count: number) => `{ ${repeat(count, (n) => `a${n}: __typename`)} }`;
    return expectLimit("ALIASES", 20, query(20), query(21), 21);
  });

  test("are counted at each place where a fragment is spread", () => {
    const query = (spreads: number) => `
      { ${repeat(spreads, (n) => `a${n}: run(id: "${id("Run", 0)}") { ...Four }`)} }
      fragment Four on Run { b: id c: id d: id e: id }`;
    return expectLimit("ALIASES", 20, query(4), query(5), 25);
  });

  test("that double from fragment to fragment are refused at once, however many there are", async () => {
    const doubling = repeat(60, (n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`);
    const query = `{ ...F0 } ${doubling} fragment F60 on Query { a: __typename }`;
    const { refusal } = await server.post({ query });
    expect(refusal).toEqual({ code: "REQUEST_LIMIT", limit: "ALIASES", maximum: 20 });
  });
});

describe("directives", () => {
  test("are at most 50", () => {
    const query = (count: number) => `{ ${repeat(count, () => "... @include(if: true) { __typename }")} }`;
    return expectLimit("DIRECTIVES", 50, query(50), query(51), 51);
  });

  test("are counted even if they are unknown, and wherever they occur", async () => {
    const many = `{ __typename ${"@aa".repeat(5)} }`;
    expect((await server.post({ query: many })).refusal).toMatchObject({
      limit: "DIRECTIVES",
      maximum: 4,
      actual: 5,
    });
    const spread = `query($a: Int @a @b) @c @d { ...F @e @f ... @g @h { __typename @i } } fragment F on Query @j { ${"... @k { __typename } ".repeat(41)} }`;
    expect((await server.post({ query: spread })).refusal).toMatchObject({ limit: "DIRECTIVES", actual: 51 });
  });

  test("of an introspection that includes each part on a condition are allowed, with every option of graphql's own", async () => {
    const options = [
      "descriptions",
      "specifiedByUrl",
      "directiveIsRepeatable",
      "schemaDescription",
      "inputValueDeprecation",
      "oneOf",
    ];
    const each = [
      ...options.map((option) => ({ [option]: true })),
      {},
      Object.fromEntries(options.map((o) => [o, true])),
    ];
    for (const given of each) {
      const { json } = await server.post({ query: getIntrospectionQuery(given) });
      expect(buildClientSchema(json.data).getQueryType()?.name).toBe("Query");
    }
    const conditional = getIntrospectionQuery({ inputValueDeprecation: false })
      .replace("query IntrospectionQuery", "query IntrospectionQuery($with: Boolean!)")
      .replace(
        /^\s*(description|isDeprecated|deprecationReason|defaultValue|locations)$/gm,
        "$1 @include(if: $with)",
      );
    expect(conditional.match(/@include/g)!.length).toBeGreaterThan(8);
    const { json } = await server.post({ query: conditional, variables: { with: true } });
    expect(buildClientSchema(json.data).getQueryType()?.name).toBe("Query");
  });
});

describe("fields of one name", () => {
  test("are at most 200", () => {
    const query = (count: number) => `{ ${repeat(count, () => "__typename")} }`;
    return expectLimit("REPEATS", 200, query(200), query(201), 201);
  });

  test("are counted wherever they occur, by the name that they have in the response", async () => {
    const run = `run(id: "${id("Run", 0)}")`;
    const query = `{ ${repeat(5, () => `${run} { ...F ${repeat(30, () => "id")} }`)} a: __typename } fragment F on Run { ${repeat(52, () => "id")} id: seed }`;
    expect((await server.post({ query })).refusal).toMatchObject({ limit: "REPEATS", actual: 203 });
  });
});

describe("a batch", () => {
  const operation = { query: "{ __typename }" };

  test("is refused, whatever its size", async () => {
    for (const count of [1, 2]) {
      const { status, refusal } = await server.post(Array(count).fill(operation));
      expect(status).toBe(400);
      expect(refusal).toEqual({ code: "REQUEST_LIMIT", limit: "BATCH", maximum: 1, actual: count });
    }
    expect(server.rejections.count("BATCH")).toBe(2);
  });

  test("may be allowed up to a size; each of its operations has the limits of a single one", async () => {
    const batching = await serveLimited(fixture, { limitBatch: 2 });
    const { json } = await batching.post([
      operation,
      { query: `{ ${"a".repeat(10)}: __typename ${"@a".repeat(51)} }` },
    ]);
    expect(json[0].data).toEqual({ __typename: "Query" });
    expect(json[1].errors[0].extensions.limit).toBe("DIRECTIVES");
    const { refusal } = await batching.post(Array(3).fill(operation));
    expect(refusal).toEqual({ code: "REQUEST_LIMIT", limit: "BATCH", maximum: 2, actual: 3 });
    await batching.stop(0);
  });

  test("must not contain a subscription, which has more than one result", async () => {
    const batching = await serveLimited(fixture, { limitBatch: 2 });
    const query = `subscription { clusteringProgress(id: "${id("ClusteringResult", 0)}") { status } }`;
    const accept = "application/json, text/event-stream;q=0.5";
    const { json } = await batching.post([{ query }, operation], { accept });
    expect(json[0]).toMatchObject({
      errors: [
        {
          message: "A subscription cannot be in a list of operations. Send it alone.",
          extensions: { code: "INVALID_INPUT" },
        },
      ],
    });
    expect(json[1].data).toEqual({ __typename: "Query" });
    await batching.stop(0);
  });
});

test("every limit can be set", async () => {
  const strict = await serveLimited(fixture, {
    limitTokens: 20,
    limitDepth: 2,
    limitIntrospectionDepth: 2,
    limitAliases: 1,
    limitDirectives: 1,
    limitCost: 1,
  });
  const refused = async (query: string) => (await strict.post({ query })).refusal;
  expect(await refused(`{ ${"__typename ".repeat(30)} }`)).toMatchObject({ limit: "TOKENS", maximum: 20 });
  expect(await refused("{ runs { edges { cursor } } }")).toMatchObject({
    limit: "DEPTH",
    maximum: 2,
    actual: 3,
  });
  expect(await refused("{ __schema { queryType { name } } }")).toMatchObject({
    limit: "INTROSPECTION_DEPTH",
    maximum: 2,
    actual: 3,
  });
  expect(await refused("{ a: __typename b: __typename }")).toMatchObject({
    limit: "ALIASES",
    maximum: 1,
    actual: 2,
  });
  expect(await refused("{ __typename @a @b }")).toMatchObject({ limit: "DIRECTIVES", maximum: 1, actual: 2 });
  expect(await refused("{ embeddingModels { id } }")).toMatchObject({
    limit: "COST",
    maximum: 1,
    actual: 20,
  });
  await strict.stop(0);
});

test("validation that would take very long is stopped by graphql", async () => {
  // It is within every other limit, but each field is compared with every other field of its name.
  const lenient = await serveLimited(fixture, { limitRepeats: 1000 });
  const query = `{ ${repeat(900, () => "__typename")} }`;
  const { status, refusal } = await lenient.post({ query }); // how long it takes: bench/hostile.js
  expect([status, refusal]).toEqual([400, { code: "REQUEST_LIMIT", limit: "VALIDATION", maximum: 500_000 }]);
  expect(lenient.rejections.count("VALIDATION")).toBe(1);
  expect((await lenient.post({ query: `{ ${repeat(500, () => "__typename")} }` })).status).toBe(200);
  await lenient.stop(0);
});

test("of a document's errors only ten are returned, with a note that there are more", async () => {
  const messages = async (unknown: number) => {
    const { status, json } = await server.post({ query: `{ ${repeat(unknown, (n) => `unknown${n}`)} }` });
    expect([status, json.data]).toEqual([400, undefined]);
    return json.errors.map(({ message }: Error) => message);
  };
  expect(await messages(10)).toHaveLength(10);
  expect(await messages(990)).toEqual([
    ...Array.from({ length: 10 }, (_, n) => `Cannot query field "unknown${n}" on type "Query".`),
    "Too many validation errors, error limit reached. Validation aborted.",
  ]);
});
