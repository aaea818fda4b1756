import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, startPostgres } from "../postgres/postgresServer.js";
import { testedKind } from "../testDatabase.js";
import { allEnded, checkEveryRow, resultDigest } from "./checkEveryRow.js";
import {
  ask,
  type ClusterData,
  clusterMutation,
  insist,
  send,
  startClustering,
  startedId,
} from "./client.js";
import { type FaultPoint, faultPoint, faultPoints, untilReached } from "./faultPoint.js";
import { isLong, randomOf } from "./faultRun.js";
import { type Installation, install } from "./installation.js";
import { leaveNoTrees } from "./leaveNoTrees.js";
import { type Server, startProcess, startServer } from "./medoidProcess.js";
import { runInput } from "./runInputs.js";
import { startTcpProxy, type TcpProxy } from "./tcpProxy.js";
import { openTestDatabaseAt, type TestDatabase } from "./testDatabase.js";
import { wholeRuns } from "./wholeRuns.js";

const outageMilliseconds = 20_000;
/** A request has a response within this time, whatever the database does: the server's own limit, and a margin. */
const responseMilliseconds = 15_000;
/** Once the database can be reached again, everything works as before within this time. */
const recoveryMilliseconds = 30_000;
/** A process that is asked to stop has ended within this time, whatever its connections do. */
const stopMilliseconds = 15_000;

/** How the database becomes unavailable, and available again. */
interface Outage {
  name: string;
  begin(postgres: PostgresServer, proxy: TcpProxy): Promise<void>;
  milliseconds: number;
  end(postgres: PostgresServer, proxy: TcpProxy): Promise<void>;
  /** Connections that were open before receive nothing any more. */
  staysSilent?: boolean;
}
const outages: Outage[] = [
  ...(["fast", "immediate"] as const).map((mode) => ({
    name: `PostgreSQL is restarted (${mode})`,
    begin: (postgres: PostgresServer) => postgres.stop(mode),
    milliseconds: 500,
    end: (postgres: PostgresServer) => postgres.start(),
  })),
  {
    name: `connections are dropped for ${outageMilliseconds / 1000} s`,
    begin: async (_, proxy) => proxy.drop(),
    milliseconds: outageMilliseconds,
    end: async (_, proxy) => proxy.restore(),
  },
  ...(["closed", "silent"] as const).map((then) => ({
    name: `connections hang ${outageMilliseconds / 1000} s, then are ${then}`,
    begin: async (_: PostgresServer, proxy: TcpProxy) => proxy.hang(),
    milliseconds: outageMilliseconds,
    end: async (_: PostgresServer, proxy: TcpProxy) => proxy.restore(then),
    staysSilent: then === "silent",
  })),
];

