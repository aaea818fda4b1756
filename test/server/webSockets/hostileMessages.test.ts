import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { id, writeQueuedClustering, writeRuns } from "../../fixtures.js";
import { type ServedFixture, serveFixture } from "../servedFixture.js";
import { connect, openSocket, type SocketClient } from "./socketClient.js";

let served: ServedFixture;
beforeAll(async () => {
  served = await serveFixture({ MEDOID_LIMIT_SOCKET_OPERATIONS: "50" });
  await writeRuns(served.fixture, { runs: 1 });
  await writeQueuedClustering(served.fixture, 0);
});
afterAll(async () => {
  // None of these causes an internal error, and none ends the server.
  expect(served.log.filter(({ level }) => level >= 50)).toEqual([]);
  expect((await served.post({ query: "{ __typename }" })).status).toBe(200);
  await served.close();
});

const query = { query: "{ __typename }" };
const watch = { query: `subscription { clusteringProgress(id: "${id("ClusteringResult", 0)}") { status } }` };
const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;

describe("an invalid message ends the connection", () => {
  test.each<[string, number, (client: SocketClient) => void]>([
    ["no JSON", 4400, ({ send }) => send("{")],
    ["nothing", 4400, ({ send }) => send("")],
    ["a list", 4400, ({ send }) => send("[]")],
    ["null", 4400, ({ send }) => send("null")],
    [
      "a list of operations",
      4400,
      ({ send }) => send({ type: "subscribe", id: "1", payload: [query, query] }),
    ],
    ["an unknown type", 4400, ({ send }) => send({ type: "start", id: "1", payload: query })],
    ["a type that only servers send", 4400, ({ send }) => send({ type: "next", id: "1", payload: {} })],
    ["an operation without an id", 4400, ({ send }) => send({ type: "subscribe", payload: query })],
    [
      "an operation that is not an object",
      4400,
      ({ send }) => send({ type: "subscribe", id: "1", payload: "x" }),
    ],
    ["JSON too deep to read", 4400, ({ send }) => send(nested(40_000))],
    ["bytes", 4400, ({ socket }) => socket.send(Buffer.from(JSON.stringify({ type: "ping" })))],
    [
      "text that is not UTF-8",
      1007,
      ({ socket }) => socket.send(Buffer.from([0x22, 0xe9, 0x22]), { binary: false }),
    ],
    [
      "a message above 100 kB",
      1009,
      ({ send }) => send({ type: "ping", payload: { a: "x".repeat(100_000) } }),
    ],
    ["a second connection_init", 4429, ({ send }) => send({ type: "connection_init" })],
    [
      "an id that is in use",
      4409,
      ({ send }) => {
        for (const _ of [1, 2]) send({ type: "subscribe", id: "…".repeat(200), payload: watch });
      },
    ],
  ])("%s: %i", async (_, code, act) => {
    const client = await connect(served.address);
    act(client);
    expect((await client.closed)[0]).toBe(code);
  });

  test("an operation before connection_init: 4401", async () => {
    const client = await openSocket(served.address);
    client.send({ type: "subscribe", id: "1", payload: query });
    expect((await client.closed)[0]).toBe(4401);
  });

  test.each([["graphql-ws"], [[]]])("another subprotocol: %j: 4406", async (protocol) => {
    // The client itself gives up if it requested a subprotocol and got none.
    const client = await openSocket(served.address, { protocol }).catch((error) => error);
    if (client instanceof Error) expect(client.message).toBe("Server sent no subprotocol");
    else expect((await client.closed)[0]).toBe(4406);
  });

  test("no connection_init within 3 s: 4408", async () => {
    const client = await openSocket(served.address);
    expect((await client.closed)[0]).toBe(4408);
  });

  test("an invalid frame: 1002; a message that is cut off: 1006", async () => {
    for (const [bytes, code] of [
      [[0xf1, 0x80, 0, 0, 0, 0], 1002],
      [[0x81, 0xfe, 0x40, 0, 0, 0, 0, 0, 0x7b], 1006],
    ] as const) {
      const client = await connect(served.address);
      const { _socket: raw } = client.socket as unknown as { _socket: import("node:net").Socket };
      raw.write(Buffer.from(bytes));
      if (code === 1006) raw.destroy();
      expect((await client.closed)[0]).toBe(code);
    }
  });
});

describe("an invalid parameter refuses only its own operation, with the same message as over HTTP", () => {
  test.each<[object, string]>([
    [{}, "query: must be given."],
    [{ query: null }, "query: must be given."],
    [{ query: 1 }, "query: must be a string; it was 1."],
    [{ ...query, variables: "x" }, 'variables: must be a JSON object; it was "x".'],
    [{ ...query, variables: [] }, "variables: must be a JSON object; it was […]."],
    [{ ...query, extensions: "x" }, 'extensions: must be a JSON object; it was "x".'],
    [{ ...query, operationName: [1] }, "operationName: must be a string; it was […]."],
    [{ documentId: 1 }, "documentId: must be a string; it was 1."],
    [{ documentId: "" }, 'documentId: must not be empty; it was "".'],
    [{ documentId: "a", operationName: "B" }, "PersistedQueryNotSupported"],
    [{ documentId: "a", query: "" }, "PersistedQueryNotSupported"],
    [
      { ...query, documentId: "a" },
      'Send either query or documentId, not both; they were "{ __typename }" and "a".',
    ],
  ])("%j", async (operation, expected) => {
    const client = await connect(served.address);
    const refused = await client.subscribe(operation);
    expect([refused.type, refused.payload[0].message]).toEqual(["error", expected]);
    const { errors } = await (await served.post(operation)).json();
    expect(refused.payload).toEqual(errors);
    expect(await client.subscribe(query)).toMatchObject({ payload: { data: { __typename: "Query" } } });
    client.socket.terminate();
  });

  test("and an unknown one has no effect", async () => {
    const client = await connect(served.address);
    expect((await client.subscribe({ ...query, query_id: 7, variables: null })).type).toBe("next");
    client.socket.terminate();
  });
});

