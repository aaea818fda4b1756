import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { App } from "../../src/app.js";
import type { JobReference } from "../../src/jobs/queue/handler.js";
import { cancelJob } from "../../src/jobs/queue/moveJob.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { createMetrics } from "../../src/server/observability/metrics.js";
import { readSettings } from "../../src/settings.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import {
  countingTable,
  createCountingHandler,
  uncountable,
  unspeakable,
  writeCounting,
} from "./counting/countingHandler.js";

const queue = { pollMilliseconds: 20, reconcileMilliseconds: 1_000 };
const fast = 5;
const settings = { ...readSettings({}), clusteringConcurrency: 1 };
/** A number that no job counts to within a test. */
const far = 1_000_000;

let temporary: TemporaryApp;
/** It takes up no jobs, unless a test starts its queue. */
let app: App;

beforeEach(async () => {
  temporary = await openTemporaryApp({
    queue,
    settings,
    handlers: (database) => [createCountingHandler(database, fast)],
  });
  app = temporary.app;
  await app.database.prisma.$executeRawUnsafe(countingTable);
});
afterEach(() => temporary.close());

async function start(target: number): Promise<JobReference> {
  const job = await writeCounting(app.database, target);
  app.queue.added(job);
  return job;
}

const worker = async (options: Parameters<TemporaryApp["openAnother"]>[0] = {}) => {
  const another = await temporary.openAnother(options);
  await another.queue.start();
  return another;
};

/** The job and its subject, which must agree. */
async function rowsOf({ id, subjectId }: JobReference) {
  const { prisma, dialect, read } = app.database;
  const job = await prisma.job.findUniqueOrThrow({ where: { id } });
  const [subject] = await read(`SELECT * FROM "Counting" WHERE "id" = ${dialect.placeholder(1)}`, [
    subjectId,
  ]);
  const { status, attempt, handedBack, leaseOwner } = job;
  const { counted, failure } = subject as { counted: number; failure: string | null };
  return { status, attempt, handedBack, leaseOwner, counted: Number(counted), failure, subject };
}
const until = (job: JobReference, status: RegExp) =>
  expect.poll(async () => (await rowsOf(job)).status, { timeout: 200_000 }).toMatch(status);

async function ended(job: JobReference) {
  await until(job, /SUCCEEDED|FAILED|CANCELLED/);
  const { subject, ...row } = await rowsOf(job);
  expect(subject).toMatchObject({ status: row.status });
  return row;
}
const counting = (job: JobReference) =>
  expect.poll(async () => (await rowsOf(job)).counted, { timeout: 200_000 }).toBeGreaterThan(0);

describe("jobs of a second kind", () => {
  test("wait, are each claimed by one of two processes, and succeed with the stored result", async () => {
    const jobs: JobReference[] = [];
    for (let n = 1; n <= 6; n++) jobs.push(await start(n));
    expect(await rowsOf(jobs[0])).toMatchObject({ status: "QUEUED", attempt: 0, counted: 0 });

    await Promise.all([worker(), worker()]);

    for (const [n, job] of jobs.entries()) {
      const subject = { status: "SUCCEEDED", attempt: 1, handedBack: 0, leaseOwner: null };
      expect(await ended(job)).toEqual({ ...subject, counted: n + 1, failure: null });
    }
  });

  test("can be watched from another process, and their progress never decreases", async () => {
    const job = await start(200);
    await worker();
    const seen: number[] = [];
    for await (const _ of app.changes.watch(job.subjectId, AbortSignal.timeout(20_000))) {
      const { status, counted } = await rowsOf(job);
      seen.push(counted);
      if (status === "SUCCEEDED") break;
    }
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(new Set(seen).size).toBeGreaterThan(2);
    expect(seen.at(-1)).toBe(200);
  });

  test("stop at once when they are cancelled, by any process", async () => {
    const [runs, waits] = [await start(far), await start(far)];
    await worker();
    await counting(runs);

    for (const job of [runs, waits]) {
      expect(await cancelJob(app.database.prisma, createCountingHandler(app.database), job)).toBe(true);
      app.queue.cancelled(job);
      app.changes.changed(job.subjectId);
    }

    expect(await ended(runs)).toMatchObject({ status: "CANCELLED", attempt: 1, leaseOwner: null });
    expect(await ended(waits)).toMatchObject({ status: "CANCELLED", attempt: 0, counted: 0 });
    const next = await start(1); // a place is free for it
    expect(await ended(next)).toMatchObject({ status: "SUCCEEDED" });
    expect(await cancelJob(app.database.prisma, createCountingHandler(app.database), next)).toBe(false);
    expect(await ended(next)).toMatchObject({ status: "SUCCEEDED" });
  });

  test("are repeated when they fail, up to three times, unless a repetition cannot help", async () => {
    const [again, once] = [await start(uncountable), await start(unspeakable)];
    await worker();
    expect(await ended(again)).toMatchObject({ status: "FAILED", attempt: 3, failure: "ATTEMPTS_SPENT" });
    expect(await ended(once)).toMatchObject({ status: "FAILED", attempt: 1, failure: "UNSPEAKABLE" });
  });

  test("are handed back by a process that stops, which uses up no attempt", async () => {
    const job = await start(50);
    const stopped = await temporary.openAnother({
      handlers: (database) => [createCountingHandler(database, 500)],
    });
    await stopped.queue.start();
    await counting(job);

    await stopped.queue.stop();

    expect(await rowsOf(job)).toMatchObject({
      status: "QUEUED",
      attempt: 1,
      handedBack: 1,
      leaseOwner: null,
    });
    await worker();
    expect(await ended(job)).toMatchObject({ status: "SUCCEEDED", attempt: 2, counted: 50 });
  });

  test("are left to others by a process that does not know their kind", async () => {
    await worker({ handlers: undefined, queue: { ...queue, leaseMilliseconds: 1_000 } });
    const job = await start(3);
    await writeRun(app, groupedRows(3, 8));
    const outcome = await startClustering(app, { embeddingModel: "Model", minClusterSize: 5 }, "");
    if (!("id" in outcome)) throw new Error(outcome.message);
    await until({ ...outcome, kind: "clustering", subjectId: job.subjectId }, /SUCCEEDED/);
    expect(await rowsOf(job)).toMatchObject({ status: "QUEUED", attempt: 0 });

    await worker();

    expect(await ended(job)).toMatchObject({ status: "SUCCEEDED", attempt: 1, counted: 3 });
  });

  test("run beside clusterings, and do not appear in the log and the metrics of clusterings", async () => {
    const metrics = createMetrics(app, () => []);
    await writeRun(app, groupedRows(3, 8));
    await app.queue.start();
    const outcome = await startClustering(app, { embeddingModel: "Model", minClusterSize: 5 }, "");
    if (!("id" in outcome)) throw new Error(outcome.message);
    const job = await start(3);
    await until({ ...outcome, kind: "clustering", subjectId: job.subjectId }, /SUCCEEDED/);
    await ended(job);
    const lines = async () =>
      (await metrics.text())
        .split("\n")
        .filter((line) => line.startsWith("medoid_clustering_attempts_total"));
    await expect
      .poll(lines)
      .toEqual(expect.arrayContaining(['medoid_clustering_attempts_total{outcome="succeeded"} 1']));
    expect((await lines()).filter((line) => !line.endsWith(" 0"))).toHaveLength(1);
  });
});
