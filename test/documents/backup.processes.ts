import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type App, openApp } from "../../src/app.js";
import { copyDatabase } from "../../src/database/copyDatabase.js";
import { migrateDatabase } from "../../src/database/migrations/schemaVersion.js";
import { createServer, type MedoidServer } from "../../src/server/server.js";
import { entryPoint } from "../cli/runMedoid.js";
import { commandsOf } from "../clients/documents.js";
import { binaries } from "../postgres/postgresServer.js";
import { groupedRows, writeRun } from "../temporaryApp.js";
import { createTestDatabase, type TestDatabase, testedKind } from "../testDatabase.js";

// The commands of docs/operation.md that back up and restore a database, while a server has it open.

const [, section] = /^## Backup and restore\n(.*?)^## /ms.exec(readFileSync("docs/operation.md", "utf8"))!;
const [dump, restore, backup] = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) =>
  commandsOf(text),
);

function isThere(program: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

let database: TestDatabase;
let app: App;
let server: MedoidServer;

beforeEach(async () => {
  database = await createTestDatabase();
  app = await openApp({ databaseUrl: database.url });
  await writeRun(app, groupedRows(3, 20));
  server = createServer(app);
  await server.listen(0, "127.0.0.1");
});
afterEach(async () => {
  await server.stop(0);
  await app.close();
  await database.drop();
});

async function run(commands: string[], environment: Record<string, string> = {}): Promise<void> {
  const options = {
    cwd: database.folder,
    env: { ...process.env, DATABASE_URL: database.url, ...environment },
  };
  for (const command of commands) await promisify(execFile)("sh", ["-c", command], options);
}

/** Counts and digests of all tables. */
async function contentOf(url: string, name: string) {
  const to = `file:${join(database.folder, name)}`;
  await migrateDatabase(to);
  const tables = await copyDatabase(url, to);
  expect(tables.find(({ table }) => table === "Embedding")).toMatchObject({ rows: 60 });
  return tables;
}

describe.skipIf(testedKind !== "sqlite" || !isThere("sqlite3"))("a SQLite file", () => {
  test("is backed up as documented", async () => {
    await run(backup);
    const restored = await contentOf(`file:${join(database.folder, "backup.db")}`, "second.db");
    expect(restored).toEqual(await contentOf(database.url, "first.db"));
  });
});

describe.skipIf(testedKind !== "postgresql")("a PostgreSQL database", () => {
  test("is dumped and restored as documented", async () => {
    const { hostname, port, username, pathname } = new URL(database.url);
    const name = `${pathname.slice(1)}_restored`;
    const url = database.url.replace(pathname.slice(1), name);
    const environment = {
      PATH: [binaries(), dirname(process.execPath), process.env.PATH].join(delimiter),
      ...{ PGHOST: hostname, PGPORT: port, PGUSER: username },
    };
    const ofTest = restore.map((command) =>
      command
        .replace(/postgresql:\/\/medoid_owner:…@HOST\/medoid_restored/, url)
        .replace("--owner=medoid_owner", `--owner=${username}`)
        .replace(/ medoid_restored$/, ` ${name}`)
        .replace(/\bmedoid migrate/, `node ${entryPoint} migrate`),
    );
    expect(ofTest.join(" ")).not.toMatch(/…|medoid_owner/);
    try {
      await run([...dump, ...ofTest], environment);
      expect(await contentOf(url, "second.db")).toEqual(await contentOf(database.url, "first.db"));
    } finally {
      await run([`dropdb --if-exists --force ${name}`], environment);
    }
  });
});
