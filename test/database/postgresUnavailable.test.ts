import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openApp } from "../../src/app.js";
import { createServer, type MedoidServer } from "../../src/server/server.js";
import { readSettings } from "../../src/settings.js";
import { startTcpProxy, type TcpProxy } from "../cluster/tcpProxy.js";
import { type PostgresServer, startPostgres } from "../postgres/postgresServer.js";
import { groupedRows, writeRun } from "../temporaryApp.js";
import { testedKind } from "../testDatabase.js";

const unavailable = [{ extensions: { code: "DATABASE_UNAVAILABLE" } }];

describe.runIf(testedKind === "postgresql")("a server whose database is unavailable", () => {
  let postgres: PostgresServer;
  let proxy: TcpProxy;
  let app: Awaited<ReturnType<typeof openApp>>;
  let server: MedoidServer;
  let address: string;
  let id: string;
  beforeAll(async () => {
    postgres = await startPostgres({ settings: ["max_connections=20"] });
    proxy = await startTcpProxy(postgres.port);
    const url = new URL(postgres.url);
    url.port = String(proxy.port);
    app = await openApp({
      databaseUrl: url.href,
      settings: readSettings({ MEDOID_LOG_LEVEL: "silent", MEDOID_LIMIT_SECONDS: "3" }),
    });
    await writeRun(app, groupedRows(3, 10));
    server = createServer(app, { log: () => {} });
    address = await server.listen(0, "127.0.0.1");
    const started = await send(
      `mutation { clusterEmbeddings(input: { embeddingModel: "Model" }) { ... on ClusteringResult { id } } }`,
    );
    id = started.data.clusterEmbeddings.id;
  });
  afterAll(async () => {
    proxy?.restore();
    await server?.stop(0);
    await app?.close();
    await proxy?.close();
    await postgres?.remove();
  });

  const post = (query: string, accept: string) =>
    fetch(`${address}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept },
      body: JSON.stringify({ query }),
    });
  // biome-ignore lint/suspicious/noExplicitAny: tests read into results as they please
  const send = async (query: string): Promise<any> => (await post(query, "application/json")).json();
  const subscription = () => `subscription { clusteringProgress(id: "${id}") { status } }`;
  /** What a stream has sent when it ends; the whole response if it did not begin. */
  async function said(response: Response) {
    const text = await response.text();
    if (text.startsWith("{")) return JSON.parse(text);
    const events = Array.from(text.matchAll(/^data: (\{.*\})$/gm), ([, json]) => JSON.parse(json));
    return events.at(-1);
  }

  test("reports it for every request while all of the database's connections are taken", async () => {
    const { taken, givenBack } = await takeAllConnections();
    try {
      expect(taken).toBeGreaterThan(10);
      const query = await send("{ embeddingModels { name } }");
      const mutation = await send(
        `mutation { cancelClustering(id: "${id}") { ... on ClusteringResult { id } } }`,
      );
      const stream = await said(await post(subscription(), "text/event-stream"));
      expect(query.errors).toMatchObject(unavailable);
      expect(mutation.errors).toMatchObject(unavailable);
      expect(stream.errors).toMatchObject(unavailable);
    } finally {
      await givenBack();
    }
    expect((await send("{ embeddingModels { name } }")).data).toEqual({
      embeddingModels: [{ name: "Model" }],
    });
  });

  test("reports it to a subscription while the database does not respond", async () => {
    const stream = await post(subscription(), "text/event-stream");
    proxy.hang();
    expect((await said(stream)).errors).toMatchObject(unavailable);
  });

  /** Allows no connections, and closes the open ones of others. */
  async function takeAllConnections() {
    const clients: pg.Client[] = [];
    async function take(): Promise<boolean> {
      const client = new pg.Client({ connectionString: postgres.url });
      client.on("error", () => {});
      try {
        await client.connect();
      } catch (error) {
        if ((error as { code?: unknown }).code === "53300") return false;
        throw error;
      }
      clients.push(client);
      return true;
    }
    while (await take()) {}
    const endOthers = async () => {
      const { rowCount } = await clients[0].query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'medoid%'",
      );
      return rowCount ?? 0;
    };
    // A connection is free for a moment after it has ended: only if there was none twice has nobody got one meanwhile.
    for (let rounds = 0; rounds < 2; rounds++) {
      if ((await endOthers()) > 0) rounds = -1;
      while (await take()) rounds = -1;
    }
    return {
      taken: clients.length,
      givenBack: () => Promise.all(clients.map((client) => client.end())),
    };
  }
});
