import { once } from "node:events";
import { createClient } from "graphql-ws";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { id, uuid, writeQueuedClustering, writeRuns } from "../../fixtures.js";
import { type ServedFixture, serveFixture } from "../servedFixture.js";
import { connect } from "./socketClient.js";

/** A timeout for events that occur as soon as the machine can handle them. */
const patience = { timeout: 60_000 };

let served: ServedFixture;
beforeEach(async () => {
  served = await serveFixture({}, { heartbeatMilliseconds: 700 });
  await writeRuns(served.fixture, { runs: 1 });
  await writeQueuedClustering(served.fixture, 0);
});
afterEach(() => served.close());

const watch = {
  query: `subscription Watch { clusteringProgress(id: "${id("ClusteringResult", 0)}") { status } }`,
};
const deletion = { query: `mutation Delete { deleteRun(id: "${id("Run", 0)}") { __typename } }` };
const models = { query: "query Models { embeddingModels { name } }" };

async function change(status: "RUNNING" | "CANCELLED") {
  const where = { id: uuid("ClusteringResult", 0) };
  await served.fixture.prisma.clusteringResult.update({ where, data: { status } });
  served.fixture.app.changes.changed(uuid("ClusteringResult", 0));
}

/**
 * Pauses the next query of embedding models. @returns a promise that resolves when it has started, and a function that
 * resumes it
 */
function holdModels() {
  const { prisma } = served.fixture.app.database;
  const findMany = prisma.embeddingModel.findMany.bind(prisma.embeddingModel);
  let begin = () => {};
  let goOn = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  prisma.embeddingModel.findMany = (async (args: never) => {
    begin();
    await held;
    return findMany(args);
  }) as never;
  return { begun, goOn };
}

const logged = (method: string) => served.log.filter((line) => line.method === method);

