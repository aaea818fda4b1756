import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Libsql from "libsql";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { migrationNames } from "../../src/database/migrations/migrations.js";
import { openDatabase } from "../../src/database/openDatabase.js";
import { printed, runMedoid, spawnMedoid } from "../cli/runMedoid.js";
import { testedKind } from "../testDatabase.js";

/** One for each way in which commands create and open the database. A server is started too, but ends on its own. */
const commands = [["keys", "create", "a key"], ["import", "RUNS"], ["migrate"]];
const processes = 20;

describe.runIf(testedKind === "sqlite")("processes that open one SQLite file at once", () => {
  let folder: string;
  let url: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "medoid-open-"));
    url = `file:${folder}/m.db`;
    writeFileSync(
      `${folder}/runs.jsonl`,
      `{"id":"0198c1b2-0000-7000-8000-000000000001","network":["A"],"initialPrompt":"p","invocations":[]}\n`,
    );
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const migrations = () => read("SELECT migration_name AS name FROM _prisma_migrations ORDER BY 1");
  function read(sql: string): string[] {
    const connection = new Libsql(`${folder}/m.db`);
    try {
      return (connection.prepare(sql).all([]) as { name: string }[]).map(({ name }) => name);
    } finally {
      connection.close();
    }
  }

  async function openTogether(): Promise<void> {
    const server = spawnMedoid(url, "serve", "--port", "0");
    const others = Array.from({ length: processes - 1 }, (_, i) =>
      runMedoid(
        url,
        ...commands[i % commands.length].map((arg) => (arg === "RUNS" ? `${folder}/runs.jsonl` : arg)),
      ),
    );
    for (const { code, stderr } of await Promise.all(others))
      expect([code, stderr]).toEqual([0, expect.any(String)]);
    await printed(server, /GraphiQL and the API/);
    server.kill("SIGTERM");
    expect((await server.finished).code).toBe(0);
    expect(migrations()).toEqual(migrationNames("sqlite"));
  }

  test("all succeed on a file that does not exist yet, whichever commands they run", openTogether);

  test("all succeed on a file that lacks migrations", async () => {
    await (await openDatabase(url)).close();
    const connection = new Libsql(`${folder}/m.db`);
    connection.exec(
      `DROP TABLE "ApiKey"; DELETE FROM _prisma_migrations WHERE migration_name LIKE '%api_keys'`,
    );
    connection.close();
    await openTogether();
    expect(read(`SELECT name FROM sqlite_master WHERE name = 'ApiKey'`)).toEqual(["ApiKey"]);
  });

  test("a process that is killed while it migrates leaves all or nothing, and the next one continues", async () => {
    for (let at = 0; at < 12; at++) {
      const killed = spawnMedoid(url, "migrate");
      await delay(100 + 50 * at);
      killed.kill("SIGKILL");
      await killed.finished;
    }
    expect(await runMedoid(url, "migrate")).toMatchObject({ code: 0 });
    expect(migrations()).toEqual(migrationNames("sqlite"));
  });
});
