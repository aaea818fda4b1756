import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SqlMigrationAwareDriverAdapterFactory } from "@prisma/driver-adapter-utils";
import type { MigrationList } from "@prisma/schema-engine-wasm";
import { storedTables } from "../copy/storedTables.js";
import { noFilters, withSchemaEngine } from "./schemaEngine.js";

/** The folders of migrations in prisma/. */
export type MigrationsOf = "sqlite" | "postgres";

const folderOf = (database: MigrationsOf) =>
  fileURLToPath(new URL(`../../../prisma/${database}/migrations`, import.meta.url));

/** The migrations of a folder in Prisma's standard layout, in the form that its schema engine takes. */
export function readMigrations(database: MigrationsOf): MigrationList {
  const folder = folderOf(database);
  const lockfile = `${folder}/migration_lock.toml`;
  return {
    baseDir: folder,
    lockfile: {
      path: "migration_lock.toml",
      content: existsSync(lockfile) ? readFileSync(lockfile, "utf8") : null,
    },
    shadowDbInitScript: "",
    migrationDirectories: migrationNames(database).map((path) => ({
      path,
      migrationFile: {
        path: "migration.sql",
        content: { tag: "ok", value: readFileSync(`${folder}/${path}/migration.sql`, "utf8") },
      },
    })),
  };
}

/** Names of the migrations, in the order in which they apply. */
export function migrationNames(database: MigrationsOf): string[] {
  const folder = folderOf(database);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Selects the migrations that a database has, from Prisma's own table. */
export const appliedMigrations =
  "SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL";

/** Compares a database's schema with the one that this program needs. */
export interface SchemaState {
  /** Migrations of this program that the database lacks, in the order in which they apply. */
  pending: string[];
  /**
   * Migrations of the database that this program does not know, in their order: another version of the
   * program applied them.
   */
  unknown: string[];
  /** Whether no migration was ever applied. */
  isNew: boolean;
}

/**
 * @param applied names of the database's migrations
 * @param tables names of the database's tables, except Prisma's own
 * @throws ForeignDatabaseError if it holds tables but has none of Medoid's migrations
 */
export function schemaState(
  database: MigrationsOf,
  applied: readonly string[],
  tables: readonly string[],
): SchemaState {
  const known = migrationNames(database);
  if (tables.length > 0 && !applied.some((name) => known.includes(name))) {
    throw new ForeignDatabaseError(database, tables);
  }
  return {
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)).sort(),
    isNew: applied.length === 0,
  };
}

/** The database belongs to another program, or is Medoid's and has lost its record of migrations. */
class ForeignDatabaseError extends Error {
  override readonly name = "ForeignDatabaseError";
  constructor(database: MigrationsOf, tables: readonly string[]) {
    const other = database === "sqlite" ? "another file, or one that does not exist yet" : "another database";
    const foreign = tables.find((table) => !storedTables.some(({ name }) => name === table));
    super(
      foreign === undefined
        ? `it holds tables of Medoid's, such as ${JSON.stringify(tables[0])}, and no record of its migrations (_prisma_migrations). Restore it from a copy, or name ${other}.`
        : `it holds tables that are not Medoid's, such as ${JSON.stringify(foreign)}. Name ${other}.`,
    );
  }
}

/**
 * The database was migrated by a newer version of the program. This version might misread it, or miss a
 * condition that must hold.
 */
class NewerDatabaseError extends Error {
  override readonly name = "NewerDatabaseError";
  constructor(
    readonly databaseMigration: string,
    readonly programMigration: string,
    isOverridable: boolean,
  ) {
    super(
      `it was migrated by ${databaseMigration > programMigration ? "a newer" : "another"} version of Medoid. The newest migration that this program does not know is ${databaseMigration}, and its own newest is ${programMigration}. Start the ${databaseMigration > programMigration ? "newer" : "other"} version${isOverridable ? ", or, for as long as a roll-out lasts, set MEDOID_ALLOW_NEWER_DATABASE=on" : "; this one has migrations that the database lacks"}.`,
    );
  }
}

export interface MigrationOptions {
  /**
   * Whether a database that a newer version has migrated is opened without changes. Default: it is refused.
   */
  allowNewer?: boolean;
  /** Called for each migration that was applied, and with whether the database was new. */
  onMigrated?: (migration: string, isNew: boolean) => void;
  /** Called if a newer database is opened nevertheless. */
  onNewer?: (databaseMigration: string, programMigration: string) => void;
}

/** @throws NewerDatabaseError if the database is newer than this program, unless that is allowed */
export function requireKnownSchema(
  database: MigrationsOf,
  { unknown, pending }: SchemaState,
  { allowNewer = false, onNewer }: MigrationOptions,
): void {
  const newest = unknown.at(-1);
  if (newest === undefined) return;
  const own = migrationNames(database).at(-1) ?? "none";
  // Migrations have one order: those that only this program knows would have to be applied before those that
  // only the other version knows.
  if (!allowNewer || pending.length > 0) throw new NewerDatabaseError(newest, own, pending.length === 0);
  onNewer?.(newest, own);
}

/** Applies the missing migrations. @returns their names */
export async function applyMigrations(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  database: MigrationsOf,
): Promise<string[]> {
  return withSchemaEngine(adapter, undefined, async (engine) => {
    try {
      const { appliedMigrationNames } = await engine.applyMigrations({
        migrationsList: readMigrations(database),
        filters: noFilters,
      });
      return appliedMigrationNames;
    } catch (error) {
      throw explainedFailure(error);
    }
  });
}

/** The schema engine reports a failed migration as the text of its own call stack, with the reason first. */
function explainedFailure(error: unknown): unknown {
  const advice =
    "If its tables do not match its record of migrations (_prisma_migrations), restore it from a copy";
  const message = (error as Error).message ?? "";
  const [, unfinished] = /`([^`]+)` migration started at .* failed/.exec(message) ?? [];
  if (unfinished !== undefined) {
    return new Error(`the migration ${unfinished} was begun and never finished. ${advice}`, { cause: error });
  }
  const [, reason, migration] =
    /^(?:Database error.*: )?(.*)[\s\S]*migration_name="([^"]+)"/.exec(message) ?? [];
  if (migration !== undefined) {
    // The engine does not pass PostgreSQL's own message on.
    const shown = reason === "external connector error" ? "the server's log says why" : reason;
    return new Error(`the migration ${migration} failed: ${shown}. ${advice}`, { cause: error });
  }
  // The message is nothing but a place in the engine's own source.
  if (!/\bengine\.rs\b/.test(message)) return error;
  return new Error(`its record of migrations cannot be read. ${advice}`, { cause: error });
}
