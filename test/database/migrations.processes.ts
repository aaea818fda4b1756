import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sqlitePath } from "../../src/database/databaseUrl.js";
import { readSchemaState } from "../../src/database/migrations/schemaVersion.js";
import { runMedoid } from "../cli/runMedoid.js";
import { testedKind } from "../testDatabase.js";
import { addFuture, database, future, names, open, run } from "./unmigratedDatabase.js";

describe("medoid migrate", () => {
  test("--check reports pending migrations, and changes and creates nothing; without it each is applied and printed", async () => {
    const before = readdirSync(database.folder);
    const missing = await runMedoid(database.url, "migrate", "--check");
    expect(missing.stdout).toBe(names.map((name) => `Missing: ${name}\n`).join(""));
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringContaining("medoid.js migrate` applies"),
    ]);
    expect(readdirSync(database.folder)).toEqual(before);
    expect(await readSchemaState(database.url)).toMatchObject({ pending: names, unknown: [] });

    const applied = await runMedoid(database.url, "migrate");
    expect([applied.code, applied.stdout]).toEqual([0, names.map((name) => `Applied ${name}.\n`).join("")]);

    const current = await runMedoid(database.url, "migrate", "--check");
    expect([current.code, current.stdout, current.stderr]).toEqual([0, "The database is up to date.\n", ""]);

    await addFuture();
    const newer = await runMedoid(database.url, "migrate", "--check");
    expect([newer.code, newer.stdout]).toEqual([1, `From a newer version: ${future}\n`]);
    expect(newer.stderr).toContain(names.at(-1));
    const refused = await runMedoid(database.url, "models");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(future)]);
  });

  test("--check prints the same error as every command if the database both lacks migrations and has newer ones", async () => {
    await open();
    await addFuture();
    await run(`DELETE FROM _prisma_migrations WHERE migration_name = '${names.at(-1)}'`);

    const checked = await runMedoid(database.url, "migrate", "--check");
    const refused = await runMedoid(database.url, "models");
    expect(checked.stdout).toBe(`Missing: ${names.at(-1)}\nFrom a newer version: ${future}\n`);
    expect(checked.stderr).toContain("this one has migrations that the database lacks");
    expect([checked.code, checked.stderr]).toEqual([1, refused.stderr]);
  });
});

test("a migration that fails is named, with the database's error, and nothing is changed", async () => {
  await open();
  await run(`DELETE FROM _prisma_migrations WHERE migration_name = '${names.at(-1)}'`);
  const { code, stderr } = await runMedoid(database.url, "models");
  expect([code, stderr]).toEqual([1, expect.stringContaining(`the migration ${names.at(-1)} failed: `)]);
  const reason = {
    sqlite: '(duplicate column name: \\w+|(table|index) "?\\w+"? already exists)',
    postgresql: "the server's log says why",
  }[testedKind];
  expect(stderr).toMatch(new RegExp(`failed: ${reason}\\..*restore it from a copy\n$`));
  expect(stderr).not.toContain("engine.rs");
  expect(await run("SELECT 1 FROM _prisma_migrations")).toHaveLength(names.length - 1);
});

test("a migration that was started and never finished is named", async () => {
  await open();
  await run(`UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '${names.at(-1)}'`);
  const { code, stderr } = await runMedoid(database.url, "models");
  expect(code).toBe(1);
  expect(stderr).toMatch(
    new RegExp(`the migration ${names.at(-1)} was begun and never finished\\. .*restore it from a copy\n$`),
  );
});

test.runIf(testedKind === "sqlite")(
  "a record of migrations that cannot be read is reported as such",
  async () => {
    await open();
    // SQLite accepts any text as a time; the schema engine does not.
    await run(
      `UPDATE _prisma_migrations SET rolled_back_at = '2026-12-01' WHERE migration_name = '${names.at(-1)}'`,
    );
    const { code, stderr } = await runMedoid(database.url, "models");
    expect(code).toBe(1);
    expect(stderr).toMatch(/its record of migrations cannot be read\. .*restore it from a copy\n$/);
  },
);

describe("a database that is not Medoid's, or no longer is,", () => {
  const ofOthers = /: it holds tables that are not Medoid's, such as "x"\. Name another (file|database)/;
  test.each<[string, () => Promise<unknown>, RegExp]>([
    ["holds a table of another program", () => run("CREATE TABLE x (a INT)"), ofOthers],
    [
      "holds the tables of another program that uses Prisma",
      async () => {
        await open();
        await run(`DELETE FROM _prisma_migrations`);
        await addFuture();
        await run("CREATE TABLE x (a INT)");
      },
      ofOthers,
    ],
    [
      "has lost the record of its migrations",
      async () => {
        await open();
        await run("DROP TABLE _prisma_migrations");
      },
      /: it holds tables of Medoid's, such as "\w+", and no record of its migrations/,
    ],
  ])("%s: each command reports it, and changes nothing", async (_, make, message) => {
    await make();
    const tables = () =>
      run(
        testedKind === "sqlite"
          ? "SELECT name FROM sqlite_master ORDER BY name"
          : "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY relname",
      );
    const journal = () => testedKind === "sqlite" && readFileSync(sqlitePath(database.url))[18];
    const before = [await tables(), journal()];

    for (const args of [["models"], ["migrate"], ["migrate", "--check"]]) {
      const { code, stdout, stderr } = await runMedoid(database.url, ...args);
      expect([code, stdout, stderr]).toEqual([1, "", expect.stringMatching(message)]);
    }
    expect([await tables(), journal()]).toEqual(before);
  });
});
