import { parse } from "graphql";
import { compileQuery, isCompiledQuery } from "graphql-jit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createContext } from "../../../src/schema/context.js";
import { servedSchema } from "../../../src/server/servedSchema.js";
import { id, uuid, writeClustering, writeQueuedClustering, writeRuns } from "../../fixtures.js";
import { type ServedFixture, serveFixture } from "../servedFixture.js";

let served: ServedFixture;
beforeEach(async () => {
  served = await serveFixture();
});
afterEach(() => served.close());

const named = { query: "query Models { embeddingModels { name } }" };

/** Three mutations, of which two return an error. */
const returned = {
  query: `mutation {
    deleteRun(id: "${id("Run", 9)}") { __typename }
    recordTrajectories(input: { runs: [] }) { ... on RecordedTrajectories { runCount } }
    clusterEmbeddings(input: { embeddingModel: "words", minClusterSize: 900 }) { ... on ClusteringResult { id } }
  }`,
};
const returnedErrors = [{ code: "NOT_FOUND" }, { code: "NOT_ENOUGH_EMBEDDINGS" }];

/** The lines of the requests that have ended, once there are `count` of them. */
const requestLines = async (count: number) => {
  await vi.waitFor(
    () => expect(served.log.filter(({ msg }) => msg === "request").length).toBeGreaterThanOrEqual(count),
    { timeout: 60_000 },
  );
  return served.log.filter(({ msg }) => msg === "request");
};

describe("a request's id", () => {
  test("is the client's if it is valid, and is returned", async () => {
    const response = await served.post(named, { "x-request-id": "trace:7f-1/a=b" });
    expect(response.headers.get("x-request-id")).toBe("trace:7f-1/a=b");
  });

  test.each([["a b"], ['"quoted"'], ["x".repeat(129)], [""]])("is a new one instead of %j", async (given) => {
    const response = await served.post(named, { "x-request-id": given });
    expect(response.headers.get("x-request-id")).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f-]{21}$/);
  });

  test("is returned with every kind of response", async () => {
    for (const path of ["/graphql", "/images/nonsense", "/health/live", "/nowhere"]) {
      expect((await served.get(path)).headers.get("x-request-id")).toHaveLength(36);
    }
  });
});

describe("the log", () => {
  test("has one line for a request, with its id, operation, status and time", async () => {
    await served.post(named, { "x-request-id": "one" });
    expect(await requestLines(1)).toEqual([
      {
        level: 30,
        time: expect.stringMatching(/^20.*Z$/),
        pid: process.pid,
        requestId: "one",
        method: "POST",
        path: "/graphql",
        status: 200,
        kind: "query",
        operationName: "Models",
        milliseconds: expect.any(Number),
        msg: "request",
      },
    ]);
  });

  test("contains the codes of the errors, but nothing of the request's content", async () => {
    await served.post({ query: '{ run(id: "secret") { id } }' });
    await served.post({ query: "{ secret }" });
    await served.get("/graphql?query=secret");
    const lines = await requestLines(3);
    expect(lines.map(({ kind, status, errors }) => [kind, status, errors])).toEqual([
      ["query", 200, [{ code: "INVALID_INPUT" }]],
      ["invalid", 200, [{ code: "INVALID_INPUT" }]],
      ["invalid", 400, [{ code: "INVALID_INPUT" }]],
    ]);
    expect(JSON.stringify(lines)).not.toContain("secret");
  });

  test("contains the codes of errors that mutations return, whichever of their fields were selected", async () => {
    await writeRuns(served.fixture, { runs: 1 });
    await served.post(returned);
    expect((await requestLines(1))[0]).toMatchObject({
      kind: "mutation",
      status: 200,
      errors: returnedErrors,
    });
  });

  test("has an internal error under the id that the client receives and that the request's line has", async () => {
    const { app } = served.fixture;
    app.database.prisma.embeddingModel.findMany = (() => {
      throw new Error("the disk is on fire");
    }) as never;
    const response = await served.post(named);
    const { errors } = (await response.json()) as { errors: { extensions: { id: string } }[] };
    const [line] = await requestLines(1);
    const errorId = errors[0].extensions.id;
    expect(line.errors).toEqual([{ code: "INTERNAL_SERVER_ERROR", id: errorId }]);
    expect(served.log.filter(({ msg }) => msg === "internal error")).toMatchObject([
      { level: 50, errorId, err: { message: "the disk is on fire", stack: expect.any(String) } },
    ]);
  });

  test("shows health checks and scrapes only at its debugging level", async () => {
    await served.get("/health/ready");
    await served.get("/metrics");
    expect((await requestLines(2)).map(({ level, path }) => [level, path])).toEqual([
      [20, "/health/ready"],
      [20, "/metrics"],
    ]);
  });

  test("shows that a client disconnected", async () => {
    await writeRuns(served.fixture, { runs: 1 });
    await writeQueuedClustering(served.fixture, 0);
    const client = new AbortController();
    const stream = await fetch(`${served.address}/graphql`, {
      method: "POST",
      signal: client.signal,
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify({
        query: "subscription Watch($id: ID!) { clusteringProgress(id: $id) { status } }",
        variables: { id: id("ClusteringResult", 0) },
      }),
    });
    await stream.body!.getReader().read();
    expect(served.log).toEqual([]);
    client.abort();
    expect(await requestLines(1)).toMatchObject([
      { kind: "subscription", operationName: "Watch", aborted: true },
    ]);
  });
});

