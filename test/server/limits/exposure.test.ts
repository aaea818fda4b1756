import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { buildSchema, printSchema } from "graphql";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createApiKey } from "../../../src/server/access/apiKeys.js";
import type { Settings } from "../../../src/settings.js";
import { type Fixture, id, openFixture, uuid, writeRuns } from "../../fixtures.js";
import { jsonResponse, type LimitedServer, serveLimited } from "./limitedServer.js";

let fixture: Fixture;
let server: LimitedServer;
async function serve(settings: Partial<Settings> = {}) {
  await server?.stop(0);
  server = await serveLimited(fixture, settings);
}

beforeEach(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 2 });
  await serve();
});
afterEach(async () => {
  expect(fixture.internalErrors).toEqual([]);
  await server.stop(0);
  await fixture.close();
});

/** The settings that docs/operation.md recommends for a server on a public network. */
const hardened: Partial<Settings> = { introspection: false, graphiql: false, getRequests: false };
const browser = { accept: "text/html,application/xhtml+xml" };
const preflighted = { "apollo-require-preflight": "1" };
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${server.address}${path}`, { headers, redirect: "manual" });
const getQuery = (query: string, headers: Record<string, string> = preflighted) =>
  get(`/graphql?query=${encodeURIComponent(query)}`, headers);

/** The requests that graphql-cop sends to a server, and whether a response shows the weakness that it looks for. */
const checks: Record<string, () => Promise<boolean>> = {
  "alias overloading": async () => {
    const aliases = Array.from({ length: 101 }, (_, n) => `alias${n}:__typename`).join(" \n");
    return (await server.post({ query: `query cop { ${aliases} }` })).json.data?.alias100 !== undefined;
  },
  "array-based batching": async () =>
    (await server.post(Array(10).fill({ query: "query cop { __typename }" }))).json.length >= 10,
  "directive overloading": async () =>
    (await server.post({ query: `query cop { __typename ${"@aa".repeat(10)} }` })).json.errors.length === 10,
  "circular introspection": async () => {
    const query = `query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }`;
    return (await server.post({ query })).json.data?.__schema !== undefined;
  },
  "field duplication": async () =>
    (await server.post({ query: `query cop { ${"__typename \n".repeat(500)} }` })).json.data !== undefined,
  "field suggestions": async () =>
    JSON.stringify(await server.post({ query: "query cop { __schema { directive } }" })).includes(
      "Did you mean",
    ),
  introspection: async () =>
    (await server.post({ query: "query cop { __schema { types { name fields { name } } } }" })).json.data !==
    undefined,
  "an explorer": async () => {
    const pages = await Promise.all(
      ["/graphiql", "/playground", "/console", "/graphql"].map((path) => get(path, browser)),
    );
    const texts = await Promise.all(pages.map((page) => page.text()));
    return texts.some((text) =>
      /graphiql\.min\.css|GraphQL Playground|GraphiQL|graphql-playground/.test(text),
    );
  },
  "queries by GET": async () =>
    (await jsonResponse(await getQuery("query cop { __typename }"))).json.data !== undefined,
  "mutations by GET": async () =>
    (await jsonResponse(await getQuery("mutation cop { __typename }"))).json.data !== undefined,
  "POST that is not JSON (cross-site requests)": async () => {
    const query = new URLSearchParams({ query: "query cop { __typename }" });
    const posts = [
      await fetch(`${server.address}/graphql`, { method: "POST", body: query }),
      await fetch(`${server.address}/graphql?${query}`, { method: "POST" }),
    ];
    const responses = await Promise.all(posts.map(jsonResponse));
    return responses.some(({ json }) => json.data !== undefined);
  },
  tracing: async () =>
    /"tracing"|"exception"|stacktrace|node_modules/.test(
      JSON.stringify((await server.post({ query: "query cop { __typename }" })).json),
    ),
  "unhandled errors": async () =>
    /"exception"|stacktrace|node_modules/.test(
      JSON.stringify((await server.post({ query: "qwerty cop { abc }" })).json),
    ),
  "circular fragments": async () => {
    const query = `query cop { __schema { ...A } } fragment A on __Schema { __typename ...B } fragment B on __Schema { ...A }`;
    return (await server.post({ query })).json.errors === undefined;
  },
};

const weaknesses = async () => {
  const found: string[] = [];
  for (const [name, shows] of Object.entries(checks)) if (await shows()) found.push(name);
  return found;
};

/** The twelve that its README lists, and two more that its code has: unhandled errors and circular fragments. */
describe("the checks of graphql-cop", () => {
  test("find nothing with the hardened settings", async () => {
    await serve(hardened);
    expect(Object.keys(checks)).toHaveLength(14);
    expect(await weaknesses()).toEqual([]);
    expect((await server.post({ query: "{ runs { totalCount } }" })).json.data).toEqual({
      runs: { totalCount: 2 },
    });
  });

  test("find with the default settings what docs/operation.md describes: introspection, GraphiQL, and GET", async () => {
    expect(await weaknesses()).toEqual(["introspection", "an explorer", "queries by GET"]);
  });

  test("find no GET without a header that a page of another site cannot send, with the default settings either", async () => {
    expect((await getQuery("{ __typename }", {})).status).toBe(400);
    expect(server.rejections.count("CROSS_SITE")).toBe(1);
  });
});

describe("introspection", () => {
  test("can be turned off: it is refused and counted; __typename stays", async () => {
    await serve({ introspection: false });
    for (const query of [
      "{ __schema { queryType { name } } }",
      `{ a: __type(name: "Run") { name } }`,
      "{ ...F } fragment F on Query { __schema { queryType { name } } }",
    ]) {
      const { status, json, refusal } = await server.post({ query });
      expect([status, refusal]).toEqual([400, { code: "INVALID_INPUT" }]);
      expect(json).not.toHaveProperty("data");
    }
    expect(server.rejections.count("INTROSPECTION")).toBe(3);
    expect((await server.post({ query: "{ __typename }" })).json.data).toEqual({ __typename: "Query" });
  });

  test("cannot be inferred from suggestions either, of fields, arguments, types and values", async () => {
    const misspelt = [
      { query: "{ run(id: 1) { initialPromt } }" },
      { query: "{ runs(frst: 1) { totalCount } }" },
      { query: "{ node(id: 1) { ... on Clustr { id } } }" },
      { query: `{ clusteringResults(filter: { statuses: [SUCCEDED] }) { totalCount } }` },
      {
        query: `query($filter: ClusteringResultFilter) { clusteringResults(filter: $filter) { totalCount } }`,
        variables: { filter: { statuses: ["SUCCEDED"] } },
      },
      {
        query: `query($filter: ClusteringResultFilter) { clusteringResults(filter: $filter) { totalCount } }`,
        variables: { filter: { statues: [] } },
      },
    ];
    for (const operation of misspelt) {
      const { json, refusal } = await server.post(operation);
      expect(refusal.code).toBe("INVALID_INPUT");
      expect(JSON.stringify(json)).not.toMatch(/Did you mean|initialPrompt|SUCCEEDED/);
    }
  });
});

describe("GraphiQL", () => {
  test("can be turned off, with its script", async () => {
    const { 1: script } = /src="(graphiql\/[^"]*)"/.exec(await (await get("/graphql", browser)).text())!;
    expect((await get(`/${script}`)).status).toBe(200);
    await serve({ graphiql: false });
    expect((await get("/graphql", browser)).status).toBe(400); // a GET like any other
    expect((await get(`/${script}`)).status).toBe(404);
    expect(await (await get("/")).text()).toContain('data-graphiql="false"');
  });

  test("runs only its own script, and cannot be framed", async () => {
    const page = await get("/graphql", browser);
    const policy = page.headers.get("content-security-policy")!;
    const inline = /<script>([\s\S]*?)<\/script>/.exec(await page.text())![1];
    const hash = createHash("sha256").update(inline).digest("base64");
    expect(policy.split("; ")).toEqual([
      "default-src 'none'",
      `script-src 'self' 'sha256-${hash}'`,
      "worker-src blob:",
      "style-src 'unsafe-inline'",
      "img-src 'self' data:",
      "font-src data:",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ]);
  });
});

describe("GET", () => {
  test("can be turned off", async () => {
    await serve({ getRequests: false });
    const response = await getQuery("{ __typename }");
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    expect((await get("/graphql", browser)).status).toBe(200); // GraphiQL is a page, not a query
  });

  test("of a mutation or a subscription changes nothing", async () => {
    for (const query of [
      `mutation { deleteRun(id: "${id("Run", 0)}") { __typename } }`,
      `query A { __typename } mutation B { deleteRun(id: "${id("Run", 0)}") { __typename } }`,
    ]) {
      const response = await get(
        `/graphql?query=${encodeURIComponent(query)}&operationName=${query.startsWith("q") ? "B" : ""}`,
        preflighted,
      );
      expect(response.status).toBe(405);
    }
    expect(await fixture.prisma.run.count()).toBe(2);
  });
});

describe("headers", () => {
  const safe = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
  };

  test("that protect browsers are on every response", async () => {
    const paths: [string, Record<string, string>][] = [
      ["/graphql?query={__typename}", preflighted],
      ["/graphql?query={__typename}", {}],
      ["/graphql", browser],
      ["/", {}],
      ["/nothing", {}],
      ["/health/live", {}],
      [`/images/${uuid("Invocation", 0)}`, {}],
      ["/images/none", {}],
    ];
    for (const [path, headers] of paths) {
      const found = Object.fromEntries((await get(path, headers)).headers);
      expect(found).toMatchObject(safe);
      expect(found["content-security-policy"]).toContain("default-src 'none'");
      expect(found).not.toHaveProperty("access-control-allow-origin");
      expect(found).not.toHaveProperty("x-powered-by");
    }
    const response = await getQuery("{ __typename }");
    expect(response.headers.get("content-security-policy")).toBe(
      "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
  });

  test("of an image prevent an SVG from running anything", async () => {
    await fixture.prisma.outputImage.update({
      where: { invocationId: uuid("Invocation", 0) },
      data: { bytes: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`) },
    });
    const { headers } = await get(`/images/${uuid("Invocation", 0)}`);
    expect(headers.get("content-type")).toBe("image/svg+xml");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    );
  });
});

