import { waitAtMost } from "../../runtime/waitAtMost.js";
import type { Database, DatabaseOptions } from "../database.js";
import { openDatabaseThreads } from "../threads/databaseThreads.js";
import { connectionConfig } from "./connections/connectionConfig.js";
import { RetryingPool } from "./connections/retryingPool.js";
import { openDatabaseVersion } from "./databaseVersion.js";
import { openLongReads } from "./longReads.js";
import { migratePostgres } from "./migratePostgres.js";
import { openPostgresBulkStore } from "./postgresBulkStore.js";
import { postgresDialect } from "./postgresDialect.js";
import { postgresPrismaClient } from "./prismaClient.js";

/** A connection that hangs never reports that it is closed, and a statement on it may never end. */
const closeMilliseconds = 2_000;

/** @param url `postgresql://…` of a database that exists */
export async function openPostgresDatabase(url: string, options: DatabaseOptions = {}): Promise<Database> {
  const { statementSeconds } = options;
  await migratePostgres(url, options);
  let statementCount = 0;
  const countStatement = () => {
    statementCount++;
  };
  const pool = new RetryingPool(connectionConfig(url, { statementSeconds }));
  const prisma = postgresPrismaClient(pool, countStatement);
  const longReads = openLongReads(url, pool);
  const bulk = openPostgresBulkStore(url, longReads);
  const version = openDatabaseVersion(url);
  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    await bulk.close();
    await longReads.close();
    await version.close();
    await prisma.$disconnect();
    await pool.end();
  }
  return {
    kind: "postgresql",
    url,
    dialect: postgresDialect,
    prisma,
    bulk,
    openThreads: (program, errors) => openDatabaseThreads(program, url, { errors }),
    longReads: {
      ...longReads,
      query(sql, values, signal) {
        countStatement();
        return longReads.query(sql, values, signal);
      },
    },
    version,
    async read(sql, values) {
      countStatement();
      const { rows } = await pool.query(sql, [...values]);
      return rows;
    },
    async problem() {
      const { rows } = await pool.query(
        `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS "readOnly"`,
      );
      return rows[0].readOnly ? "The database is read-only." : null;
    },
    statementCount: () => statementCount,
    close() {
      closing ??= waitAtMost(close(), closeMilliseconds).then(() => {});
      return closing;
    },
  };
}
