import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Libsql from "libsql";
import { describe, expect, test } from "vitest";
import { openedDatabase } from "../../src/cli/cli.js";
import { sqlitePath } from "../../src/database/databaseUrl.js";
import { readSchemaState } from "../../src/database/migrations/schemaVersion.js";
import { openDatabase } from "../../src/database/openDatabase.js";
import { testedKind } from "../testDatabase.js";
import { addFuture, database, future, names, open, run } from "./unmigratedDatabase.js";

describe("a database that several processes open at once", () => {
  test("is migrated by one of them, and each migration is reported once", async () => {
    const applied = await Promise.all(Array.from({ length: 12 }, () => open()));

    expect(applied.flat()).toEqual(names);
    const rows = await run("SELECT migration_name FROM _prisma_migrations ORDER BY migration_name");
    expect(rows).toEqual(names.map((migration_name) => expect.objectContaining({ migration_name })));
    expect(await open()).toEqual([]);
  });

  test.runIf(testedKind === "sqlite")(
    "is waited for while another process holds its lock, but not if that process is gone",
    async () => {
      const other = new Libsql(sqlitePath(database.url));
      other.exec("BEGIN IMMEDIATE; CREATE TABLE half (x)");
      const opening = open();
      other.close(); // as when its process is killed

      expect(await opening).toEqual(names);
      expect(await run("SELECT name FROM sqlite_master WHERE name = 'half'")).toEqual([]);
    },
  );
});

describe("a database that a newer program has migrated", () => {
  test("is refused, with the newest migration of both and a suggestion, and nothing is changed", async () => {
    await open();
    await addFuture();

    await expect(open()).rejects.toThrow(
      new RegExp(`newer version.*${future}.*${names.at(-1)}.*MEDOID_ALLOW_NEWER_DATABASE=on`),
    );
    expect(await run("SELECT 1 FROM _prisma_migrations")).toHaveLength(names.length + 1);
  });

  test("is opened unchanged if that is allowed, and reported", async () => {
    await open();
    await addFuture();
    const reported: string[][] = [];

    expect(await open({ allowNewer: true, onNewer: (...both) => reported.push(both) })).toEqual([]);
    expect(reported).toEqual([[future, names.at(-1)]]);
  });

  test("is refused even then if it lacks migrations that this program would apply", async () => {
    await open();
    await addFuture();
    await run(`DELETE FROM _prisma_migrations WHERE migration_name = '${names.at(-1)}'`);

    await expect(open({ allowNewer: true })).rejects.toThrow(
      "this one has migrations that the database lacks",
    );
    expect(await run("SELECT 1 FROM _prisma_migrations")).toHaveLength(names.length);
  });
});

test.runIf(testedKind === "sqlite")(
  "reading whether migrations are pending creates no other files beside a file that is not open",
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

describe.runIf(testedKind === "sqlite")("a path that cannot hold a database", () => {
  test.each([
    ["a directory", "folder", "is a directory"],
    ["a directory that is missing", "nowhere/m.db", "nowhere does not exist"],
    ["a file that is not a database", "text.db", "not a database"],
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