describe("other origins", () => {
  const ours = "https://app.example.org";
  const preflight = (origin: string) =>
    fetch(`${server.address}/graphql`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
      },
    });
  const posts = (origin: string) =>
    fetch(`${server.address}/graphql`, {
      method: "POST",
      headers: { origin, "content-type": "application/json" },
      body: '{"query":"{ __typename }"}',
    });
  const cors = ({ headers }: Response) =>
    [...headers.keys()].filter((name) => name.startsWith("access-control-"));

  test("are refused unless they are listed", async () => {
    for (const response of [await preflight(ours), await posts(ours)]) expect(cors(response)).toEqual([]);
    await serve({ corsOrigins: [ours] });
    const response = await preflight("https://evil.example");
    expect(response.status).toBe(403);
    expect((await response.json()).errors).toEqual([
      {
        message: "The origin https://evil.example is not in MEDOID_CORS_ORIGINS.",
        extensions: { code: "FORBIDDEN" },
      },
    ]);
    expect(server.rejections.count("CROSS_SITE")).toBe(1);
    for (const origin of ["https://evil.example", "http://app.example.org", `${ours}.evil.example`, "null"]) {
      for (const response of [await preflight(origin), await posts(origin)]) {
        expect(cors(response)).toEqual([]);
        expect(response.headers.get("vary")).toContain("Origin");
      }
    }
  });

  test("that are listed are allowed by CORS headers, without cookies", async () => {
    await serve({ corsOrigins: ["http://localhost:3000", ours] });
    const response = await preflight(ours);
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "access-control-allow-origin": ours,
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": "content-type",
      "access-control-expose-headers": "ETag, Retry-After, X-Request-Id",
      "access-control-max-age": "600",
      vary: "Origin, Access-Control-Request-Headers",
    });
    const posted = await posts(ours);
    expect(posted.status).toBe(200);
    expect(posted.headers.get("access-control-allow-origin")).toBe(ours);
    expect(posted.headers.get("vary")).not.toContain("Access-Control-Request-Headers");
    // Without Access-Control-Request-Method it is not a preflight request.
    const options = await fetch(`${server.address}/graphql`, {
      method: "OPTIONS",
      headers: { origin: ours },
    });
    expect([options.status, options.headers.get("access-control-allow-methods")]).toEqual([405, null]);
    expect(posted.headers.get("access-control-allow-credentials")).toBeNull();
  });
});

