import type { Database, DatabaseOptions } from "./database.js";
import { readDatabaseUrl } from "./databaseUrl.js";
import { openPostgresDatabase } from "./postgres/openPostgresDatabase.js";
import { openSqliteDatabase } from "./sqlite/openSqliteDatabase.js";

/**
 * Opens the database and applies the migrations that it lacks. A SQLite file is created if it does not exist.
 * @param url `file:…` or `postgresql://…`, as in DATABASE_URL; relative paths are relative to the working
 *   directory
 * @throws DatabaseUrlError if the URL is not understood; NewerDatabaseError; ForeignDatabaseError
 */
export async function openDatabase(url: string, options: DatabaseOptions = {}): Promise<Database> {
  return readDatabaseUrl(url).kind === "postgresql"
    ? openPostgresDatabase(url, options)
    : openSqliteDatabase(url, options);
}
