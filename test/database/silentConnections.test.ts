import { setTimeout as delay } from "node:timers/promises";
import { to as copyTo } from "pg-copy-streams";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../src/database/openDatabase.js";
import {
  type BulkConnections,
  openBulkConnections,
} from "../../src/database/postgres/connections/bulkConnections.js";
import { startTcpProxy, type TcpProxy } from "../cluster/tcpProxy.js";
import { createTestDatabase, type TestDatabase, testedKind } from "../testDatabase.js";

/**
 * Longer than two checks, which are five seconds apart. The kernel would close a connection after a quarter of an hour.
 */
const longSilence = 17_000;

describe.runIf(testedKind === "postgresql").concurrent("a connection on which nothing arrives", () => {
  let target: TestDatabase;
  beforeAll(async () => {
    target = await createTestDatabase();
    await (await openDatabase(target.url)).close();
  });
  afterAll(() => target.drop());

  async function throughProxy(): Promise<{ url: string; proxy: TcpProxy }> {
    const url = new URL(target.url);
    const proxy = await startTcpProxy(Number(url.port));
    url.port = String(proxy.port);
    return { url: url.href, proxy };
  }
  /** Connections that are open now receive nothing any more, and new connections work normally. */
  function forget(proxy: TcpProxy): void {
    proxy.hang();
    proxy.restore("silent");
  }
  async function withBulk(use: (connections: BulkConnections, proxy: TcpProxy) => Promise<void>) {
    const { url, proxy } = await throughProxy();
    const connections = openBulkConnections(url, 2);
    try {
      await use(connections, proxy);
    } finally {
      await proxy.close();
      await connections.close();
    }
  }

  test("that neither side has closed is given up, and the server ends its session", () =>
    withBulk(async (connections, proxy) => {
      const numberOf = async () =>
        (await connections.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")).rows[0].pid;
      const before = await numberOf();
      forget(proxy);
      await expect(numberOf()).rejects.toMatchObject({ code: "08006" });
      expect(await numberOf()).not.toBe(before);
      await delay(500);
      const open = await connections.query("SELECT 1 FROM pg_stat_activity WHERE pid = $1", [before]);
      expect(open.rows).toEqual([]);
    }));

  test("is not used again by reads, which are repeated on another one", async () => {
    const { url, proxy } = await throughProxy();
    // Far too long to matter in this test.
    const database = await openDatabase(url, { statementSeconds: 600 });
    try {
      const read = () => database.read("SELECT 1 AS one", []);
      const readLong = () => database.longReads.query("SELECT 1 AS one", []);
      const both = () => Promise.all([read(), readLong(), database.prisma.run.count()]);
      await both();
      forget(proxy);
      expect(await both()).toEqual([[{ one: 1 }], [{ one: 1 }], 0]);
    } finally {
      await proxy.close();
      await database.close();
    }
  });

  test("is waited for while the server works", () =>
    withBulk(async (connections) => {
      const slept = await connections.query("SELECT pg_sleep($1)::text AS slept", [longSilence / 1000]);
      expect(slept.rows).toEqual([{ slept: "" }]);
    }));

  test("is waited for while this side does not read what has arrived", () =>
    withBulk(async (connections) => {
      const rows = 50_000;
      const copied = connections.use(async (client) => {
        let bytes = 0;
        const sql = `COPY (SELECT repeat('x', 999) FROM generate_series(1, ${rows})) TO STDOUT`;
        for await (const piece of client.query(copyTo(sql))) {
          if (bytes === 0) await delay(longSilence);
          bytes += piece.length;
        }
        return bytes;
      });
      expect(await copied).toBe(rows * 1000);
    }));
});
