// Writes the generated files that are committed: PostgreSQL's Prisma schema and the migrations of both databases from
// prisma/sqlite/schema.prisma, schema.graphql from src/schema, the types of the example in TypeScript, and the tables
// of docs/settings.md and docs/limits.md.
//   node scripts/generate.js [--name NAME]  writes them; NAME is for a new migration
//   node scripts/generate.js --check        changes nothing, and fails if a generated file is out of date
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { orderedByBytes, postgresSchema as postgresSchemaOf } from "./postgresSchema.js";
import { unconnectedPostgres } from "./unconnectedPostgres.js";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const { values: options } = parseArgs({
  options: {
    check: { type: "boolean" },
    name: { type: "string", default: "change" },
    "if-changed": { type: "boolean" },
  },
});

process.argv.push("--without-page");
await import("./build.js");
const { withSchemaEngine, noFilters } = await import("../dist/database/migrations/schemaEngine.js");
const { applyMigrations } = await import("../dist/database/migrations/migrations.js");

let outOfDate = 0;
function put(path, content) {
  if (options.check) {
    console.error(`${path} is not up to date: run npm run generate`);
    outOfDate++;
  } else {
    mkdirSync(path.slice(0, path.lastIndexOf("/") + 1) || ".", { recursive: true });
    writeFileSync(path, content);
    console.error(`wrote ${path}`);
  }
}

const sqliteSchema = "prisma/sqlite/schema.prisma";
const postgresSchema = "prisma/postgres/schema.prisma";
const read = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");

/** The SQL that changes one schema to another; null if nothing has to change. */
async function difference(engine, from, to) {
  const { stdout } = await engine.diff({ from, to, script: true, exitCode: null, filters: noFilters });
  return stdout?.trim() && !/^-- This is an empty migration/.test(stdout) ? stdout : null;
}
const datamodel = (path, content) => ({ tag: "schemaDatamodel", files: [{ path, content }] });

function putMigration(kind, provider, sql) {
  const time = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
  const folder = `prisma/${kind}/migrations`;
  put(
    `${folder}/migration_lock.toml`,
    `# Which database these migrations are for.\nprovider = "${provider}"\n`,
  );
  put(`${folder}/${time}_${options.name}/migration.sql`, sql);
}

// SQLite's migration: from the schema that the existing migrations produce in an empty file.
const source = read(sqliteSchema);
const scratch = mkdtempSync(`${tmpdir()}/medoid-`);
const sqlite = new PrismaLibSql({ url: `file:${scratch}/migrated.db` });
await applyMigrations(sqlite, "sqlite");
const sqliteChange = await withSchemaEngine(sqlite, [sqliteSchema, source], (engine) =>
  difference(
    engine,
    { tag: "schemaDatasource", files: [{ path: sqliteSchema, content: source }], configDir: "." },
    datamodel(sqliteSchema, source),
  ),
);
rmSync(scratch, { recursive: true });
if (sqliteChange) putMigration("sqlite", "sqlite", sqliteChange);

// PostgreSQL's migration: from the previous schema, for which no server is needed. test/database/postgresSchema.test.ts
// checks that the migrations produce the new schema.
const before = read(postgresSchema);
const after = postgresSchemaOf(source);
if (before !== after) {
  const postgresChange = await withSchemaEngine(unconnectedPostgres(), [postgresSchema, after], (engine) =>
    difference(engine, datamodel(postgresSchema, before), datamodel(postgresSchema, after)),
  );
  put(postgresSchema, after);
  if (postgresChange) putMigration("postgres", "postgresql", orderedByBytes(postgresChange));
}

const { lexicographicSortSchema, printSchema } = await import("graphql");
const { schema } = await import("../dist/schema/index.js");
const printed = `# Written by scripts/generate.js from src/schema.\n\n${printSchema(lexicographicSortSchema(schema))}\n`;
if (!existsSync("schema.graphql") || readFileSync("schema.graphql", "utf8") !== printed) {
  put("schema.graphql", printed);
}

const { operationTypes } = await import("./clientTypes.js");
const operations = "examples/typescript/operations.ts";
const types = await operationTypes(operations, "examples/typescript");
if (types !== read(operations)) put(operations, types);

const { documentedSettings } = await import("./documentedSettings.js");
for (const [path, written] of documentedSettings) {
  const page = await written(read(path));
  if (page !== read(path)) put(path, page);
}
process.exitCode = outOfDate > 0 ? 1 : 0;
