import { readDatabaseUrl } from "../databaseUrl.js";
import {
  migratePostgres,
  type PostgresMigrationOptions,
  postgresSchemaState,
} from "../postgres/migratePostgres.js";
import { migrateSqlite, sqliteSchemaState } from "../sqlite/migrateSqlite.js";
import { requireKnownSchema, type SchemaState } from "./migrations.js";

/**
 * Applies the migrations that a database lacks. A SQLite file is created where it does not exist.
 * @throws DatabaseUrlError; NewerDatabaseError; ForeignDatabaseError; Error where the database cannot be opened
 */
export async function migrateDatabase(url: string, options: PostgresMigrationOptions = {}): Promise<void> {
  const address = readDatabaseUrl(url);
  if (address.kind === "sqlite") await migrateSqlite(address.path, options);
  else await migratePostgres(url, options);
}

/**
 * How a database's schema relates to this program. Nothing is changed or created.
 * @throws ForeignDatabaseError where it is not Medoid's
 */
export async function readSchemaState(url: string): Promise<SchemaState> {
  const address = readDatabaseUrl(url);
  return address.kind === "sqlite" ? sqliteSchemaState(address.path) : postgresSchemaState(url);
}

/** @throws NewerDatabaseError where the database is newer than this program */
export function requireKnownSchemaOf(url: string, state: SchemaState): void {
  requireKnownSchema(readDatabaseUrl(url).kind === "sqlite" ? "sqlite" : "postgres", state, {});
}
