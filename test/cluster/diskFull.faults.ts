import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Libsql from "libsql";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { asUnavailable } from "../../src/database/errors/databaseUnavailable.js";
import { panicTdaContent, webp, writePanicTda } from "../import/panicTdaFixture.js";
import { testedKind } from "../testDatabase.js";
import { allEnded, checkEveryRow, resultDigest } from "./checkEveryRow.js";
import { ask, send, startClustering } from "./client.js";
import { faultPoint, untilReached } from "./faultPoint.js";
import { randomOf, times } from "./faultRun.js";
import { startProcess, startServer } from "./medoidProcess.js";
import { type RecordData, recordMutation, runInput } from "./runInputs.js";
import { mountSmallDisk, type SmallDisk } from "./smallDisk.js";
import { openTestDatabaseIn, type TestDatabase } from "./testDatabase.js";
import { wholeRuns } from "./wholeRuns.js";

const diskIsFull = /disk .*is full/;
const probe = mountSmallDisk(1);
probe?.unmount();

describe.skipIf(probe === null || testedKind !== "sqlite")(
  "the disk that holds a SQLite database is full",
  () => {
    let disk: SmallDisk;
    let database: TestDatabase;
    let files: string;
    beforeAll(() => {
      files = mkdtempSync(join(tmpdir(), "medoid-import-"));
    });
    afterAll(() => rmSync(files, { recursive: true }));

    async function prepare(megabytes: number) {
      disk = mountSmallDisk(megabytes)!;
      database = await openTestDatabaseIn(disk.folder);
    }
    afterEach(async () => {
      await database.close();
      disk.unmount();
    });

    test("recordTrajectories reports it, nothing of the run is stored, and the run is recorded once there is room", async () => {
      await prepare(24);
      const server = await startServer(database);
      await startClustering(server.url);
      await allEnded(database);
      disk.fill();

      let recorded = 0;
      let refused: ReturnType<typeof runInput> | undefined;
      while (refused === undefined && recorded < 100) {
        const run = runInput(`run ${recorded}`, 100, 2_000);
        const { data, errors, status } = await send<RecordData>(server.url, recordMutation, {
          input: { runs: [run] },
        });
        if (data?.recordTrajectories) {
          recorded++;
          continue;
        }
        expect(errors).toMatchObject([
          { message: expect.stringMatching(diskIsFull), extensions: { code: "DATABASE_UNAVAILABLE" } },
        ]);
        expect(status).toBe(200);
        refused = run;
      }
      expect(refused).toBeDefined();
      const there = (run: { id: string }) => database.query(`SELECT 1 FROM "Run" WHERE "id" = ?`, run.id);
      expect(await there(refused!)).toEqual([]);
      // The server still reads.
      expect(await ask(server.url, "{ embeddingModels { name } }")).toEqual({
        embeddingModels: [{ name: "Model" }],
      });
      await wholeRuns(database, [20, 100]);

      disk.makeRoom();
      const { recordTrajectories } = await ask<RecordData>(server.url, recordMutation, {
        input: { runs: [refused!] },
      });
      expect(recordTrajectories).toMatchObject({ runCount: 1, invocationCount: 100, embeddingCount: 100 });
      const id = await startClustering(server.url);
      await allEnded(database);
      await server.end("SIGTERM");
      const results = await checkEveryRow(database, [id]);
      expect(results.map(({ status }) => status)).toEqual(["SUCCEEDED", "SUCCEEDED"]);
      await wholeRuns(database, [20, 100]);
    });

    test("no room for the index of the write-ahead log, which SQLite reports as an I/O error, is a full disk", async () => {
      await prepare(40);
      const connection = new Libsql(join(disk.folder, "log.db"));
      connection.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = 10");
      connection.exec("CREATE TABLE filled (bytes)");
      const insert = connection.prepare("INSERT INTO filled VALUES (zeroblob(3500))");
      // The index grows by 32 KiB after the log's frame 4062, which is the last that finds room here.
      const untilGrowth = () => 4_063 * 4_120 + 32 - statSync(join(disk.folder, "log.db-wal")).size;
      connection.exec("BEGIN");
      while (untilGrowth() > 2 ** 20) insert.run();
      disk.fill(Math.ceil(untilGrowth() / 4_096));
      let thrown: unknown;
      while (thrown === undefined && untilGrowth() > -(2 ** 20)) {
        try {
          insert.run();
        } catch (error) {
          thrown = error;
        }
      }
      expect(thrown).toMatchObject({ code: "SQLITE_IOERR_SHMSIZE" });
      expect(asUnavailable(thrown)).toMatchObject({
        name: "DatabaseUnavailableError",
        message: expect.stringMatching(/^The disk that holds the database is full/),
      });
      connection.close();
    });

    const runs = 1_000;
    /**
     * The file's name, the least and most megabytes of room that are left (it needs more), and a function that writes
     * it.
     */
    const imports: [string, [number, number], (path: string) => void][] = [
      [
        "runs.jsonl",
        [14, 18],
        (path) => {
          const lines = Array.from({ length: runs }, (_, i) => JSON.stringify(runInput(`run ${i}`, 20, 500)));
          writeFileSync(path, lines.join("\n"));
        },
      ],
      [
        "upstream.db",
        [5, 20],
        (path) => writePanicTda(path, panicTdaContent(runs, 20, webp("x".repeat(4_000)))).close(),
      ],
    ];
    for (const [name, [least, most], write] of imports) {
      test(`an import of ${name} reports it, leaves only complete runs, and continues once there is room`, async () => {
        // An import moves its log into the database's file every 64 MB: there must be room for both.
        await prepare(192);
        const file = join(files, name);
        write(file);
        const leave = randomOf(`import ${name}`).between(least, most);
        writeFileSync(join(disk.folder, "room"), new Uint8Array(leave * 2 ** 20));
        disk.fill();
        rmSync(join(disk.folder, "room"));

        const stopped = startProcess(database, {}, "import", file);
        const { code, stderr, stdout } = await stopped.child.finished;
        expect(stderr).toMatch(diskIsFull);
        expect(stderr.trim().split("\n").at(-1)).toMatch(diskIsFull);
        expect(stderr).not.toMatch(/\n\s+at /); // without a stack
        expect([code, stdout]).toEqual([1, ""]);
        const [{ count }] = await database.query<{ count: number }>(`SELECT count(*) AS "count" FROM "Run"`);
        expect(count).toBeGreaterThan(1); // of the import
        expect(count).toBeLessThan(runs);
        await wholeRuns(database, [20, 100]);
        await checkEveryRow(database, []);

        disk.makeRoom();
        const again = startProcess(database, {}, "import", file, "--json");
        const finished = await again.child.finished;
        expect([finished.code, finished.stderr]).toEqual([0, expect.anything()]);
        const { alreadyThere } = JSON.parse(finished.stdout);
        expect(alreadyThere.runs ?? alreadyThere.runCount).toBe(count - 1);
        const [all] = await database.query<{ count: number }>(`SELECT count(*) AS "count" FROM "Run"`);
        expect(all.count).toBe(runs + 1);
        await wholeRuns(database, [20, 100]);
        await checkEveryRow(database, []);
      });
    }

    for (let round = 0; round < times(2, 20); round++) {
      test(`a clustering waits for room to store its result, for longer than its lease (${round})`, async () => {
        const random = randomOf(`storing ${round}`);
        await prepare(24);
        const calmServer = await startServer(database);
        const calmId = await startClustering(calmServer.url);
        await allEnded(database);
        await calmServer.end("SIGTERM");
        const point = { name: "STORING", count: random.between(1, 5), inside: false } as const;
        const server = await startServer(database, faultPoint(point, 1_500));
        let stderr = "";
        server.child.stderr?.on("data", (chunk) => {
          stderr += chunk;
        });
        const reached = untilReached(server, point);
        const id = await startClustering(server.url);
        await reached;
        // The log is emptied: no write finds room in it.
        await database.query("PRAGMA wal_checkpoint(TRUNCATE)");
        disk.fill();
        await delay(random.between(12_000, 16_000));

        expect(server.child.exitCode).toBeNull();
        const [row] = await database.query<{ status: string }>(
          `SELECT "status", "attempt" FROM "ClusteringResult" WHERE "id" = ?`,
          id,
        );
        expect(row).toEqual({ status: "RUNNING", attempt: 1 });
        expect(stderr).toMatch(diskIsFull);
        const cancelled = await send(
          server.url,
          "mutation ($id: ID!) { cancelClustering(id: $id) { __typename } }",
          {
            id,
          },
        );
        expect(cancelled.errors).toMatchObject([
          { message: expect.stringMatching(diskIsFull), extensions: { code: "DATABASE_UNAVAILABLE" } },
        ]);

        disk.makeRoom();
        await allEnded(database);
        const results = await checkEveryRow(database, [calmId, id]);
        expect(results.find((each) => each.id === id)).toMatchObject({
          status: "SUCCEEDED",
          attempt: 1,
          handedBack: 0,
        });
        expect(await resultDigest(database, id)).toBe(await resultDigest(database, calmId));
        await server.end("SIGTERM");
      });
    }
  },
);
