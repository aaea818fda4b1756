import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { v7 as uuid } from "uuid";
import { readMigrations } from "../src/database/migrations/migrations.js";
import { openDatabase } from "../src/database/openDatabase.js";

/**
 * The server for the tests' databases: `postgresql://…`, of a role that may create databases. If it is not set, the
 * tests run on SQLite.
 */
const serverUrl = process.env.MEDOID_TEST_DATABASE_URL;

/** The kind of database on which the tests run. */
export const testedKind = serverUrl ? "postgresql" : "sqlite";

/** A database of a test's own. */
export interface TestDatabase {
  /** Its URL, as in DATABASE_URL. */
  readonly url: string;
  /** A folder that is deleted with it. */
  readonly folder: string;
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Whether all migrations are already applied. Default: true. */
  migrated?: boolean;
  /** A database of which it is created as a copy, and which must not be open at that moment. */
  copyOf?: TestDatabase;
}

/** Creates a database. It must be closed before it is dropped. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "medoid-test-"));
  return serverUrl ? createOnServer(folder, options) : createFile(folder, options);
}

async function createFile(folder: string, { migrated = true, copyOf }: TestDatabaseOptions) {
  const path = join(folder, "medoid.db");
  if (copyOf) cpSync(copyOf.folder, folder, { recursive: true });
  else if (migrated) writeFileSync(path, await migratedFile());
  return {
    url: `file:${path}`,
    folder,
    drop: async () => rmSync(folder, { recursive: true }),
  };
}

async function createOnServer(folder: string, { migrated = true, copyOf }: TestDatabaseOptions) {
  const name = `medoid_test_${uuid().replaceAll("-", "")}`;
  const empty = migrated ? await migratedTemplate() : "template1";
  const template = copyOf ? new URL(copyOf.url).pathname.slice(1) : empty;
  await onServer((server) => server.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  return {
    url: urlOf(name),
    folder,
    async drop() {
      await onServer((server) => server.query(`DROP DATABASE ${name} WITH (FORCE)`));
      rmSync(folder, { recursive: true });
    },
  };
}

// The schema engine takes time to start: each database is a copy of one that was migrated once.

const migratedFile = once(async () => {
  const folder = mkdtempSync(join(tmpdir(), "medoid-test-"));
  await (await openDatabase(`file:${folder}/medoid.db`)).close();
  const bytes = readFileSync(`${folder}/medoid.db`);
  rmSync(folder, { recursive: true });
  return bytes;
});

const migratedTemplate = once(() =>
  onServer(async (server) => {
    const migrations = JSON.stringify(readMigrations("postgres").migrationDirectories);
    const digest = createHash("sha256").update(migrations).digest("hex").slice(0, 16);
    const name = `medoid_test_migrated_${digest}`;
    // Several test files start at the same time: one creates the template, and the others wait.
    await server.query("SELECT pg_advisory_lock(hashtext($1))", [name]);
    const { rows } = await server.query("SELECT 1 FROM pg_database WHERE datname = $1", [name]);
    if (rows.length > 0) return name;
    const unfinished = `${name}_${process.pid}`;
    await server.query(`CREATE DATABASE ${unfinished}`);
    await (await openDatabase(urlOf(unfinished))).close();
    await server.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`);
    return name;
  }),
);

async function onServer<T>(use: (server: pg.Client) => Promise<T>): Promise<T> {
  const server = new pg.Client(serverUrl);
  await server.connect();
  try {
    return await use(server);
  } finally {
    await server.end();
  }
}

function urlOf(database: string): string {
  const url = new URL(serverUrl!);
  url.pathname = `/${database}`;
  return url.href;
}

function once<T>(create: () => Promise<T>): () => Promise<T> {
  let created: Promise<T> | undefined;
  return () => {
    created ??= create();
    return created;
  };
}