describe.runIf(testedKind === "postgresql").each(outages)("$name", (outage) => {
  let postgres: PostgresServer;
  let proxy: TcpProxy;
  /** Connected directly, as this test is, and through the proxy, as the other processes are. */
  let database: TestDatabase;
  let proxied: TestDatabase;
  let calm: string;
  const started: string[] = [];
  let medoid: Installation;
  /** The worker that runs at the moment. */
  let worker: Server;
  let folder: string;

  beforeAll(async () => {
    // What was committed must survive a crash of the server, as with PostgreSQL's default setting.
    postgres = await startPostgres({ settings: ["synchronous_commit=on"] });
    proxy = await startTcpProxy(postgres.port);
    database = await openTestDatabaseAt(postgres.url);
    const url = new URL(postgres.url);
    url.port = String(proxy.port);
    proxied = { ...database, url: url.href };
    medoid = await install(proxied);
    worker = await medoid.compute();
    started.push(await startClustering(worker.url));
    await allEnded(database);
    calm = await resultDigest(database, started[0]);
    folder = mkdtempSync(join(tmpdir(), "medoid-outage-"));
  });
  afterAll(async () => {
    await medoid?.stop();
    await database?.close();
    await proxy?.close();
    await postgres?.remove();
    rmSync(folder, { recursive: true });
  });

  const points = faultPoints(`outage ${outage.name}`);
  const random = randomOf(`points of ${outage.name}`);
  const ofStage = (...names: FaultPoint["name"][]) => points.filter(({ name }) => names.includes(name));
  const few =
    outage.milliseconds < outageMilliseconds
      ? [random.pick(ofStage("LOADING", "NEIGHBOURS", "MEDOIDS")), random.pick(ofStage("STORING"))]
      : outage.staysSilent
        ? [...ofStage("LOADING", "NEIGHBOURS"), random.pick(ofStage("STORING"))]
        : [random.pick(points)];
  for (const point of isLong ? points : few) {
    const where = point.inside ? `within a transaction of ${point.name}` : `at ${point.name}`;
    test(`${where}: the clustering is finished, once`, async () => {
      const random = randomOf(`${outage.name} ${where}`);
      const held = await medoid.compute(faultPoint(point, random.between(500, 1_500)));
      const reached = untilReached(held, point);
      // A process that is not paused must not take it up.
      await worker.end("SIGTERM");
      worker = held;
      await leaveNoTrees(database);
      const id = await startClustering(held.url);
      started.push(id);
      const watched = watch(held.url, id);
      await reached;
      await outage.begin(postgres, proxy);
      const [response] = await Promise.all([responseDuring(held), delay(outage.milliseconds)]);
      await outage.end(postgres, proxy);
      await comesBack(held, id, watched);

      expect(response.status).toBe(503);
      expect(response.code).toMatch(/^(DATABASE_UNAVAILABLE|REQUEST_LIMIT)$/);
      await allEnded(database, 60_000);
      for (const { child } of [held, ...medoid.servers]) expect(child.exitCode).toBeNull();
      expect(await resultDigest(database, id)).toBe(calm);
      expect(await ask(held.url, "{ embeddingModels { name } }")).toEqual({
        embeddingModels: [{ name: "Model" }],
      });
      await checkEveryRow(database, started);
    });
  }

  /**
   * Everything works again, and soon: requests, subscriptions to the clustering, and the worker, which takes up another
   * one.
   */
  async function comesBack(held: Server, id: string, watched: Promise<WatchEnd>): Promise<void> {
    const since = Date.now();
    const left = () => recoveryMilliseconds - (Date.now() - since);
    const url = () => held.url;
    await insist(url, "{ embeddingModels { name } }", {}, left());
    // With a key, because a response that was lost may have said that the clustering was started.
    const input = { embeddingModel: "Model", idempotencyKey: `after ${id}` };
    const { clusterEmbeddings } = await insist<ClusterData>(url, clusterMutation, { input }, left());
    started.push(startedId(clusterEmbeddings));
    await allEnded(database, left());
    // If its stream was cut off, or ended because the database is unavailable, its client subscribes again; it never
    // waits in vain.
    const end = await Promise.race([watched, delay(Math.max(0, left()), "it still waits", { ref: false })]);
    expect(held.child.output(), "an error was printed with more than a line").not.toMatch(/\n\s+(at |\w+: )/);
    expect(end, held.child.output()).toMatch(/^(SUCCEEDED|DATABASE_UNAVAILABLE|UNEXPECTED_END)$/);
  }

  if (outage.staysSilent) {
    test.each([1, 2])(
      "when signalled to stop %i times during the outage, a server and a worker end",
      async (signals) => {
        const point: FaultPoint = { name: "NEIGHBOURS", count: 1, inside: false };
        const [server, computing] = await Promise.all([
          startServer(proxied, { computes: false }),
          medoid.compute(faultPoint(point, 1_000)),
        ]);
        const reached = untilReached(computing, point);
        await worker.end("SIGTERM");
        worker = computing;
        await leaveNoTrees(database);
        started.push(await startClustering(server.url));
        const watched = watch(server.url, started[started.length - 1]);
        await reached;
        await outage.begin(postgres, proxy);
        // Every read that is repeated periodically has met the silent connections by now.
        await delay(5_000);
        const since = Date.now();
        const ended = [server, computing].map(async ({ child, end }) => {
          for (let sent = 1; sent < signals; sent++) {
            child.kill("SIGTERM");
            await delay(500);
          }
          await end("SIGTERM");
          return Date.now() - since;
        });
        for (const milliseconds of await Promise.all(ended)) {
          expect(milliseconds).toBeLessThan(signals === 1 ? stopMilliseconds : 2_000);
        }
        expect(await watched).toMatch(/^(DATABASE_UNAVAILABLE|UNEXPECTED_END)$/);
        await outage.end(postgres, proxy);
        worker = await medoid.compute();
        await allEnded(database, 60_000);
        await checkEveryRow(database, started);
      },
    );
  }

  test("during an import: it continues, or reports why it stopped and continues when it is run again", async () => {
    const runs = 1_500;
    const file = join(folder, "runs.jsonl");
    writeFileSync(
      file,
      Array.from({ length: runs }, (_, i) => JSON.stringify(runInput(`run ${i}`, 10, 200))).join("\n"),
    );
    const count = async () => {
      const [row] = await database.query<{ count: number }>(`SELECT count(*) AS "count" FROM "Run"`);
      return Number(row.count);
    };
    const before = await count();
    const importing = startProcess(proxied, {}, "import", file);
    while ((await count()) === before) {
      expect(importing.child.exitCode).toBeNull();
      await delay(10);
    }
    await outage.begin(postgres, proxy);
    await delay(outage.milliseconds);
    await outage.end(postgres, proxy);

    const { code, stderr } = await importing.child.finished;
    expect(await count()).toBeGreaterThan(before);
    if (code !== 0) {
      expect(code).toBe(1);
      expect(stderr).toMatch(/The database cannot be reached now\. Try again later\.\n$/);
      expect(stderr).not.toMatch(/\n\s+at /);
      await wholeRuns(database, [10]);
      const again = startProcess(proxied, {}, "import", file);
      expect(await again.child.finished).toMatchObject({ code: 0 });
    }
    expect(await count()).toBe(before + runs);
    await wholeRuns(database, [10]);
    await checkEveryRow(database, started);
  });
});

type WatchEnd = string;

/**
 * Subscribes to a clustering. @returns its last status, or the code of the error that ended the stream, or
 * UNEXPECTED_END
 */
async function watch(url: string, id: string): Promise<WatchEnd> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({
      query: "subscription ($id: ID!) { clusteringProgress(id: $id) { status } }",
      variables: { id },
    }),
  });
  const text = await response.text().catch(() => "");
  const said = Array.from(text.matchAll(/"(?:status|code)":"(\w+)"/g), ([, word]) => word).at(-1);
  return said === undefined || said === "RUNNING" || said === "QUEUED" ? "UNEXPECTED_END" : said;
}

/** What a client and a load balancer receive during the outage. */
async function responseDuring(server: Server): Promise<{ status: number; code: string | undefined }> {
  const since = Date.now();
  const ready = await fetch(new URL("/health/ready", server.url));
  const { errors } = await send(server.url, `{ embeddingModels { name } }`);
  expect(Date.now() - since).toBeLessThan(responseMilliseconds);
  return { status: ready.status, code: errors?.[0].extensions.code };
}
