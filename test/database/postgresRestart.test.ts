import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openApp } from "../../src/app.js";
import { createLogger } from "../../src/runtime/logger.js";
import { createServer, type MedoidServer } from "../../src/server/server.js";
import { readSettings } from "../../src/settings.js";
import { type PostgresServer, startPostgres } from "../postgres/postgresServer.js";
import { testedKind } from "../testDatabase.js";

describe.runIf(testedKind === "postgresql")("a server whose database becomes unavailable", () => {
  let postgres: PostgresServer;
  let app: Awaited<ReturnType<typeof openApp>>;
  let server: MedoidServer;
  let address: string;
  const lines: string[] = [];
  const logged = (message: string) => lines.filter((line) => line.includes(message));
  beforeAll(async () => {
    postgres = await startPostgres();
    app = await openApp({
      databaseUrl: postgres.url,
      settings: readSettings({}),
      logger: createLogger("info", { write: (line) => void lines.push(line) }),
    });
    await app.queue.start();
    server = createServer(app, { log: () => {} });
    address = await server.listen(0, "127.0.0.1");
  });
  afterAll(async () => {
    await server?.stop(0);
    await app?.close();
    await postgres?.remove();
  });

  const ready = async () => {
    const response = await fetch(`${address}/health/ready`);
    return { status: response.status, body: await response.json() };
  };
  const runs = async () => {
    const response = await fetch(`${address}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        query: "{ runs { totalCount edges { node { id } } } embeddingModels { name } }",
      }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: tests read into results as they please
    return (await response.json()) as any;
  };

  test("logs once that its queue cannot use it, and once that it can again", async () => {
    const lost = () => logged("The queue cannot use the database now");
    const back = () => logged("The queue can use the database again");
    await postgres.stop();
    await expect.poll(lost, { timeout: 200_000 }).toHaveLength(1);
    await delay(3_000);
    expect(back()).toEqual([]);
    await postgres.start();
    await expect.poll(back, { timeout: 200_000 }).toHaveLength(1);
    expect(JSON.parse(back()[0])).toMatchObject({ level: 30, seconds: expect.any(Number) });
    expect(lost()).toHaveLength(1);
  });

  const nothing = { runs: { totalCount: 0, edges: [] }, embeddingModels: [] };
  test.each(["fast", "immediate"] as const)(
    "reports it while it is stopped (%s), and continues once it is back",
    async (mode) => {
      expect(await ready()).toMatchObject({ status: 200, body: { ready: true, database: "answers" } });
      expect((await runs()).data).toEqual(nothing);

      await postgres.stop(mode);
      const away = await ready();
      const refused = await runs();
      await postgres.start();

      expect(away).toMatchObject({ status: 503, body: { ready: false, database: "does not answer" } });
      // A request for each field, each started before the first one has failed.
      const codes = refused.errors.map((error: { extensions: { code: string } }) => error.extensions.code);
      expect(new Set(codes)).toEqual(new Set(["DATABASE_UNAVAILABLE"]));
      expect((await runs()).data).toEqual(nothing);
      expect(await ready()).toMatchObject({ status: 200, body: { ready: true, database: "answers" } });
    },
  );

  test("continues to serve if the database was restarted between requests", async () => {
    await postgres.stop();
    await postgres.start();
    await delay(50);
    expect(await runs()).toMatchObject({ data: { runs: { totalCount: 0 } } });
  });
});