describe("a preflight request from a listed origin", () => {
  test("allows the headers that it requests, and the usual ones if its list is not valid", async () => {
    const origin = "https://app.example.org";
    await serve({ corsOrigins: [origin] });
    const allowed = async (requested?: string) => {
      const response = await fetch(`${server.address}/graphql`, {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "POST",
          ...(requested !== undefined && { "access-control-request-headers": requested }),
        },
      });
      return response.headers.get("access-control-allow-headers");
    };
    const requested =
      "apollo-require-preflight,apollographql-client-name,apollographql-client-version,content-type,traceparent,x-request-id";
    expect(await allowed(requested)).toBe(requested);
    expect(await allowed("x".repeat(1000))).toBe("x".repeat(1000));
    const usual =
      "Content-Type, Authorization, x-graphql-require-preflight, apollo-require-preflight, x-apollo-operation-name, If-None-Match, Last-Event-ID";
    for (const insane of [undefined, "*/*", "a b", "a,,b", "x".repeat(1001)]) {
      expect(await allowed(insane)).toBe(usual);
    }
  });
});

describe("/schema.graphql", () => {
  test("is the schema, and can be cached by its ETag", async () => {
    const response = await get("/schema.graphql");
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    const printed = printSchema(buildSchema(readFileSync("schema.graphql", "utf8")));
    expect(await response.text()).toBe(`${printed}\n`);
    const etag = response.headers.get("etag")!;
    expect((await get("/schema.graphql", { "if-none-match": `"x", ${etag}` })).status).toBe(304);
    const head = await fetch(`${server.address}/schema.graphql`, { method: "HEAD" });
    expect([head.status, head.headers.get("etag"), await head.text()]).toEqual([200, etag, ""]);
  });

  test("is served to every caller who may read, if introspection is on", async () => {
    const { key } = await createApiKey(fixture.prisma, { name: "reader", scopes: ["read"] });
    const writer = await createApiKey(fixture.prisma, { name: "writer", scopes: ["write"] });
    const statuses = async () => [
      (await get("/schema.graphql")).status,
      (await get("/schema.graphql", { authorization: `Bearer ${writer.key}` })).status,
      (await get("/schema.graphql", { authorization: `Bearer ${key}` })).status,
    ];
    await serve();
    expect(await statuses()).toEqual([401, 403, 200]);
    await serve({ introspection: false });
    expect(await statuses()).toEqual([404, 404, 404]);
  });
});

