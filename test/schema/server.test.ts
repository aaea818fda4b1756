import { once } from "node:events";
import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { graphiqlTabsWithKey } from "../../src/server/pages/graphiqlTabs.js";
import { createServer, type MedoidServer, type ServerOptions } from "../../src/server/server.js";
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
let server: MedoidServer;
let address: string;

async function serve(options: ServerOptions = {}) {
  server = createServer(fixture.app, { log: (error) => fixture.internalErrors.push(error), ...options });
  address = await server.listen(0, "127.0.0.1");
}

beforeEach(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 1 });
  await serve();
});
afterEach(async () => {
  await server.stop(0);
  await fixture.close();
});

const post = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${address}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

/** The errors' codes of a response, and its HTTP status. */
async function refusal(response: Response) {
  const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
  return [response.status, ...errors.map(({ extensions }) => extensions.code)];
}

describe("POST /graphql", () => {
  test("responds to an operation", async () => {
    const response = await post({
      query: "query($id: ID!) { run(id: $id) { initialPrompt seed } }",
      variables: { id: id("Run", 0) },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    expect(await response.json()).toEqual({
      data: { run: { initialPrompt: "prompt 0", seed: "4611686018427387905" } },
      extensions: { cost: { objects: 1, maximum: 10_000, charged: 1 } },
    });
  });

  test("gives every error a code of the enum", async () => {
    expect(await refusal(await post({ query: "{ nothing }" }))).toEqual([200, "INVALID_INPUT"]);
    const modern = { accept: "application/graphql-response+json" };
    expect(await refusal(await post({ query: "{ nothing }" }, modern))).toEqual([400, "INVALID_INPUT"]);
    for (const malformed of ["{", {}, "null", "1"]) {
      expect(await refusal(await post(malformed, modern))).toEqual([400, "INVALID_INPUT"]);
    }
    const wrong = { query: "query($id: ID!) { run(id: $id) { id } }", variables: { id: "x" } };
    expect(await refusal(await post(wrong))).toEqual([200, "INVALID_INPUT"]);
    const missing = { ...wrong, variables: { id: null } };
    expect(await refusal(await post(missing))).toEqual([200, "INVALID_INPUT"]);
    expect(await refusal(await post(missing, modern))).toEqual([400, "INVALID_INPUT"]);
    expect(fixture.internalErrors).toEqual([]);
  });

  test("masks an internal error, and logs it once", async () => {
    await server.stop(0);
    const { app } = fixture;
    fixture = {
      ...fixture,
      app: {
        ...app,
        database: { ...app.database, prisma: { apiKey: app.database.prisma.apiKey } as never },
      },
    };
    await serve();
    const response = await post({ query: `{ embeddingModels { name } }` });
    const body = await response.text();
    expect(body).not.toContain("findMany");
    expect(JSON.parse(body)).toMatchObject({
      errors: [
        { path: ["embeddingModels"], extensions: { code: "INTERNAL_SERVER_ERROR", id: expect.any(String) } },
      ],
    });
    expect(fixture.internalErrors).toHaveLength(1);
  });
});

describe("requests that a page of another site could send", () => {
  const query = encodeURIComponent("{ __typename }");

  test.each([
    [
      "a form",
      {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: `query=${query}`,
      },
    ],
    [
      "plain text",
      { method: "POST", headers: { "content-type": "text/plain" }, body: '{"query":"{ __typename }"}' },
    ],
    [
      "plain text that names JSON",
      { method: "POST", headers: { "content-type": "text/plain; application/json" }, body: "{}" },
    ],
    [
      "multipart",
      { method: "POST", headers: { "content-type": "multipart/form-data; boundary=x" }, body: "--x--" },
    ],
    [
      "an empty header",
      {
        method: "POST",
        headers: { "content-type": "text/plain", "apollo-require-preflight": "" },
        body: "{}",
      },
    ],
  ])("are refused: %s", async (_, init) => {
    expect(await refusal(await fetch(`${address}/graphql`, init))).toEqual([400, "INVALID_INPUT"]);
  });

  test("are refused: a GET, unless a header shows that the browser would have sent a preflight request", async () => {
    const get = (headers: Record<string, string>) => fetch(`${address}/graphql?query=${query}`, { headers });
    expect(await refusal(await get({}))).toEqual([400, "INVALID_INPUT"]);
    for (const type of ["message/rfc822", "text/plain", "nonsense"]) {
      const headers = { "content-type": type, "apollo-require-preflight": "1" };
      expect(await refusal(await get(headers))).toEqual([415, "INVALID_INPUT"]);
    }
    expect(await refusal(await get({ "apollo-require-preflight": "" }))).toEqual([400, "INVALID_INPUT"]);
    for (const headers of [
      { "x-graphql-require-preflight": "1" },
      { "apollo-require-preflight": "1" },
      { "x-apollo-operation-name": "Walk" },
      { "content-type": "application/json" },
      { "content-type": "application/json; charset=utf-8" },
    ] as Record<string, string>[]) {
      expect(await (await get(headers)).json()).toMatchObject({ data: { __typename: "Query" } });
    }
  });

  test("are refused with a code even if nothing reads their body", async () => {
    const body = JSON.stringify({ query: "{ __typename }" });
    for (const type of ["text/plain", "application/xml", "multipart/form-data; boundary=x"]) {
      const headers = { "content-type": type, "x-graphql-require-preflight": "1" };
      const response = await fetch(`${address}/graphql`, { method: "POST", headers, body });
      expect(await refusal(response)).toEqual([415, "INVALID_INPUT"]);
    }
  });

  test("change nothing by GET in any case", async () => {
    const mutation = encodeURIComponent(`mutation { deleteRun(id: "${id("Run", 0)}") { __typename } }`);
    const response = await fetch(`${address}/graphql?query=${mutation}`, {
      headers: { "apollo-require-preflight": "1" },
    });
    expect(await refusal(response)).toEqual([405, "INVALID_INPUT"]);
    expect(await fixture.prisma.run.count()).toBe(1);
  });
});

describe("GET /images", () => {
  test("serves an image at the URL that the API returns, with headers that let it run nothing", async () => {
    const response = await post({
      query: "query($id: ID!) { invocation(id: $id) { outputImageUrl } }",
      variables: { id: id("Invocation", 2) },
    });
    const { outputImageUrl } = (
      (await response.json()) as { data: { invocation: { outputImageUrl: string } } }
    ).data.invocation;
    expect(outputImageUrl).toBe(`${address}/images/${uuid("Invocation", 2)}`);
    const image = await fetch(outputImageUrl);
    expect(image.status).toBe(200);
    expect(await image.text()).toBe('<svg id="2"/>');
    expect(Object.fromEntries(image.headers)).toMatchObject({
      "content-type": "image/svg+xml",
      "content-length": "13",
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      "cache-control": "public, max-age=31536000, immutable",
      etag: expect.stringMatching(/^"[\w-]+"$/),
    });
    const again = await fetch(outputImageUrl, { headers: { "if-none-match": image.headers.get("etag")! } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    const head = await fetch(outputImageUrl, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "13"]);
  });

  test("is 404 if there is no image", async () => {
    for (const path of [uuid("Invocation", 1), uuid("Invocation", 99), "nonsense", "", "..%2Fgraphql"]) {
      expect((await fetch(`${address}/images/${path}`)).status).toBe(404);
    }
  });
});

describe("GraphiQL", () => {
  const page = async () =>
    (await fetch(`${address}/graphql`, { headers: { accept: "text/html,application/xhtml+xml" } })).text();
  const options = async () => JSON.parse(/const options = (.*);/.exec(await page())![1]);
  const tabs = async () => (await options()).defaultTabs;

  test("loads nothing from another host, and its script once, compressed", async () => {
    const html = await page();
    const loads = html.match(/(?:src|href)="(?!data:)[^"]*"|@import[^;]*|url\((?!["']?data:)[^)]*\)/g);
    expect(loads).toEqual([expect.stringMatching(/^src="graphiql\/[\w-]+\.js"$/)]);
    const [, path] = /src="(.*)"/.exec(loads![0])!;
    const response = await fetch(`${address}/${path}`);
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(await response.text()).toContain("YogaGraphiQL");
  });

  test("sends only POST requests, also for subscriptions, because a server may not accept GET", async () => {
    expect(await options()).toMatchObject({ method: "POST", subscriptionsProtocol: "SSE" });
  });

  test("has the walk in its first tab, filled in from the newest result that succeeded", async () => {
    await writeClustering(fixture, { result: 0, embeddings: 5, assign: () => ({ label: 0 }) });
    await writeClustering(fixture, { result: 2, embeddings: 5, assign: () => ({ label: 0 }) });
    await writeQueuedClustering(fixture, 4);
    const [walk, start, watch, path] = await tabs();
    expect(JSON.parse(walk.variables)).toEqual({ id: id("ClusteringResult", 2) });
    expect(JSON.parse(start.variables)).toEqual({ input: { embeddingModel: "words" } });
    expect(JSON.parse(watch.variables)).toEqual({ id: id("ClusteringResult", 4) });
    expect(JSON.parse(path.variables)).toEqual({ run: id("Run", 0), clustering: id("ClusteringResult", 2) });
    const data = await fixture.data(walk.query, JSON.parse(walk.variables));
    expect(data.clusteringResult.clusters.edges[0].node.medoidText).toBe("text 0");
    expect((await fixture.data(path.query, JSON.parse(path.variables))).run.clusterPath.edges).toHaveLength(
      5,
    );
  });

  test("explains what to do while there is no result, with queries that run", async () => {
    const given = await tabs();
    expect(given).toHaveLength(3);
    expect(given[0].query).toContain("No clustering has succeeded yet");
    expect(await fixture.data(given[0].query)).toEqual({ clusteringResults: { totalCount: 0, edges: [] } });
    // The page fills it in once the previous tab has started a clustering.
    expect(JSON.parse(given[2].variables)).toEqual({ id: "ClusteringResult:…" });
  });

  test("explains each tab in lines that its editor shows completely", async () => {
    const nothingSucceeded = await tabs();
    await writeClustering(fixture, { result: 0, embeddings: 5, assign: () => ({ label: 0 }) });
    const all = [...nothingSucceeded, ...(await tabs()), ...graphiqlTabsWithKey()];
    const queries: string[] = all.map(({ query }) => query);
    const comments = queries.map((query) => query.split("\n").filter((line) => line.startsWith("#")));
    expect(comments).toHaveLength(3 + 4 + 5);
    for (const lines of comments) {
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(60);
    }
  });

  test("does not let text from the database break out of its script", async () => {
    await fixture.prisma.embeddingModel.updateMany({ data: { name: "</script><script>alert(1)" } });
    expect(await page()).not.toContain("</script><script>alert");
    expect(JSON.parse((await tabs())[1].variables).input.embeddingModel).toBe("</script><script>alert(1)");
  });
});

describe("a subscription", () => {
  const query = "subscription($id: ID!) { clusteringProgress(id: $id) { status progress } }";
  const subscribe = (given: string, signal?: AbortSignal) =>
    fetch(`${address}/graphql`, {
      method: "POST",
      signal,
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify({ query, variables: { id: given } }),
    });

  test("is sent as server-sent events, and ends after the final state", async () => {
    await writeQueuedClustering(fixture, 0);
    const response = await subscribe(id("ClusteringResult", 0));
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    setTimeout(() => {
      fixture.prisma.clusteringResult
        .update({ where: { id: uuid("ClusteringResult", 0) }, data: { status: "CANCELLED" } })
        .then(() => fixture.app.changes.changed(uuid("ClusteringResult", 0)));
    }, 50);
    const events = (await response.text())
      .split("\n")
      .filter((line) => line.startsWith("data: {"))
      .map((line) => JSON.parse(line.slice(6)).data.clusteringProgress);
    expect(events).toEqual([
      { status: "QUEUED", progress: 0 },
      { status: "CANCELLED", progress: 0 },
    ]);
  });

  test("of an unknown id is a NOT_FOUND error", async () => {
    const body = await (await subscribe(id("ClusteringResult", 9))).text();
    expect(body).toContain('"code":"NOT_FOUND"');
    expect(fixture.internalErrors).toEqual([]);
  });

  test("leaves nothing behind when its client disconnects", async () => {
    await writeQueuedClustering(fixture, 0);
    const signals: AbortSignal[] = [];
    const { changes } = fixture.app;
    await server.stop(0);
    fixture.app = {
      ...fixture.app,
      changes: {
        ...changes,
        watch(watched, signal) {
          signals.push(signal!);
          return changes.watch(watched, signal);
        },
      },
    };
    await serve();
    const client = new AbortController();
    const response = await subscribe(id("ClusteringResult", 0), client.signal);
    await response.body!.getReader().read();
    client.abort();
    if (!signals[0].aborted) await once(signals[0], "abort");
    expect((await post({ query: "{ __typename }" })).status).toBe(200);
    expect(fixture.internalErrors).toEqual([]);
  });
});

describe("stop", () => {
  test("cuts off event streams, and ends idle connections, at once", async () => {
    await writeQueuedClustering(fixture, 0);
    const stream = await fetch(`${address}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify({
        query: `subscription { clusteringProgress(id: "${id("ClusteringResult", 0)}") { status } }`,
      }),
    });
    const reader = stream.body!.getReader();
    await reader.read();
    await post({ query: "{ __typename }" }); // leaves its connection open, to be used again
    await server.stop(3_600_000); // longer than a test may take
    await expect(reader.closed).rejects.toThrow();
    await expect(post({ query: "{ __typename }" })).rejects.toThrow();
  });

  test("cuts off requests that do not end within the limit", async () => {
    const { port } = new URL(address);
    const stuck = request({
      port,
      path: "/graphql",
      method: "POST",
      headers: { "content-type": "application/json", "content-length": 100 },
    });
    stuck.on("error", () => {});
    const closed = new Promise((resolve) => stuck.on("close", resolve));
    stuck.write("{");
    await once(stuck, "socket");
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server.stop(200);
    await closed;
  });
});