describe("a client of graphql-transport-ws", () => {
  test("queries, changes and subscribes, as over HTTP", async () => {
    const client = createClient({
      url: `${served.address.replace("http", "ws")}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    const first = async (operation: { query: string }) => (await client.iterate(operation).next()).value;
    const overHttp = await (await served.post(models)).json();
    expect(await first(models)).toEqual(overHttp);

    const events: unknown[] = [];
    for await (const { data } of client.iterate(watch)) {
      events.push(data);
      if (events.length === 1) await change("CANCELLED");
    }
    expect(events).toEqual([
      { clusteringProgress: { status: "QUEUED" } },
      { clusteringProgress: { status: "CANCELLED" } },
    ]);

    expect(await first(deletion)).toMatchObject({ data: { deleteRun: { __typename: "DeletedRun" } } });
    expect(await served.fixture.prisma.run.count()).toBe(0);
    await expect(first({ query: "{ nothing }" })).rejects.toMatchObject([
      { extensions: { code: "INVALID_INPUT" } },
    ]);
    await client.dispose();
  });

  test("receives a field's errors beside the data, and a request's errors instead of it", async () => {
    const client = await connect(served.address);
    const ofField = { query: "{ runs(first: 501) { totalCount } }" };
    const { type, payload } = await client.subscribe(ofField, "a");
    expect([type, payload]).toEqual(["next", await (await served.post(ofField)).json()]);
    expect(await client.nextOf("a")).toEqual({ id: "a", type: "complete" });

    const unknown = watch.query.replace(uuid("ClusteringResult", 0), uuid("ClusteringResult", 9));
    expect(await client.subscribe({ query: unknown }, "b")).toMatchObject({
      type: "error",
      payload: [{ extensions: { code: "NOT_FOUND", requestedId: id("ClusteringResult", 9) } }],
    });
    for (const message of await Promise.all([
      client.subscribe({ query: "{" }),
      client.subscribe({ query: "" }),
      client.subscribe({ query: "query A { __typename } query B { __typename }" }),
      client.subscribe({ query: "query($id: ID!) { run(id: $id) { id } }", variables: { id: null } }),
    ])) {
      expect(message).toMatchObject({ type: "error", payload: [{ extensions: { code: "INVALID_INPUT" } }] });
      expect(message.payload[0].extensions).not.toHaveProperty("http");
    }
  });
});

describe("an operation", () => {
  test("has a line in the log and is counted in the metrics, and so is its connection", async () => {
    const client = await connect(served.address);
    await client.subscribe(models);
    await client.subscribe({ query: "{ nothing }" });
    await client.subscribe(watch, "watch");
    client.send({ type: "complete", id: "watch" });
    await vi.waitFor(() => expect(logged("WEBSOCKET")).toHaveLength(3), patience);
    expect(await served.metric("medoid_websocket_connections")).toBe(1);
    client.socket.close(1000);
    await vi.waitFor(
      () => expect(logged("GET").filter(({ kind }) => kind === "websocket")).toHaveLength(1),
      patience,
    );

    const [connection] = logged("GET").filter(({ kind }) => kind === "websocket");
    expect(connection).toMatchObject({ path: "/graphql", status: 101, closeCode: 1000 });
    const connectionId = connection.requestId;
    expect(logged("WEBSOCKET")).toMatchObject([
      { connectionId, kind: "query", operationName: "Models", status: 200 },
      { connectionId, kind: "invalid", status: 400, errors: [{ code: "INVALID_INPUT" }] },
      { connectionId, kind: "subscription", operationName: "Watch", status: 200, aborted: true },
    ]);
    expect(new Set(logged("WEBSOCKET").map(({ requestId }) => requestId)).size).toBe(3);
    expect(await served.metric("medoid_websocket_connections")).toBe(0);
    const counted = (labels: string) => served.metric(`medoid_requests_total{${labels}}`);
    expect(await counted('operation="query",status="200"')).toBe(1);
    expect(await counted('operation="invalid",status="400"')).toBe(1);
    expect(await counted('operation="subscription",status="aborted"')).toBe(1);
    expect(await counted('operation="websocket",status="101"')).toBe(1);
    expect(await served.metric('medoid_errors_total{code="INVALID_INPUT"}')).toBe(1);
  });

  test.each(["complete", "terminate"])("that nobody waits for any more ends: %s", async (how) => {
    const signals: AbortSignal[] = [];
    const { changes } = served.fixture.app;
    const watchChanges = changes.watch.bind(changes);
    changes.watch = (watched, signal) => {
      signals.push(signal!);
      return watchChanges(watched, signal);
    };
    const { begun, goOn } = holdModels();
    const client = await connect(served.address);
    client.send({ type: "subscribe", id: "q", payload: models });
    await begun;
    await client.subscribe(watch, "s");
    if (how === "terminate") client.socket.terminate();
    else for (const id of ["q", "s"]) client.send({ type: "complete", id });

    await vi.waitFor(() => expect(logged("WEBSOCKET")).toHaveLength(2), patience);
    goOn();
    expect(signals[0].aborted).toBe(true);
    const line = { aborted: true, status: 200 };
    expect(logged("WEBSOCKET").sort((a, b) => a.kind.localeCompare(b.kind))).toMatchObject([
      { kind: "query", ...line },
      { kind: "subscription", ...line },
    ]);
    expect(served.log.filter(({ level }) => level >= 50)).toEqual([]);
    client.socket.terminate();
  });
});

describe("a heartbeat", () => {
  test("closes the connection of a client that does not respond, and of no other", async () => {
    const alive = await connect(served.address);
    const dead = await connect(served.address, { autoPong: false });
    expect((await dead.closed)[0]).toBe(1006);
    expect((await alive.subscribe(models)).type).toBe("next");
    alive.send({ type: "ping", payload: { how: "are you" } });
    expect(await alive.nextOf(undefined as never)).toEqual({ type: "pong" });
    alive.socket.terminate();
  });
});

describe("a server that is stopped", () => {
  test("finishes running operations, ends no subscription, and makes clients reconnect", async () => {
    const { begun, goOn } = holdModels();
    const watching = await connect(served.address);
    const asking = await connect(served.address);
    await watching.subscribe(watch, "s");
    await asking.subscribe(watch, "s");
    asking.send({ type: "subscribe", id: "q", payload: models });
    await begun;
    const closed = [watching, asking].map(({ socket }) => once(socket, "close"));
    const seen: string[] = [];
    for (const { socket } of [watching, asking])
      socket.on("message", (data) => seen.push(JSON.parse(`${data}`).type));

    const stopped = served.server.stop();
    expect((await closed[0])[0]).toBe(1001);
    goOn();
    expect((await closed[1])[0]).toBe(1001);
    await stopped;
    expect(seen).toEqual(["next", "complete"]); // the queries' own lines
    expect((await asking.nextOf("q")).payload.data).toEqual({ embeddingModels: [{ name: "words" }] });
    await expect(connect(served.address)).rejects.toThrow();
  });

  test("waits no longer than its limit, for an operation or for a client that is gone", async () => {
    const { begun, goOn } = holdModels();
    const asking = await connect(served.address);
    asking.send({ type: "subscribe", id: "q", payload: models });
    await begun;
    const silent = await connect(served.address);
    silent.socket.pause();
    await served.server.stop(200);
    expect((await asking.closed)[0]).toBe(1001);
    goOn();
  });
});
