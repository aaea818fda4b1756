import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import Libsql from "libsql";
import { v7 as uuid } from "uuid";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type App, openApp } from "../../src/app.js";
import { sqlitePath } from "../../src/database/databaseUrl.js";
import { asUnavailable, DatabaseUnavailableError } from "../../src/database/errors/databaseUnavailable.js";
import { readSchemaState } from "../../src/database/migrations/schemaVersion.js";
import { openDatabase } from "../../src/database/openDatabase.js";
import { DatabaseFile } from "../../src/database/sqlite/databaseFile.js";
import { openInPlace } from "../../src/database/sqlite/openInPlace.js";
import { importRunLines } from "../../src/import/runLines/importRunLines.js";
import { createLogger } from "../../src/runtime/logger.js";
import { createServer, type MedoidServer } from "../../src/server/server.js";
import { readSettings } from "../../src/settings.js";
import { groupedRows, writeRun } from "../temporaryApp.js";
import { createTestDatabase, type TestDatabase, testedKind } from "../testDatabase.js";

// SQLite itself continues to use a file that it has opened, whatever happens to the file's name.
describe.runIf(testedKind === "sqlite")("a SQLite file that is no longer the one that was opened", () => {
  let database: TestDatabase;
  let path: string;
  let app: App;
  let server: MedoidServer;
  let address: string;
  let log: { level: number; msg: string; reason?: string }[];
  beforeEach(async () => {
    database = await createTestDatabase();
    path = sqlitePath(database.url);
    log = [];
    app = await openApp({
      databaseUrl: database.url,
      settings: readSettings({}),
      logger: createLogger("info", { write: (line: string) => log.push(JSON.parse(line)) }),
    });
    await writeRun(app, groupedRows(2, 3));
    server = createServer(app, { log: () => {} });
    address = await server.listen(0, "127.0.0.1");
    await app.queue.start({ computes: false });
  });
  afterEach(async () => {
    await server.stop(0);
    await app.close();
    await database.drop();
  });

  const ready = async () => {
    const response = await fetch(`${address}/health/ready`);
    return [response.status, (await response.json()).problem];
  };
  async function ask(query: string, variables: object = {}) {
    const response = await fetch(`${address}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    return errors ? errors[0].extensions.code : data;
  }
  const runs = () => ask("{ runs { totalCount } }");
  const record = () =>
    ask(
      `mutation ($runs: [RunInput!]!) {
        recordTrajectories(input: { runs: $runs }) { __typename }
      }`,
      { runs: [{ id: uuid(), network: ["Painter"], initialPrompt: "p", invocations: [] }] },
    );
  async function importOne() {
    const file = join(database.folder, "runs.jsonl");
    writeFileSync(
      file,
      `${JSON.stringify({ id: uuid(), network: ["P"], initialPrompt: "p", invocations: [] })}\n`,
    );
    return importRunLines(app, file).then(
      () => "done",
      (error) => (error instanceof DatabaseUnavailableError ? "refused" : error),
    );
  }
  const refusals = () => log.filter(({ level, msg }) => level === 50 && msg.includes("file cannot be used"));

  test("deleted: nothing is read or written, no other file appears, and the log has one line; moved back, it is used again", async () => {
    expect(await ready()).toEqual([200, undefined]);
    expect(await importOne()).toBe("done");
    const away = join(database.folder, "away.db");
    renameSync(path, away);

    expect(await ready()).toEqual([503, expect.stringContaining("no longer at its path")]);
    expect(await runs()).toBe("DATABASE_UNAVAILABLE");
    expect(await record()).toBe("DATABASE_UNAVAILABLE");
    expect(await importOne()).toBe("refused");
    const progress = {
      table: "ClusteringResult",
      id: uuid(),
      attempt: 1,
      stage: "MEDOIDS",
      progress: 1,
    } as const;
    await expect(app.database.bulk.writeProgress(progress)).rejects.toThrow("no longer at its path");
    expect(existsSync(path)).toBe(false);
    expect(refusals()).toEqual([expect.objectContaining({ reason: expect.stringContaining("at its path") })]);

    renameSync(away, path);
    expect(await ready()).toEqual([200, undefined]);
    expect(await runs()).toEqual({ runs: { totalCount: 2 } });
    expect(await importOne()).toBe("done");
    expect(await runs()).toEqual({ runs: { totalCount: 3 } });
    expect(log.map(({ msg }) => msg)).toContain("The database's file is back at its path");
  });

  test("replaced: neither file is written to, also by threads that start later", async () => {
    const other = await createTestDatabase();
    const bytes = statSync(sqlitePath(other.url)).size;
    renameSync(sqlitePath(other.url), path);

    expect(await ready()).toEqual([503, expect.stringContaining("Another file")]);
    expect(await runs()).toBe("DATABASE_UNAVAILABLE");
    expect(await record()).toBe("DATABASE_UNAVAILABLE");
    expect(await importOne()).toBe("refused");
    expect(statSync(path).size).toBe(bytes);
    await other.drop();
  });

  test("emptied: it is unusable until the process restarts, whatever file is put in its place", async () => {
    truncateSync(path);

    expect(await ready()).toEqual([503, expect.stringContaining("was emptied")]);
    expect(await runs()).toBe("DATABASE_UNAVAILABLE");
    expect(await record()).toBe("DATABASE_UNAVAILABLE");
    expect(statSync(path).size).toBe(0);
    rmSync(path);
    expect(await ready()).toEqual([503, expect.stringContaining("was emptied")]);
  });

  /** Moves the content of the log into the file, and empties the log, if no connection is reading. */
  const checkpoint = () => app.database.prisma.$queryRawUnsafe("PRAGMA wal_checkpoint(TRUNCATE)");

  describe.each([
    ["of another database", true],
    ["of an older state of its own", false],
  ])("overwritten by a copy %s", (_, isOther) => {
    test.each([
      ["nothing", true],
      ["the last write", false],
    ])("while the log holds %s: nothing is written any more, by any connection", async (_, isEmpty) => {
      const copy = join(database.folder, "copy.db");
      if (isOther) {
        await (await openDatabase(`file:${copy}`)).close(); // opening it has moved its log into the file
      } else {
        await checkpoint();
        copyFileSync(path, copy);
        expect(await importOne()).toBe("done");
        await checkpoint();
      }
      if (isEmpty) await checkpoint();
      else expect(await importOne()).toBe("done");
      expect(await ready()).toEqual([200, undefined]);
      expect(statSync(`${path}-wal`).size > 0).toBe(!isEmpty);

      copyFileSync(copy, path); // into the same inode, as `cp` does
      expect(await record()).toBe("DATABASE_UNAVAILABLE");
      expect(await importOne()).toBe("refused");
      expect(await ready()).toEqual([503, expect.stringContaining("was overwritten")]);
      expect(await runs()).toBe("DATABASE_UNAVAILABLE");
      expect(readFileSync(path)).toEqual(readFileSync(copy));
      expect(refusals()).toHaveLength(1);
    });
  });

  test.each(["-wal", "-shm"])(
    "its %s removed or moved away: nothing is read or written any more",
    async (end) => {
      expect(await record()).toEqual({ recordTrajectories: { __typename: "RecordedTrajectories" } });
      renameSync(`${path}${end}`, `${path}.away`);
      expect(await ready()).toEqual([503, expect.stringContaining("-wal or -shm")]);
      expect(await record()).toBe("DATABASE_UNAVAILABLE");
      expect(await runs()).toBe("DATABASE_UNAVAILABLE");
      expect(await importOne()).toBe("refused");
      renameSync(`${path}.away`, `${path}${end}`);
      expect(await ready()).toEqual([503, expect.stringContaining("-wal or -shm")]);
    },
  );

  test("opened through a symbolic link, and detected when the link points elsewhere", async () => {
    const link = join(database.folder, "link.db");
    symlinkSync(path, link);
    const linked = await openDatabase(`file:${link}`);
    expect(await linked.prisma.run.count()).toBe(1);
    expect(await linked.problem()).toBeNull();
    rmSync(link);
    const other = join(database.folder, "other.db");
    await (await openDatabase(`file:${other}`)).close();
    symlinkSync(other, link);
    expect(await linked.problem()).toContain("Another file");
    await linked.close();
  });

  test("moved, with a link left at its path: nothing is read or written, also by programs that start now; moved back, it is used again", async () => {
    expect(await importOne()).toBe("done"); // which is only in the log
    mkdirSync(join(database.folder, "new"));
    const away = join(database.folder, "new", "moved.db");
    renameSync(path, away);
    symlinkSync(away, path);

    expect(await ready()).toEqual([503, expect.stringContaining("was moved")]);
    expect(await runs()).toBe("DATABASE_UNAVAILABLE");
    expect(await record()).toBe("DATABASE_UNAVAILABLE");
    expect(await importOne()).toBe("refused");
    await expect(openDatabase(database.url)).rejects.toThrow(`beside it is ${path}-wal`);
    await expect(readSchemaState(database.url)).rejects.toThrow(`beside it is ${path}-wal`);
    expect(existsSync(`${away}-wal`)).toBe(false);
    expect(refusals()).toHaveLength(1);

    rmSync(path);
    renameSync(away, path);
    expect(await ready()).toEqual([200, undefined]);
    expect(await importOne()).toBe("done");
    expect(await runs()).toEqual({ runs: { totalCount: 3 } });
  });

  test("moved, with a link left at its path, just while it is opened: the connection is closed before it reads", async () => {
    mkdirSync(join(database.folder, "new"));
    const away = join(database.folder, "new", "moved.db");
    let opened: Libsql.Database | undefined;
    const open = (at: string) => {
      renameSync(path, away);
      symlinkSync(away, path);
      opened = new Libsql(at);
      return opened;
    };
    expect(() => openInPlace(new DatabaseFile(path), open)).toThrow("was moved");
    expect(opened?.open).toBe(false);
    expect(existsSync(`${away}-wal`)).toBe(false);
    rmSync(path);
    renameSync(away, path);
  });

  test("opened through a link that then leads to another name of the same file: it is not used", async () => {
    const link = join(database.folder, "link.db");
    symlinkSync(path, link);
    const linked = await openDatabase(`file:${link}`);
    expect(await linked.problem()).toBeNull();
    const name = join(database.folder, "name.db");
    linkSync(path, name);
    rmSync(link);
    symlinkSync(name, link);
    expect(await linked.problem()).toContain("was moved");
    rmSync(link);
    symlinkSync(path, link);
    expect(await linked.problem()).toBeNull();
    await linked.close();
  });

  test("in a folder that is reached through a link, and detected when the link leads to another folder", async () => {
    const [folder, other] = ["folder", "other"].map((name) => join(database.folder, name));
    for (const each of [folder, other]) {
      mkdirSync(each);
      await (await openDatabase(`file:${join(each, "m.db")}`)).close();
    }
    const link = join(database.folder, "link");
    symlinkSync(folder, link);
    const linked = await openDatabase(`file:${join(link, "m.db")}`);
    expect(await linked.problem()).toBeNull();
    rmSync(link);
    expect(await linked.problem()).toContain("no longer at its path");
    symlinkSync(other, link);
    expect(await linked.problem()).toContain("Another file");
    rmSync(link);
    symlinkSync(link, link); // a circle
    expect(await linked.problem()).toContain("no longer at its path");
    await linked.close();
  });

  test("it is still accepted when other connections write, empty the log, or SQLite itself recreates it", async () => {
    const others = new Worker(
      `const { workerData } = require("node:worker_threads");
      const Libsql = require("libsql");
      const connection = new Libsql(workerData);
      connection.exec("PRAGMA wal_autocheckpoint = 3; CREATE TABLE noise (x)");
      const write = connection.prepare("INSERT INTO noise VALUES (randomblob(9000))");
      for (let i = 0; i < 300; i++) {
        write.run([]);
        if (i % 20 === 0) connection.exec("DELETE FROM noise; VACUUM");
        if (i % 15 === 0) connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all([]);
      }`,
      { eval: true, workerData: path },
    );
    let goesOn = true;
    const ended = once(others, "exit").then(() => {
      goesOn = false;
    });
    const problems = new Set<string | null>();
    let looks = 0;
    while (goesOn) {
      for (let i = 0; i < 20; i++, looks++) problems.add(await app.database.problem());
      await delay(0);
    }
    await ended;
    expect(looks).toBeGreaterThan(100);
    expect([...problems]).toEqual([null]);
    expect(await importOne()).toBe("done");
  });

  test("without its tables, the file is not ready, and only the log gives the reason", async () => {
    await app.database.prisma.$executeRawUnsafe(`DROP TABLE "ClusterAssignment"`);

    expect(await ready()).toEqual([503, expect.stringContaining("tables cannot be read")]);
    expect(await ask("{ runs { totalCount } }")).toEqual({ runs: { totalCount: 1 } });
  });

  test("without one of its columns, the file is not ready", async () => {
    await app.database.prisma.$executeRawUnsafe(`ALTER TABLE "Run" RENAME COLUMN "maxLength" TO "longest"`);
    expect(await ready()).toEqual([503, expect.stringContaining("tables cannot be read")]);
    await app.database.prisma.$executeRawUnsafe(`ALTER TABLE "Run" RENAME COLUMN "longest" TO "maxLength"`);
    expect((await ready())[0]).toBe(200);
  });
});

describe.runIf(testedKind === "sqlite")("a SQLite file that is moved while it is being opened", () => {
  let folder: string;
  let path: string;
  let away: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "medoid-opening-"));
    [path, away] = ["m.db", "away.db"].map((name) => join(folder, name));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test.each<[string, () => void, RegExp]>([
    ["moved", () => renameSync(path, away), /no longer at its path/],
    [
      "moved, with a link left at its path",
      () => {
        renameSync(path, away);
        symlinkSync(away, path);
      },
      /was moved, and a link was left/,
    ],
    [
      "replaced",
      () => {
        renameSync(path, away);
        writeFileSync(path, "");
      },
      /Another file has taken the place/,
    ],
  ])("%s after its migration: the reason is reported, and no other file appears", async (_, move, reason) => {
    let files: string[] = [];
    const changes: unknown[] = [];
    const opened = openDatabase(`file:${path}`, {
      onMigrated() {
        if (files.length > 0) return;
        move();
        files = readdirSync(folder);
      },
      onFileChange: (change) => changes.push(change),
    });
    const error = await opened.catch((thrown) => thrown);
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error.message).toMatch(reason);
    expect(error.cause).toBeUndefined();
    expect(readdirSync(folder).filter((name) => !files.includes(name))).toEqual([]);
    expect(changes).toEqual([]);
  });

  test("moved before the first statement: the statement is refused, and no other file appears", async () => {
    const database = await openDatabase(`file:${path}`);
    renameSync(path, away);
    const error = await database.prisma.run.count().catch((thrown) => thrown);
    expect(asUnavailable(error)).toBeInstanceOf(DatabaseUnavailableError);
    expect(error.message).toContain("The database's file is no longer at its path.");
    expect(existsSync(path)).toBe(false);
    await database.close();
    expect(existsSync(path)).toBe(false);
  });
});
