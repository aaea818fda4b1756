import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createApiKey, revokeApiKey } from "../../../src/server/access/apiKeys.js";
import { id, uuid, writeQueuedClustering, writeRuns } from "../../fixtures.js";
import { type ServedFixture, serveFixture } from "../servedFixture.js";
import { connect, type Message, openSocket } from "./socketClient.js";

/** A timeout for events that occur as soon as the machine can handle them. */
const patience = { timeout: 60_000 };

let served: ServedFixture;
async function serve(environment: Record<string, string> = {}) {
  served = await serveFixture(environment);
  await writeRuns(served.fixture, { runs: 1 });
  await writeQueuedClustering(served.fixture, 0);
}
afterEach(() => served.close());

const key = async (...scopes: ("read" | "write")[]) =>
  createApiKey(served.fixture.prisma, { name: "a key", scopes });
const bearer = (text: string) => ({ Authorization: `Bearer ${text}` });
const models = { query: "{ embeddingModels { name } }" };
const deletion = { query: `mutation { deleteRun(id: "${id("Run", 0)}") { __typename } }` };
const watch = { query: `subscription { clusteringProgress(id: "${id("ClusteringResult", 0)}") { status } }` };
const refusal = (attempt: Promise<unknown>) =>
  attempt.then(
    () => null,
    ({ status, body }) => [status, body.errors[0].extensions.code],
  );

describe("an API key", () => {
  test("is sent in the header, or in connectionParams, in either spelling", async () => {
    await serve();
    const { key: given } = await key("read");
    for (const options of [
      { headers: bearer(given) },
      { connectionParams: bearer(given) },
      { connectionParams: { authorization: `bearer ${given}` } },
    ]) {
      const client = await connect(served.address, options);
      expect((await client.subscribe(models)).payload.data).toEqual({ embeddingModels: [{ name: "words" }] });
      client.socket.terminate();
    }
    await vi.waitFor(
      () => expect(served.log.filter(({ method }) => method === "WEBSOCKET")).toHaveLength(3),
      patience,
    );
    const { id: caller } = (await served.fixture.prisma.apiKey.findFirst())!;
    for (const line of served.log) {
      if (line.method === "WEBSOCKET" || line.kind === "websocket") expect(line).toMatchObject({ caller });
      expect(JSON.stringify(line)).not.toContain(given.slice(-20));
    }
  });

  test("that is missing or invalid is refused: 401 for a header, 4401 otherwise", async () => {
    await serve();
    await key("read");
    for (const headers of [bearer("nonsense"), { Authorization: "Basic x" }]) {
      expect(await refusal(openSocket(served.address, { headers }))).toEqual([401, "UNAUTHENTICATED"]);
    }
    for (const payload of [
      undefined,
      {},
      bearer("nonsense"),
      { authorization: ["Bearer x"] },
      { authorization: null },
    ]) {
      const client = await openSocket(served.address);
      client.send({ type: "connection_init", payload });
      const [code, reason] = await client.closed;
      expect(code).toBe(4401);
      expect(reason).toMatch(/^A valid API key is needed/);
    }
    expect(served.server.rejections.count("UNAUTHENTICATED")).toBe(7);
  });

  test("permits only what its scopes permit, and nothing else is changed", async () => {
    await serve();
    const [reading, writing] = [await key("read"), await key("write")];
    const reader = await connect(served.address, { headers: bearer(reading.key) });
    const writer = await connect(served.address, { connectionParams: bearer(writing.key) });
    const forbidden = { type: "error", payload: [{ extensions: { code: "FORBIDDEN" } }] };
    expect(await reader.subscribe(deletion)).toMatchObject(forbidden);
    expect(await writer.subscribe(models)).toMatchObject(forbidden);
    expect(await writer.subscribe(watch)).toMatchObject(forbidden);
    expect(await served.fixture.prisma.run.count()).toBe(1);
    expect(await writer.subscribe(deletion)).toMatchObject({
      payload: { data: { deleteRun: { __typename: "DeletedRun" } } },
    });
    expect(await served.fixture.prisma.run.count()).toBe(0);
    for (const { socket } of [reader, writer]) socket.terminate();
  });

  test("that is revoked ends the subscription at its next event, without further queries", async () => {
    await serve();
    const { key: given, record } = await key("read");
    const client = await connect(served.address, { connectionParams: bearer(given) });
    expect(await client.subscribe(watch, "w")).toMatchObject({ type: "next" });
    await revokeApiKey(served.fixture.prisma, record.id);
    await delay(1_050);
    await served.fixture.prisma.clusteringResult.updateMany({ data: { status: "RUNNING" } });
    served.fixture.app.changes.changed(uuid("ClusteringResult", 0));
    const last = await client.nextOf("w");
    expect(last.payload).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
    expect(JSON.stringify(last)).not.toContain("RUNNING");
    expect(await client.nextOf("w")).toEqual({ id: "w", type: "complete" });
    expect(await client.subscribe(models)).toMatchObject({
      type: "error",
      payload: [{ extensions: { code: "UNAUTHENTICATED" } }],
    });
    client.socket.terminate();
  });
});

