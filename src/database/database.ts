import type { BulkStore } from "./bulkStore.js";
import { requireDatabaseUrl } from "./databaseUrl.js";
import { PrismaClient } from "./generated/sqlite/client.js";
import { applyMigrations, migrationNames } from "./migrations.js";
import { retryWhenBusy } from "./retryWhenBusy.js";
import { type DatabaseVersion, openDatabaseVersion } from "./sqlite/databaseVersion.js";
import { LibsqlAdapter } from "./sqlite/libsqlAdapter.js";
import { type LongReads, openLongReads } from "./sqlite/longReads.js";
import { openReader, type Read } from "./sqlite/openReader.js";
import { openSqliteBulkStore } from "./sqlite/sqliteBulkStore.js";

/** An open database, migrated. Small reads and writes go through `prisma`, vectors and bulk rows through `bulk`. */
export interface Database {
  readonly url: string;
  readonly prisma: PrismaClient;
  readonly bulk: BulkStore;
  readonly longReads: LongReads;
  readonly version: DatabaseVersion;
  /** Small reads of SQL written by hand. */
  readonly read: Read;
  /** How many statements `prisma`, `read` and `longReads` have run since the database was opened. */
  statementCount(): number;
  close(): Promise<void>;
}

/**
 * Opens the database, creates it where it does not exist, and applies the migrations that it lacks.
 * @param url `file:…`, as in DATABASE_URL; relative paths are relative to the working directory.
 * @throws DatabaseUrlError where the URL is of another kind.
 */
export async function openDatabase(url: string): Promise<Database> {
  requireDatabaseUrl(url);
  let statementCount = 0;
  const adapter = new LibsqlAdapter({ url, intMode: "bigint" }, () => {
    statementCount++;
  });
  const prisma = new PrismaClient({ adapter });
  try {
    // Write-ahead logging lets readers go on while one connection writes; the file remembers it.
    await retryWhenBusy(() => prisma.$queryRawUnsafe("PRAGMA journal_mode = WAL"));
    if (await isBehind(prisma)) await retryWhenBusy(() => applyMigrations(adapter));
  } catch (error) {
    await prisma.$disconnect();
    throw error;
  }
  const longReads = openLongReads(url);
  const bulk = openSqliteBulkStore(url, longReads);
  const version = openDatabaseVersion(url);
  const reader = openReader(url);
  return {
    url,
    prisma,
    bulk,
    longReads: {
      ...longReads,
      query(sql, values, signal) {
        statementCount++;
        return longReads.query(sql, values, signal);
      },
    },
    version,
    read(sql, values) {
      statementCount++;
      return reader.read(sql, values);
    },
    statementCount: () => statementCount,
    async close() {
      await bulk.close();
      await longReads.close();
      version.close();
      reader.close();
      await prisma.$disconnect();
    },
  };
}

/** Whether a migration is missing: a look that spares the schema engine's start on most opens. */
async function isBehind(prisma: PrismaClient): Promise<boolean> {
  const tables = await prisma.$queryRaw<
    unknown[]
  >`SELECT name FROM sqlite_master WHERE name = '_prisma_migrations'`;
  if (tables.length === 0) return true;
  const applied = await prisma.$queryRaw<{ migration_name: string }[]>`
    SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`;
  const names = new Set(applied.map((row) => row.migration_name));
  return migrationNames().some((name) => !names.has(name));
}
