import Libsql from "libsql";
import pg from "pg";
import { afterEach, beforeEach } from "vitest";
import { openedDatabase } from "../../src/cli/cli.js";
import type { DatabaseOptions } from "../../src/database/database.js";
import { sqlitePath } from "../../src/database/databaseUrl.js";
import { migrationNames } from "../../src/database/migrations/migrations.js";
import { openDatabase } from "../../src/database/openDatabase.js";
import { createTestDatabase, type TestDatabase, testedKind } from "../testDatabase.js";

export const names = migrationNames(testedKind === "sqlite" ? "sqlite" : "postgres");
/** The name of a migration of a newer program. */
export const future = "99990101000000_future";

/** An empty database for each test of a file. */
export let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase({ migrated: false });
});
afterEach(() => database.drop());

/** @returns the rows of a `SELECT` */
export async function run(sql: string): Promise<unknown[]> {
  if (testedKind === "sqlite") {
    const connection = new Libsql(sqlitePath(database.url));
    try {
      if (!/^SELECT/.test(sql)) connection.exec(sql);
      return /^SELECT/.test(sql) ? connection.prepare(sql).all([]) : [];
    } finally {
      connection.close();
    }
  }
  const client = new pg.Client(database.url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Opens it, which migrates it. @returns the migrations that were applied */
export async function open(options: DatabaseOptions = {}): Promise<string[]> {
  const applied: string[] = [];
  const opened = await openedDatabase(database.url, () =>
    openDatabase(database.url, { ...options, onMigrated: (name) => applied.push(name) }),
  );
  await opened.close();
  return applied;
}

export const addFuture = () =>
  run(`INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
    VALUES ('f', 'f', '${future}', CURRENT_TIMESTAMP, 1)`);
