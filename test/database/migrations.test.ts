import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Libsql from "libsql";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openedDatabase } from "../../src/cli/cli.js";
import type { DatabaseOptions } from "../../src/database/database.js";
import { sqlitePath } from "../../src/database/databaseUrl.js";
import { migrationNames } from "../../src/database/migrations/migrations.js";
import { readSchemaState } from "../../src/database/migrations/schemaVersion.js";
import { openDatabase } from "../../src/database/openDatabase.js";
import { runMedoid } from "../cli/runMedoid.js";
import { createTestDatabase, type TestDatabase, testedKind } from "../testDatabase.js";

const names = migrationNames(testedKind === "sqlite" ? "sqlite" : "postgres");
const future = "99990101000000_future";

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase({ migrated: false });
});
afterEach(() => database.drop());

async function run(sql: string): Promise<unknown[]> {
  if (testedKind === "sqlite") {
    const connection = new Libsql(sqlitePath(database.url));
    try {
      if (!/^SELECT/.test(sql)) connection.exec(sql);
      return /^SELECT/.test(sql) ? connection.prepare(sql).all([]) : [];
    } finally {
      connection.close();
    }
  }
  const client = new pg.Client(database.url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function open(options: DatabaseOptions = {}): Promise<string[]> {
  const applied: string[] = [];
  const opened = await openedDatabase(database.url, () =>
    openDatabase(database.url, { ...options, onMigrated: (name) => applied.push(name) }),
  );
  await opened.close();
  return applied;
}

const addFuture = () =>
  run(`INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
    VALUES ('f', 'f', '${future}', CURRENT_TIMESTAMP, 1)`);

describe("a database that several open at once", () => {
  test("is migrated by one of them, and each migration is told once", async () => {
    const applied = await Promise.all(Array.from({ length: 12 }, () => open()));

    expect(applied.flat()).toEqual(names);
    const rows = await run("SELECT migration_name FROM _prisma_migrations ORDER BY migration_name");
    expect(rows).toEqual(names.map((migration_name) => expect.objectContaining({ migration_name })));
    expect(await open()).toEqual([]);
  });

  test.runIf(testedKind === "sqlite")(
    "is waited for while another holds its lock, and not for ever where that one is gone",
    async () => {
      const other = new Libsql(sqlitePath(database.url));
      other.exec("BEGIN IMMEDIATE; CREATE TABLE half (x)");
      const opening = open();
      other.close(); // as where its process is killed

      expect(await opening).toEqual(names);
      expect(await run("SELECT name FROM sqlite_master WHERE name = 'half'")).toEqual([]);
    },
  );
});

describe("a database that a newer program has migrated", () => {
  test("is refused, with the newest migration of both and what to do, and nothing is changed", async () => {
    await open();
    await addFuture();

    await expect(open()).rejects.toThrow(
      new RegExp(`newer version.*${future}.*${names.at(-1)}.*MEDOID_ALLOW_NEWER_DATABASE=on`),
    );
    expect(await run("SELECT 1 FROM _prisma_migrations")).toHaveLength(names.length + 1);
  });

  test("is opened as it is where that is allowed, and told", async () => {
    await open();
    await addFuture();
    const told: string[][] = [];

    expect(await open({ allowNewer: true, onNewer: (...both) => told.push(both) })).toEqual([]);
    expect(told).toEqual([[future, names.at(-1)]]);
  });

  test("is refused even then where it lacks what this program would add", async () => {
    await open();
    await addFuture();
    await run(`DELETE FROM _prisma_migrations WHERE migration_name = '${names.at(-1)}'`);

    await expect(open({ allowNewer: true })).rejects.toThrow(
      "this one has migrations that the database lacks",
    );
    expect(await run("SELECT 1 FROM _prisma_migrations")).toHaveLength(names.length);
  });
});

describe("medoid migrate", () => {
  test("--check tells what is missing, and changes and creates nothing; without it each is applied and printed", async () => {
    const before = readdirSync(database.folder);
    const missing = await runMedoid(database.url, "migrate", "--check");
    expect(missing.stdout).toBe(names.map((name) => `Missing: ${name}\n`).join(""));
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("`medoid migrate` applies")]);
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

  test("--check says of a database that both have added to what every command says", async () => {
    await open();
    await addFuture();
    await run(`DELETE FROM _prisma_migrations WHERE migration_name = '${names.at(-1)}'`);

    const checked = await runMedoid(database.url, "migrate", "--check");
    const refused = await runMedoid(database.url, "models");
    expect(checked.stdout).toBe(`Missing: ${names.at(-1)}\nFrom a newer version: ${future}\n`);
    expect(checked.stderr).toContain("this one has migrations that the database lacks");
    expect([checked.code, checked.stderr]).toEqual([1, refused.stderr]);
  });

  test.runIf(testedKind === "sqlite")(
    "--check leaves a file that nobody has open without company",
    async () => {
      await open();
      const folder = join(database.folder, "alone");
      mkdirSync(folder);
      await run("PRAGMA wal_checkpoint(TRUNCATE)");
      copyFileSync(sqlitePath(database.url), join(folder, "m.db"));

      expect((await readSchemaState(`file:${folder}/m.db`)).pending).toEqual([]);
      expect(readdirSync(folder)).toEqual(["m.db"]);
    },
  );
});

test("a migration that fails is named, with the reason in the database's words, and nothing is changed", async () => {
  await open();
  await run(`DELETE FROM _prisma_migrations WHERE migration_name = '${names.at(-1)}'`);
  const { code, stderr } = await runMedoid(database.url, "models");
  expect([code, stderr]).toEqual([1, expect.stringContaining(`the migration ${names.at(-1)} failed: `)]);
  const reason =
    testedKind === "sqlite" ? "duplicate column name: finishingNumber" : "the server's log says why";
  expect(stderr).toMatch(new RegExp(`failed: ${reason}\\..*restore it from a copy\n$`));
  expect(stderr).not.toContain("engine.rs");
  expect(await run("SELECT 1 FROM _prisma_migrations")).toHaveLength(names.length - 1);
});

describe("a database that is not Medoid's, or not any more,", () => {
  const ofOthers = /: it holds tables that are not Medoid's, such as "x"\. Name another (file|database)/;
  test.each<[string, () => Promise<unknown>, RegExp]>([
    ["holds a table of another program", () => run("CREATE TABLE x (a INT)"), ofOthers],
    [
      "holds those of another program that uses Prisma",
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
  ])("%s: each command says so, and changes nothing", async (_, make, message) => {
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

describe.runIf(testedKind === "sqlite")("a path that cannot hold a database", () => {
  test.each([
    ["a directory", "folder", "is a directory"],
    ["a directory that is missing", "nowhere/m.db", "nowhere does not exist"],
    ["a file that is something else", "text.db", "not a database"],
  ])("%s is named, and nothing is created", async (_, name, reason) => {
    mkdirSync(join(database.folder, "folder"));
    writeFileSync(join(database.folder, "text.db"), "a text that is long enough to be no header".repeat(10));
    const url = `file:${database.folder}/${name}`;

    await expect(openedDatabase(url, () => openDatabase(url))).rejects.toThrow(reason);
    await expect(openedDatabase(url, () => readSchemaState(url))).rejects.toThrow(reason);
    expect(existsSync(join(database.folder, "nowhere"))).toBe(false);
    rmSync(join(database.folder, "folder"), { recursive: true });
  });
});