test("JSON that is too deep to be processed recursively is accepted where it is not used", async () => {
  const client = await openSocket(served.address);
  client.send(`{"type":"connection_init","payload":{"a":${nested(5_000)}}}`);
  expect(await client.next()).toEqual({ type: "connection_ack" });
  client.send(`{"type":"ping","payload":{"a":${nested(5_000)}}}`);
  expect(await client.next()).toEqual({ type: "pong" });
  client.send(
    `{"type":"subscribe","id":"1","payload":{"query":"{ __typename }","variables":{"a":${nested(5_000)}}}}`,
  );
  expect(await client.next()).toMatchObject({
    type: "error",
    payload: [{ extensions: { code: "REQUEST_LIMIT", limit: "NESTING" } }],
  });
  client.socket.terminate();
});

test("of 10,000 subscriptions at once only the allowed number runs, and each of the others is refused by a message", async () => {
  const client = await connect(served.address);
  const before = served.server.rejections.count("SOCKET_OPERATIONS");
  for (let i = 0; i < 10_000; i++) client.send({ type: "subscribe", id: `${i}`, payload: watch });
  const types: Record<string, number> = {};
  for (let i = 0; i < 10_000; i++) {
    const { type, payload } = await client.next();
    types[type] = (types[type] ?? 0) + 1;
    if (type === "error") {
      expect(payload[0].extensions).toEqual({
        code: "REQUEST_LIMIT",
        limit: "SOCKET_OPERATIONS",
        maximum: 50,
      });
    }
  }
  expect(types).toEqual({ next: 50, error: 9_950 });
  expect(served.server.rejections.count("SOCKET_OPERATIONS") - before).toBe(9_950);
  client.send({ type: "complete", id: "0" });
  let tried = 0; // the one that was ended takes a moment to end
  await vi.waitFor(async () => expect((await client.subscribe(query, `more ${++tried}`)).type).toBe("next"), {
    timeout: 60_000,
  });
  client.socket.terminate();
});

test("a client that sends and never reads is not read from, so that its responses do not fill the memory", async () => {
  const client = await connect(served.address);
  client.socket.pause();
  const message = JSON.stringify({
    type: "subscribe",
    id: "x".repeat(50_000),
    payload: { query: "{ nothing }" },
  });
  let responseCount = 0;
  const count = () => served.log.filter(({ method, errors }) => method === "WEBSOCKET" && errors).length;
  const before = count();
  for (let i = 0; i < 2_000; i++) client.send(message.replace("xxxx", `${1000 + i}`));
  for (let last = -1; last !== responseCount; ) {
    last = responseCount;
    await new Promise((resolve) => setTimeout(resolve, 300));
    responseCount = count() - before;
  }
  expect(responseCount).toBeLessThan(1_000); // 100 MB of ids come in, and would go out
  client.socket.terminate();
});

describe("a request for another protocol", () => {
  /** Everything that the server sends in response to bytes that are sent unchanged. */
  async function exchange(text: string): Promise<string> {
    const { port } = new URL(served.address);
    const socket = connectTcp(Number(port), "127.0.0.1");
    // The client does not end the connection, because Node would then give up the response.
    socket.write(text.replaceAll("\n", "\r\n").replace("HOST", `127.0.0.1:${port}`));
    let received = "";
    socket.on("data", (data) => {
      received += data;
    });
    await once(socket, "close");
    return received;
  }
  const body = JSON.stringify({ query: "{ __typename }" });

  test("is handled as one without an upgrade, as curl --http2 and Java's client need it", async () => {
    const received = await exchange(
      `POST /graphql HTTP/1.1\nHost: HOST\nConnection: close, Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABk\nContent-Type: application/json\nContent-Length: ${body.length}\n\n${body}`,
    );
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(received).toContain('"__typename":"Query"');
    expect(
      await exchange("GET /health/live HTTP/1.1\nHost: HOST\nConnection: close, upgrade\nUpgrade: h2c\n\n"),
    ).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  test.each([
    ["an invalid key", "/graphql", "Sec-WebSocket-Version: 13\nSec-WebSocket-Key: short\n", 400],
    [
      "an invalid version",
      "/graphql",
      "Sec-WebSocket-Version: 7\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\n",
      400,
    ],
    [
      "another path",
      "/images",
      "Sec-WebSocket-Version: 13\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\n",
      404,
    ],
  ])("%s is refused", async (_, path, headers, status) => {
    const received = await exchange(
      `GET ${path} HTTP/1.1\nHost: HOST\nConnection: Upgrade\nUpgrade: websocket\n${headers}\n`,
    );
    expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});
