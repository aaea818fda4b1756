import type { Database } from "../database.js";
import { PrismaClient } from "../generated/sqlite/client.js";
import { applyMigrations, migrationNames } from "../migrations.js";
import { retryWhenBusy } from "../retryWhenBusy.js";
import { openDatabaseVersion } from "./databaseVersion.js";
import { LibsqlAdapter } from "./libsqlAdapter.js";
import { openLongReads } from "./longReads.js";
import { openReader } from "./openReader.js";
import { openSqliteBulkStore } from "./sqliteBulkStore.js";
import { sqliteDialect } from "./sqliteDialect.js";

/** @param url `file:…`; the file is created where it does not exist */
export async function openSqliteDatabase(url: string): Promise<Database> {
  let statementCount = 0;
  const adapter = new LibsqlAdapter({ url, intMode: "bigint" }, () => {
    statementCount++;
  });
  const prisma = new PrismaClient({ adapter });
  try {
    // Write-ahead logging lets readers go on while one connection writes; the file remembers it.
    await retryWhenBusy(() => prisma.$queryRawUnsafe("PRAGMA journal_mode = WAL"));
    if (await isBehind(prisma)) await retryWhenBusy(() => applyMigrations(adapter, "sqlite"));
  } catch (error) {
    await prisma.$disconnect();
    throw error;
  }
  const longReads = openLongReads(url);
  const bulk = openSqliteBulkStore(url, longReads);
  const version = openDatabaseVersion(url);
  const reader = openReader(url);
  return {
    kind: "sqlite",
    url,
    dialect: sqliteDialect,
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
      await version.close();
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
  return migrationNames("sqlite").some((name) => !names.has(name));
}
