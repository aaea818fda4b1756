import { readDatabaseUrl } from "../databaseUrl.js";
import {
  migratePostgres,
  type PostgresMigrationOptions,
  postgresSchemaState,
} from "../postgres/migratePostgres.js";
import { migrateSqlite, sqliteSchemaState } from "../sqlite/migrateSqlite.js";
import { requireKnownSchema, type SchemaState } from "./migrations.js";

/**
 * Applies the migrations that a database lacks. A SQLite file is created if it does not exist.
 * @throws DatabaseUrlError, NewerDatabaseError or ForeignDatabaseError; an Error if the database cannot be
 *   opened
 */
export async function migrateDatabase(url: string, options: PostgresMigrationOptions = {}): Promise<void> {
  const address = readDatabaseUrl(url);
  if (address.kind === "sqlite") await migrateSqlite(address.path, options);
  else await migratePostgres(url, options);
}

/**
 * Compares a database's schema with the one that this program needs. Nothing is changed or created.
 * @throws ForeignDatabaseError if the database is not Medoid's
 */
export async function readSchemaState(url: string): Promise<SchemaState> {
  const address = readDatabaseUrl(url);
  return address.kind === "sqlite" ? sqliteSchemaState(address.path) : postgresSchemaState(url);
}

/** @throws NewerDatabaseError if the database is newer than this program */
export function requireKnownSchemaOf(url: string, state: SchemaState): void {
  requireKnownSchema(readDatabaseUrl(url).kind === "sqlite" ? "sqlite" : "postgres", state, {});
}
