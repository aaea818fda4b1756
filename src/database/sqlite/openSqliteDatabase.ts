import type { Database, DatabaseOptions } from "../database.js";
import { sqlitePath } from "../databaseUrl.js";
import { PrismaClient } from "../generated/sqlite/client.js";
import { openDatabaseThreads } from "../threads/databaseThreads.js";
import { transactionLimits } from "../transactionLimits.js";
import { DatabaseFile, type OpenedFile } from "./databaseFile.js";
import { openDatabaseVersion } from "./databaseVersion.js";
import { LibsqlAdapter } from "./libsqlAdapter.js";
import { openLongReads } from "./longReads.js";
import { displacedError, migrateSqlite } from "./migrateSqlite.js";
import { openReader } from "./openReader.js";
import { openSqliteBulkStore } from "./sqliteBulkStore.js";
import { sqliteDialect } from "./sqliteDialect.js";

/** @param url `file:…`; the file is created if it does not exist */
export async function openSqliteDatabase(url: string, options: DatabaseOptions = {}): Promise<Database> {
  const path = sqlitePath(url);
  const opened = await migrateSqlite(path, options);
  try {
    return openFile(url, path, opened, options);
  } catch (error) {
    throw displacedError(path, opened) ?? error;
  }
}

function openFile(url: string, path: string, opened: OpenedFile, options: DatabaseOptions): Database {
  let statementCount = 0;
  let isOpen = false;
  const file = new DatabaseFile(path, {
    opened,
    onChange: (reason) => isOpen && options.onFileChange?.(reason), // before, the error says it
  });
  const adapter = new LibsqlAdapter(file, () => {
    statementCount++;
  });
  const prisma = new PrismaClient({ adapter, transactionOptions: transactionLimits });
  const longReads = openLongReads(file);
  const bulk = openSqliteBulkStore(url, file, longReads);
  const version = openDatabaseVersion(file);
  const reader = openReader(file);
  file.watchContents();
  file.requireInPlace();
  isOpen = true;
  return {
    kind: "sqlite",
    url,
    dialect: sqliteDialect,
    prisma,
    bulk,
    openThreads: (program, errors) =>
      openDatabaseThreads(program, url, { databaseFile: () => file.handle(), errors }),
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
    async problem() {
      return file.problem();
    },
    statementCount: () => statementCount,
    async close() {
      await bulk.close();
      await longReads.close();
      await version.close();
      await prisma.$disconnect();
      reader.close(); // last, because it empties the write-ahead log or, if the file was moved, holds it back
    },
  };
}