describe("attacks that succeed on Damn Vulnerable GraphQL Application do not succeed here", () => {
  const codeOf = async (query: string, variables = {}) => (await server.post({ query, variables })).refusal;

  test("denial of service: batches, deep recursion, costly pages, duplicate fields, aliases, circular fragments", async () => {
    const deep = `${"input { ".repeat(30)}id${" }".repeat(30)}`;
    const costly = `runs(first: 500) { edges { node { invocations(first: 500) { edges { node { id } } } } } }`;
    const circular = `fragment A on Run { id ...B } fragment B on Run { id ...A }`;
    fixture.statements.length = 0;
    expect((await server.post(Array(50).fill({ query: `{ ${costly} }` }))).refusal.limit).toBe("BATCH");
    expect((await codeOf(`{ invocation(id: "x") { ${deep} } }`)).limit).toBe("DEPTH");
    expect((await codeOf(`{ ${costly} }`)).limit).toBe("COST");
    expect((await codeOf(`{ run(id: "x") { ${"id ".repeat(900)} } }`)).limit).toBe("REPEATS");
    expect(
      (await codeOf(`{ ${Array.from({ length: 30 }, (_, n) => `a${n}: ${costly}`).join(" ")} }`)).limit,
    ).toBe("ALIASES");
    expect((await codeOf(`{ run(id: "x") { ...A } } ${circular}`)).code).toBe("INVALID_INPUT");
    expect(fixture.statements).toEqual([]);
  });

  test("injection: into SQL, by filters, ids and cursors", async () => {
    const sql = '\' OR 1=1; DROP TABLE "Run"; --';
    const filtered = await server.post({
      query: `query($prompt: [String!]) { runs(filter: { initialPrompts: $prompt }) { totalCount edges { node { id } } } }`,
      variables: { prompt: [sql] },
    });
    expect(filtered.json.data.runs).toEqual({ totalCount: 0, edges: [] });
    for (const query of [
      `query($x: ID!) { run(id: $x) { id } }`,
      `query($x: ID!) { nodes(ids: [$x]) { id } }`,
      `query($x: String!) { runs(after: $x) { totalCount edges { cursor } } }`.replace("ID!", "String!"),
    ]) {
      expect((await codeOf(query, { x: sql })).code).toBe("INVALID_INPUT");
    }
    expect(await fixture.prisma.run.count()).toBe(2);
  });

  test("injection: of stored scripts into GraphiQL's page", async () => {
    await fixture.prisma.embeddingModel.updateMany({ data: { name: "</script><script>alert(1)</script>" } });
    const text = await (await get("/graphql", browser)).text();
    expect(text.match(/<script/g)).toHaveLength(2);
  });

  test("disclosure: of stack traces, paths and statements, in errors", async () => {
    for (const body of [
      "{",
      '{"query":"{ run(id: 1) }"}',
      '{"query":"{"}',
      "[]",
      '{"query":1}',
      '{"query":"{__typename}","variables":1}',
    ]) {
      const { json, refusal } = await server.post(body);
      expect(["INVALID_INPUT", "REQUEST_LIMIT"]).toContain(refusal.code);
      expect(JSON.stringify(json)).not.toMatch(/node_modules|\.[jt]s:\d|SELECT|stack/);
    }
  });

  test("disclosure: of files, by the URLs of images and scripts", async () => {
    for (const path of [
      "/images/../package.json",
      "/images/..%2f..%2fpackage.json",
      "/graphiql/../../package.json",
      "/graphiql/..%2fserver.js",
      "//etc/passwd",
    ]) {
      expect((await get(path)).status).toBe(404);
    }
  });

  test("limits: not evaded by the name of another operation", async () => {
    // Limits apply to what an operation does, whatever its name.
    const query = `mutation recordTrajectories { deleteRun(id: "${id("Run", 0)}") { __typename } } ${" ".repeat(100_001)}`;
    expect((await server.post({ query, operationName: "recordTrajectories" })).refusal.limit).toBe(
      "BODY_BYTES",
    );
    expect(await fixture.prisma.run.count()).toBe(2);
  });
});
