import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import {
  appliedMigrations,
  applyMigrations,
  type MigrationOptions,
  requireKnownSchema,
  type SchemaState,
  schemaState,
} from "../migrations/migrations.js";
import { connectionConfig } from "./connections/connectionConfig.js";
import { explainedError } from "./openingErrors.js";
import { requireRights, requireSight, type Use } from "./requireRights.js";

/** Identifies Medoid's migrations among the advisory locks of a database: "medoid" in ASCII. */
const lockKey = 0x6d65646f6964n;
const oldestMajor = 15;

export interface PostgresMigrationOptions extends MigrationOptions {
  /** Whether the database will only be read. Default: it must be writable. */
  readsOnly?: boolean;
}

/**
 * Applies the migrations that the database lacks, in one transaction: all or none. If several processes find
 * migrations missing at the same time, one of them applies them under an advisory lock that its transaction
 * holds; the others wait until it has finished or is gone.
 * @throws Error that says what the database lacks or what its role may not do; NewerDatabaseError;
 *   ForeignDatabaseError
 */
export async function migratePostgres(url: string, options: PostgresMigrationOptions = {}): Promise<void> {
  await withConnection(url, async (pool) => {
    const use = options.readsOnly ? "read" : "write";
    const before = await usableState(pool, use);
    requireKnownSchema("postgres", before, options);
    if (before.pending.length === 0) {
      await requireRights(pool, use);
      return;
    }
    await requireRights(pool, "migrate");
    await pool.query("BEGIN");
    let applied: string[] = [];
    try {
      await pool.query("SELECT pg_advisory_xact_lock($1)", [lockKey]);
      const state = await stateOf(pool);
      requireKnownSchema("postgres", state, options);
      if (state.pending.length > 0) applied = await applyMigrations(new PrismaPg(pool), "postgres");
      await pool.query("COMMIT");
    } catch (error) {
      await pool.query("ROLLBACK").catch(() => {});
      throw error;
    }
    for (const name of applied) options.onMigrated?.(name, before.isNew);
  });
}

/** Compares the database's schema with the one that this program needs. Nothing is changed or created. */
export function postgresSchemaState(url: string): Promise<SchemaState> {
  return withConnection(url, (pool) => usableState(pool, "read"));
}

/** Opens a pool of one connection, which the schema engine can use while a transaction is open on it. */
async function withConnection<T>(url: string, use: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const config = connectionConfig(url, { applicationName: "medoid migrations" });
  const pool = new pg.Pool({ ...config, max: 1, idleTimeoutMillis: 0 });
  pool.on("error", () => {}); // the failing query reports it
  try {
    return await use(pool);
  } catch (error) {
    throw explainedError(error, config);
  } finally {
    await pool.end();
  }
}

/** @throws Error if Medoid cannot use the server or the database */
async function usableState(pool: pg.Pool, use: Use): Promise<SchemaState> {
  const { rows } = await pool.query<{ version: string; number: number; encoding: string }>(`
    SELECT current_setting('server_version') AS "version",
      current_setting('server_version_num')::int AS "number",
      current_setting('server_encoding') AS "encoding"`);
  const [{ version, number, encoding }] = rows;
  if (number < oldestMajor * 10_000) {
    throw new Error(`its server is PostgreSQL ${version}: Medoid needs PostgreSQL ${oldestMajor} or later`);
  }
  if (encoding !== "UTF8") {
    throw new Error(
      `its encoding is ${encoding}: Medoid needs UTF8, as of CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`,
    );
  }
  await requireSight(pool, use);
  return stateOf(pool);
}

async function stateOf(pool: pg.Pool): Promise<SchemaState> {
  // The tables are read first, because another process may migrate meanwhile: if its tables are seen, so are
  // its migrations.
  const { rows: others } = await pool.query<{ name: string }>(`
    SELECT c.relname AS "name" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relname <> '_prisma_migrations'
    ORDER BY c.oid`);
  const { rows: tables } = await pool.query(`SELECT to_regclass('_prisma_migrations') AS "table"`);
  const { rows: applied } = tables[0].table === null ? { rows: [] } : await pool.query(appliedMigrations);
  return schemaState(
    "postgres",
    applied.map((row) => row.migration_name),
    others.map(({ name }) => name),
  );
}
