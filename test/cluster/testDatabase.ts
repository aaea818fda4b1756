import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Libsql from "libsql";
import pg from "pg";
import { openApp } from "../../src/app.js";
import { isConnectionLost } from "../../src/database/errors/connectionErrors.js";
import { isBusy } from "../../src/database/errors/retryWhenBusy.js";
import { readSettings } from "../../src/settings.js";
import { groupedRows, writeRun } from "../temporaryApp.js";
import { createTestDatabase } from "../testDatabase.js";
import { recordHistory } from "./statusHistory.js";

/** A migrated database that processes are started on, with embeddings to cluster and a record of every status. */
export interface TestDatabase {
  /** As in DATABASE_URL. */
  readonly url: string;
  readonly kind: "sqlite" | "postgresql";
  /** Runs one statement while the processes run. Placeholders are `?`. */
  query<Row = Record<string, unknown>>(sql: string, ...values: unknown[]): Promise<Row[]>;
  /** Whether SQLite's write lock is free; true on PostgreSQL, which has none. */
  canWrite(): Promise<boolean>;
  close(): Promise<void>;
}

/** The test reads from a server that it has just restarted, so it retries for this long. */
const longestOutage = 30_000;

/** Embeddings of the model "Model", in three groups and some noise. */
export const embeddingCount = 123;

/** Opens a database of its own, of the kind that the tests run on. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const { url, drop } = await createTestDatabase();
  return fill(url, drop);
}

/** Opens a SQLite database in an existing folder. */
export function openTestDatabaseIn(folder: string): Promise<TestDatabase> {
  return fill(`file:${join(folder, "medoid.db")}`, async () => {});
}

/** Fills an empty database of the test's own PostgreSQL server. */
export function openTestDatabaseAt(url: string): Promise<TestDatabase> {
  return fill(url, async () => {});
}

async function fill(url: string, drop: () => Promise<void>): Promise<TestDatabase> {
  const app = await openApp({ databaseUrl: url, settings: readSettings({}) });
  try {
    await writeRun(app, [...groupedRows(3, 40), ...noise()]);
  } finally {
    await app.close();
  }
  const database = url.startsWith("file:") ? openSqlite(url, drop) : openPostgres(url, drop);
  await recordHistory(database);
  return database;
}

function openSqlite(url: string, drop: () => Promise<void>): TestDatabase {
  const path = url.slice("file:".length);
  const connection = new Libsql(path, { timeout: 60_000 });
  return {
    url,
    kind: "sqlite",
    async query<Row>(sql: string, ...values: unknown[]) {
      const statement = connection.prepare(sql);
      if (statement.reader) return statement.all(...values) as Row[];
      statement.run(...values);
      return [];
    },
    async canWrite() {
      const another = new Libsql(path);
      try {
        another.exec("BEGIN IMMEDIATE; ROLLBACK");
        return true;
      } catch (error) {
        if (!isBusy(error)) throw error;
        return false;
      } finally {
        another.close();
      }
    },
    async close() {
      connection.close();
      await drop();
    },
  };
}

function openPostgres(url: string, drop: () => Promise<void>): TestDatabase {
  const pool = new pg.Pool({ connectionString: url, max: 2, types: { getTypeParser } });
  pool.on("error", () => {}); // the server was restarted
  return {
    url,
    kind: "postgresql",
    async query<Row>(sql: string, ...values: unknown[]) {
      let n = 0;
      const numbered = sql.replaceAll("?", () => `$${++n}`);
      const until = Date.now() + longestOutage;
      for (;;) {
        try {
          return (await pool.query(numbered, values)).rows as Row[];
        } catch (error) {
          const isRead = /^\s*SELECT/.test(sql);
          // A busy database has rolled the whole statement back, as it does to one of two in a deadlock.
          const isRepeatable = isBusy(error) || (isRead && isConnectionLost(error));
          if (!isRepeatable || Date.now() > until) throw error;
        }
        await delay(200);
      }
    },
    canWrite: async () => true,
    async close() {
      await pool.end();
      await drop();
    },
  };
}

/** Counts are numbers, as they are on SQLite. */
function getTypeParser(id: number, format?: string) {
  const isCount = id === pg.types.builtins.INT8;
  // biome-ignore lint/suspicious/noExplicitAny: pg's declarations know no format here
  return isCount ? Number : pg.types.getTypeParser(id, format as any);
}

/** Outliers of the three groups. */
function noise(): Float32Array[] {
  return [
    Float32Array.of(0.7, 0.7, 0.1, 0),
    Float32Array.of(-0.9, 0.2, 0.3, 0),
    Float32Array.of(0.1, -0.8, 0.6, 0),
  ];
}
