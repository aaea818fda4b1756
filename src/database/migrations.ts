import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SqlMigrationAwareDriverAdapterFactory } from "@prisma/driver-adapter-utils";
import type { MigrationList } from "@prisma/schema-engine-wasm";
import { noFilters, withSchemaEngine } from "./schemaEngine.js";

/** The folders of prisma/. */
export type MigrationsOf = "sqlite" | "postgres";

const folderOf = (database: MigrationsOf) =>
  fileURLToPath(new URL(`../../prisma/${database}/migrations`, import.meta.url));

/** A migrations folder in Prisma's standard form, as its schema engine wants it. */
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

/** In the order in which they apply. */
export function migrationNames(database: MigrationsOf): string[] {
  const folder = folderOf(database);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Applies what is missing and returns the names of what it applied. */
export async function applyMigrations(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  database: MigrationsOf,
): Promise<string[]> {
  return withSchemaEngine(adapter, undefined, async (engine) => {
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: readMigrations(database),
      filters: noFilters,
    });
    return appliedMigrationNames;
  });
}