describe("a page", () => {
  test("of another site cannot open a WebSocket, whatever host it uses for the server", async () => {
    await serve({
      MEDOID_CORS_ORIGINS: "https://listed.example",
      MEDOID_BASE_URL: "https://own.example/medoid",
    });
    const { host, port } = new URL(served.address);
    const open = (Origin: string, Host = host) =>
      refusal(
        openSocket(served.address, { headers: { Origin, Host } }).then(({ socket }) => socket.terminate()),
      );
    for (const own of [
      `http://${host}`,
      `https://${host}`,
      "https://listed.example",
      "https://own.example",
    ]) {
      expect(await open(own), own).toBeNull();
    }
    expect(await open(`http://localhost:${port}`, `localhost:${port}`)).toBeNull();
    const before = served.server.rejections.count("CROSS_SITE");
    const foreign = [
      "https://evil.example",
      "http://127.0.0.1",
      `http://127.0.0.1:${Number(port) - 1}`,
      `http://localhost:${port}`,
      "https://listed.example:8443",
      "http://own.example",
      "https://own.example.evil.example",
      "null",
      "",
      `http://${host}, https://evil.example`,
    ];
    for (const other of foreign) expect(await open(other), other).toEqual([403, "FORBIDDEN"]);
    expect(served.server.rejections.count("CROSS_SITE") - before).toBe(foreign.length);
    // A host name of another site that resolves to this address (DNS rebinding).
    expect(await open("http://evil.example", "evil.example")).toEqual([403, "FORBIDDEN"]);
    expect(served.server.rejections.count("HOST")).toBe(1);
  });
});

