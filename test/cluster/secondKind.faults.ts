import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/database/openDatabase.js";
import { countingTable, writeCounting } from "../jobs/counting/countingHandler.js";
import { type RunningProcess, startProcess } from "./medoidProcess.js";
import { openTestDatabase, type TestDatabase } from "./testDatabase.js";

const takenOverWithin = 60_000;
/** Counting to it takes ten seconds and more. */
const target = 500;

const entryPoint = fileURLToPath(new URL("../jobs/counting/countingWorker.js", import.meta.url));

async function startCountingWorker(database: TestDatabase): Promise<RunningProcess> {
  const worker = startProcess(database, { entryPoint });
  await worker.printed(/takes up jobs/);
  return worker;
}

interface CountingRow {
  status: string;
  attempt: number;
  counted: number;
  leaseOwner: string | null;
}

/** A job of the tests' own kind, from its row and that of its subject. */
async function rowsOf(database: TestDatabase, subjectId: string): Promise<CountingRow> {
  const [row] = await database.query<CountingRow>(
    `SELECT c."status", c."attempt", c."counted", j."status" AS "jobStatus", j."attempt" AS "jobAttempt",
       j."handedBack", j."leaseOwner"
     FROM "Counting" c JOIN "Job" j ON CAST(j."subjectId" AS TEXT) = c."id" WHERE c."id" = ?`,
    subjectId,
  );
  return row;
}

test("kill -9 of the process that runs a job of another kind: another process takes over, and finishes", async () => {
  const database = await openTestDatabase();
  await database.query(countingTable);
  const opened = await openDatabase(database.url);
  const { subjectId } = await writeCounting(opened, target);
  await opened.close();
  const until = async (isThere: (row: CountingRow) => boolean) => {
    const since = Date.now();
    for (;;) {
      const row = await rowsOf(database, subjectId);
      if (isThere(row)) return row;
      expect(Date.now() - since, "milliseconds of waiting").toBeLessThan(takenOverWithin);
      await delay(20);
    }
  };
  const first = await startCountingWorker(database);
  const before = await until(({ counted }) => counted >= 3);
  expect(before).toMatchObject({ status: "RUNNING", attempt: 1, leaseOwner: expect.any(String) });
  const second = await startCountingWorker(database);

  await first.end("SIGKILL");
  const after = await until(({ attempt }) => attempt > 1);
  expect(after.leaseOwner).not.toBe(before.leaseOwner);

  expect(await until(({ status }) => status === "SUCCEEDED")).toEqual({
    ...{ status: "SUCCEEDED", attempt: 2, counted: target },
    ...{ jobStatus: "SUCCEEDED", jobAttempt: 2, handedBack: 0, leaseOwner: null },
  });
  await second.end("SIGTERM");
  await database.close();
});
