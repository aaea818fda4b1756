import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { applyMigrations, migrationNames } from "../migrations.js";
import { connectionConfig } from "./connectionConfig.js";

/** Of Medoid's migrations, among all the advisory locks of a database: "medoid" in ASCII. */
const lockKey = 0x6d65646f6964n;

/**
 * Applies the migrations that the database lacks. Of several processes that find some missing at once, one applies
 * them, under an advisory lock that its connection holds, and the others wait until it is done, or gone.
 * @throws where the database does not keep text as UTF-8
 */
export async function migratePostgres(url: string): Promise<void> {
  const connection = new pg.Client(connectionConfig(url, { applicationName: "medoid migrations" }));
  connection.on("error", () => {}); // told by the query that fails
  await connection.connect();
  try {
    const { rows } = await connection.query("SHOW server_encoding");
    if (rows[0].server_encoding !== "UTF8") {
      throw new Error(`its encoding is ${rows[0].server_encoding}: Medoid needs UTF8`);
    }
    if (!(await isBehind(connection))) return;
    await connection.query("SELECT pg_advisory_lock($1)", [lockKey]);
    if (!(await isBehind(connection))) return;
    const pool = new pg.Pool(connectionConfig(url)); // which the schema engine would leave open
    await applyMigrations(new PrismaPg(pool), "postgres").finally(() => pool.end());
  } finally {
    await connection.end(); // which lets go of the lock
  }
}

async function isBehind(connection: pg.Client): Promise<boolean> {
  const { rows: tables } = await connection.query(`SELECT to_regclass('_prisma_migrations') AS "table"`);
  if (tables[0].table === null) return true;
  const { rows: applied } = await connection.query(
    "SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL",
  );
  const names = new Set(applied.map((row) => row.migration_name));
  return migrationNames("postgres").some((name) => !names.has(name));
}
