import { readFileSync } from "node:fs";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { orderedByBytes, postgresSchema } from "../../scripts/postgresSchema.js";
import { migrationNames } from "../../src/database/migrations/migrations.js";
import { noFilters, withSchemaEngine } from "../../src/database/migrations/schemaEngine.js";
import { openDatabase } from "../../src/database/openDatabase.js";
import { connectionConfig } from "../../src/database/postgres/connections/connectionConfig.js";
import { createTestDatabase, testedKind } from "../testDatabase.js";

const path = "prisma/postgres/schema.prisma";
const written = readFileSync(path, "utf8");
const source = readFileSync("prisma/sqlite/schema.prisma", "utf8");

test("the schema is the one that is generated from SQLite's", () => {
  expect(written).toBe(postgresSchema(source));
});

test("every id of Medoid's, and every key that refers to one, is a native UUID; every time has a zone", () => {
  const columns = (type: string) =>
    [...written.matchAll(new RegExp(`^ {2}(\\w+) +${type}\\b.*$`, "gm"))].map(([line, name]) => ({
      line,
      name,
    }));
  for (const { line, name } of columns("String")) {
    expect(line.includes("@db.Uuid"), line).toBe(/^id$|Id$/.test(name) && name !== "externalId");
  }
  for (const { line } of columns("DateTime")) expect(line).toContain("@db.Timestamptz(3)");
  expect(columns("DateTime").length).toBeGreaterThan(5);
});

test("a migration orders each text column by its bytes, new or altered, and no other column", () => {
  expect(
    orderedByBytes(`CREATE TYPE "T" AS ENUM ('TEXT', 'IMAGE');
ALTER TABLE "A" ADD COLUMN     "TEXT" TEXT NOT NULL, ALTER COLUMN "b" SET DATA TYPE TEXT, ADD COLUMN "c" "T";`),
  ).toBe(`CREATE TYPE "T" AS ENUM ('TEXT', 'IMAGE');
ALTER TABLE "A" ADD COLUMN     "TEXT" TEXT COLLATE "C" NOT NULL, ALTER COLUMN "b" SET DATA TYPE TEXT COLLATE "C", ADD COLUMN "c" "T";`);
});

/**
 * A pool for Prisma's schema engine. Its adapter does not know "char", a type of PostgreSQL's catalogues, so it is
 * given text.
 */
function introspectionPool(url: string): pg.Pool {
  const pool = new pg.Pool(connectionConfig(url));
  const query = pool.query.bind(pool) as (statement: pg.QueryConfig) => Promise<pg.QueryResult>;
  pool.query = (async (statement: pg.QueryConfig) => {
    const result = await query(statement);
    for (const field of result.fields) {
      if (field.dataTypeID === pg.types.builtins.CHAR) field.dataTypeID = pg.types.builtins.BPCHAR;
    }
    return result;
  }) as pg.Pool["query"];
  return pool;
}

describe.runIf(testedKind === "postgresql")("the migrations", () => {
  test("produce the schema, with every text column ordered by its bytes", async () => {
    const { url, drop } = await createTestDatabase();
    const files = [{ path, content: written }];
    const pool = introspectionPool(url);
    const { stdout } = await withSchemaEngine(new PrismaPg(pool), [path, written], (engine) =>
      engine.diff({
        from: { tag: "schemaDatasource", files, configDir: "." },
        to: { tag: "schemaDatamodel", files },
        script: true,
        exitCode: null,
        filters: noFilters,
      }),
    );
    await pool.end();
    const client = new pg.Client(url);
    await client.connect();
    const { rows } = await client.query(`
      SELECT table_name, column_name, collation_name FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name <> '_prisma_migrations' AND data_type = 'text'`);
    await client.end();
    await drop();

    expect(stdout).toContain("This is an empty migration");
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter(({ collation_name }) => collation_name !== "C")).toEqual([]);
  });

  test("are applied once if several processes open the database at the same time", async () => {
    const { url, drop } = await createTestDatabase({ migrated: false });
    const opened = await Promise.all(Array.from({ length: 6 }, () => openDatabase(url)));
    const applied = await opened[0].prisma.$queryRaw<
      { migration_name: string; finished: boolean }[]
    >`SELECT migration_name, finished_at IS NOT NULL AS finished FROM _prisma_migrations ORDER BY migration_name`;
    for (const database of opened) await database.close();
    await drop();

    expect(applied).toEqual(
      migrationNames("postgres").map((migration_name) => ({ migration_name, finished: true })),
    );
  });

  test("refuse a database that does not store text as UTF-8", async () => {
    const { url, drop } = await createTestDatabase({ migrated: false });
    const other = new URL(url);
    other.pathname += "_ascii";
    const client = new pg.Client(url);
    await client.connect();
    const name = other.pathname.slice(1);
    await client.query(
      `CREATE DATABASE ${name} TEMPLATE template0 ENCODING SQL_ASCII LOCALE_PROVIDER libc LOCALE 'C'`,
    );
    const opening = openDatabase(other.href);
    await expect(opening).rejects.toThrow("its encoding is SQL_ASCII: Medoid needs UTF8");
    await client.query(`DROP DATABASE ${name}`);
    await client.end();
    await drop();
  });
});