describe("/metrics", () => {
  test("counts requests by operation and status, and errors by code", async () => {
    await writeRuns(served.fixture, { runs: 1 });
    await served.post(named);
    await served.post(named);
    await served.post({ query: '{ run(id: "x") { id } }' });
    await served.post({ query: "{" }, { accept: "application/graphql-response+json" });
    await served.post({ query: `mutation { deleteRun(id: "${id("Run", 9)}") { __typename } }` });
    await served.get(`/images/${uuid("Invocation", 0)}`);
    await served.get("/images/none");
    await requestLines(7);
    const count = (operation: string, status: number) =>
      served.metric(`medoid_requests_total{operation="${operation}",status="${status}"}`);
    expect(await count("query", 200)).toBe(3);
    expect(await count("invalid", 400)).toBe(1);
    expect(await count("mutation", 200)).toBe(1);
    expect(await count("image", 200)).toBe(1);
    expect(await count("image", 404)).toBe(1);
    expect(await served.metric('medoid_errors_total{code="INVALID_INPUT"}')).toBe(2);
    expect(await served.metric('medoid_errors_total{code="INTERNAL_SERVER_ERROR"}')).toBe(0);
    expect(await served.metric('medoid_request_duration_seconds_count{operation="query"}')).toBe(3);
  });

  test("counts errors that mutations return, once for each", async () => {
    await writeRuns(served.fixture, { runs: 1 });
    const counted = (code: string) => served.metric(`medoid_errors_total{code="${code}"}`);
    expect(await counted("NOT_FOUND")).toBe(0);
    await served.post(returned);
    await served.post({ query: `mutation { deleteRun(id: "${id("Run", 9)}") { ... on Error { code } } }` });
    await served.post({ query: `mutation { deleteRun(id: "${id("Run", 0)}") { __typename } }` });
    await requestLines(4);
    expect(await counted("NOT_FOUND")).toBe(2);
    expect(await counted("NOT_ENOUGH_EMBEDDINGS")).toBe(1);
    expect(await counted("INVALID_INPUT")).toBe(0);
  });

  test("counts them of an operation that is compiled as well", async () => {
    await writeRuns(served.fixture, { runs: 1 });
    const compiled = compileQuery(servedSchema(), parse(returned.query));
    if (!isCompiledQuery(compiled)) throw new Error("It does not compile.");
    const errors: object[] = [];
    const noteError = (code: string) => errors.push({ code });
    const { app } = served.fixture;
    await compiled.query({}, createContext(app, { caller: "", baseUrl: "", noteError }), {});
    expect(errors).toEqual(returnedErrors);
  });

  test("counts refused requests, by reason", async () => {
    const refused = (reason: string) => served.metric(`medoid_rejected_requests_total{reason="${reason}"}`);
    expect(await refused("ALIASES")).toBe(0);
    const aliases = Array.from({ length: 21 }, (_, n) => `a${n}: __typename`).join(" ");
    await served.post({ query: `{ ${aliases} }` });
    await served.post({ query: `{ ${aliases} }` });
    await served.post({ query: `{ ${"__typename ".repeat(1000)} }` });
    await served.post({ query: "{ __typename }" }, { "content-type": "text/plain" });
    expect(await refused("ALIASES")).toBe(2);
    expect(await refused("TOKENS")).toBe(1);
    expect(await refused("CROSS_SITE")).toBe(1);
    expect(await refused("COST")).toBe(0);
  });

  test("shows the number of clusterings by status, and how many are queued", async () => {
    await writeRuns(served.fixture, { runs: 1 });
    await writeClustering(served.fixture, { result: 0, embeddings: 5, assign: () => ({ label: 0 }) });
    await writeQueuedClustering(served.fixture, 1);
    await writeQueuedClustering(served.fixture, 2);
    expect(await served.metric('medoid_clusterings{status="SUCCEEDED"}')).toBe(1);
    expect(await served.metric('medoid_clusterings{status="QUEUED"}')).toBe(2);
    expect(await served.metric('medoid_clusterings{status="RUNNING"}')).toBe(0);
    expect(await served.metric("medoid_queue_length")).toBe(2);
  });

  test("shows how many are queued at the time of each scrape", async () => {
    expect(await served.metric("medoid_queue_length")).toBe(0);
    await writeRuns(served.fixture, { runs: 1 });
    await writeQueuedClustering(served.fixture, 1);
    expect(await served.metric("medoid_queue_length")).toBe(1);
  });

  test("describes the process, in Prometheus' format", async () => {
    const response = await served.get("/metrics");
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await served.metric("process_resident_memory_bytes")).toBeGreaterThan(1e6);
  });
});
