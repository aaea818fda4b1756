// Writes what is generated and committed: the migrations from prisma/schema.prisma, schema.graphql from src/schema.
//   node scripts/generate.js [--name NAME]  writes; NAME is for a new migration
//   node scripts/generate.js --check        changes nothing, and fails where a generated file is out of date
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import "./build.js";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const { values: options } = parseArgs({
  options: {
    check: { type: "boolean" },
    name: { type: "string", default: "change" },
    "if-changed": { type: "boolean" },
  },
});

const { withSchemaEngine, noFilters } = await import("../dist/database/schemaEngine.js");
const { applyMigrations } = await import("../dist/database/migrations.js");

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

const files = [{ path: "prisma/schema.prisma", content: readFileSync("prisma/schema.prisma", "utf8") }];
const scratch = mkdtempSync(`${tmpdir()}/medoid-`);
const adapter = new PrismaLibSql({ url: `file:${scratch}/migrated.db` });
await applyMigrations(adapter);
const { stdout } = await withSchemaEngine(adapter, [files[0].path, files[0].content], (engine) =>
  engine.diff({
    from: { tag: "schemaDatasource", files, configDir: "." },
    to: { tag: "schemaDatamodel", files },
    script: true,
    exitCode: null,
    filters: noFilters,
  }),
);
rmSync(scratch, { recursive: true });
if (!/^-- This is an empty migration/.test(stdout ?? "") && stdout?.trim()) {
  const time = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
  put(
    "prisma/migrations/migration_lock.toml",
    '# Which database these migrations are for.\nprovider = "sqlite"\n',
  );
  put(`prisma/migrations/${time}_${options.name}/migration.sql`, stdout);
}

const { lexicographicSortSchema, printSchema } = await import("graphql");
const { schema } = await import("../dist/schema/index.js");
const printed = `# Written by scripts/generate.js from src/schema.\n\n${printSchema(lexicographicSortSchema(schema))}\n`;
if (!existsSync("schema.graphql") || readFileSync("schema.graphql", "utf8") !== printed) {
  put("schema.graphql", printed);
}
process.exitCode = outOfDate > 0 ? 1 : 0;