describe("what is refused over HTTP is refused over a WebSocket", () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });
  const aliases = (count: number, field: string) =>
    Array.from({ length: count }, (_, i) => `a${i}: ${field}`).join(" ");
  const refused: [string, object, Record<string, string>?][] = [
    ["TOKENS", { query: `{ ${"__typename ".repeat(1000)} }` }],
    [
      "DEPTH",
      { query: `{ runs ${"{ edges { node { invocations ".repeat(5)}{ totalCount ${"} } } ".repeat(5)} } }` },
    ],
    [
      "INTROSPECTION_DEPTH",
      { query: `{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }` },
    ],
    ["ALIASES", { query: `{ ${aliases(21, "__typename")} }` }],
    ["DIRECTIVES", { query: `{ runs { totalCount ${"@include(if: true) ".repeat(30)} } }` }],
    ["REPEATS", { query: `{ ${"__typename ".repeat(201)} }` }],
    [
      "COST",
      {
        query:
          "{ runs(first: 500) { edges { node { invocations(first: 500) { edges { node { id } } } } } } }",
      },
    ],
    ["NESTING", { query: "{ __typename }", variables: nested(40) as object }],
    [
      "VALUES",
      { query: "{ __typename }", variables: { a: Array(100).fill(1) } },
      { MEDOID_LIMIT_VALUES: "50" },
    ],
    [
      "ANSWER_BYTES",
      { query: "{ runs { edges { node { initialPrompt } } } }" },
      { MEDOID_LIMIT_ANSWER_BYTES: "3" },
    ],
    ["SECONDS", models, { MEDOID_LIMIT_SECONDS: "0.05" }],
  ];

  test.each(refused)("%s", async (limit, operation, environment = {}) => {
    await serve(environment);
    if (limit === "SECONDS") {
      const { prisma } = served.fixture.app.database;
      prisma.embeddingModel.findMany = (() => delay(1_000, [])) as never;
    }
    const { errors } = (await (await served.post(operation)).json()) as Message;
    expect(errors[0].extensions).toMatchObject({ code: "REQUEST_LIMIT", limit });
    const before = served.server.rejections.count(limit as never);
    const client = await connect(served.address);
    const { payload } = await client.subscribe(operation);
    expect(payload.errors ?? payload).toEqual(errors);
    expect(served.server.rejections.count(limit as never)).toBe(before + 1);
    client.socket.terminate();
  });

  test("unknown documents, and introspection if it is off", async () => {
    const folder = mkdtempSync(join(tmpdir(), "medoid-"));
    writeFileSync(join(folder, "documents.json"), JSON.stringify({ one: models.query }));
    await serve({
      MEDOID_DOCUMENTS: join(folder, "documents.json"),
      MEDOID_DOCUMENTS_ONLY: "on",
      MEDOID_INTROSPECTION: "off",
    });
    rmSync(folder, { recursive: true });
    const client = await connect(served.address);
    const known = { data: { embeddingModels: [{ name: "words" }] } };
    expect((await client.subscribe({ query: "", documentId: "one" })).payload).toMatchObject(known);
    const extensions = { persistedQuery: { version: 1, sha256Hash: "one" } };
    expect((await client.subscribe({ query: "", extensions })).payload).toMatchObject(known);
    for (const operation of [models, { query: "" }, { query: "", documentId: "two" }]) {
      const { errors } = (await (await served.post(operation)).json()) as Message;
      expect(await client.subscribe(operation)).toMatchObject({ type: "error", payload: errors });
    }
    client.socket.terminate();
    await served.close();

    await serve({ MEDOID_INTROSPECTION: "off" });
    const other = await connect(served.address);
    expect(await other.subscribe({ query: "{ __schema { description } }" })).toMatchObject({ type: "error" });
    expect(served.server.rejections.count("INTROSPECTION")).toBe(1);
    other.socket.terminate();
  });

  test("requests above the rate limit, which counts both together", async () => {
    await serve({ MEDOID_RATE_LIMIT: "20", MEDOID_TRUSTED_PROXIES: "1", MEDOID_RESPONSE_CACHE_BYTES: "0" });
    const from = (address: string) => ({ headers: { "x-forwarded-for": address } });
    const query = { query: "{ runs(first: 3) { edges { node { id } } } }" };
    await writeRuns(served.fixture, { from: 1, runs: 2 });
    const response = await served.post(query, from("192.0.2.9").headers);
    const cost = 1 + ((await response.json()) as Message).extensions.cost.charged;

    const client = await connect(served.address, from("192.0.2.1"));
    let left = 20 - 2; // opening it, and the message connection_init
    for (; left >= cost; left -= cost) expect((await client.subscribe(query)).type).toBe("next");
    const refused = await client.subscribe(query);
    expect(refused).toMatchObject({ type: "error", payload: [{ extensions: { code: "RATE_LIMITED" } }] });
    expect(refused.payload[0].extensions.retryAfterSeconds).toBeGreaterThan(50);
    expect((await served.post(query, from("192.0.2.1").headers)).status).toBe(429);
    expect(await refusal(openSocket(served.address, from("192.0.2.1")))).toEqual([429, "RATE_LIMITED"]);
    const other = await connect(served.address, from("192.0.2.2"));
    expect((await other.subscribe(query)).type).toBe("next");
    for (const { socket } of [client, other]) socket.terminate();
  });
});

test("the number of open connections is limited, and a limit of 0 allows none", async () => {
  await serve({ MEDOID_LIMIT_SOCKETS: "2" });
  const clients = [await connect(served.address), await connect(served.address)];
  expect(await refusal(openSocket(served.address))).toEqual([503, "REQUEST_LIMIT"]);
  expect(served.server.rejections.count("SOCKETS")).toBe(1);
  clients[0].socket.terminate();
  await vi.waitFor(async () => clients.push(await connect(served.address)), patience);
  for (const { socket } of clients) socket.terminate();
  await served.close();

  await serve({ MEDOID_LIMIT_SOCKETS: "0" });
  expect(await refusal(openSocket(served.address))).toEqual([404, "INVALID_INPUT"]);
});
