import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { App } from "../../src/app.js";
import { type Engine, hdbscanEngine } from "../../src/jobs/computing/engine.js";
import { cancelClustering } from "../../src/resolvers/clusterings/cancelClustering.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { startMap } from "../../src/resolvers/maps/startMap.js";
import { createLogger } from "../../src/runtime/logger.js";
import { version } from "../../src/runtime/version.js";
import { createMetrics, type Metrics } from "../../src/server/observability/metrics.js";
import { readSettings } from "../../src/settings.js";
import { leaveClustering } from "../jobState.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { testedKind } from "../testDatabase.js";
import { heldEngine } from "./heldEngine.js";

type Line = Record<string, unknown> & { msg: string };

let lines: Line[];
let temporary: TemporaryApp;
let app: App;
let metrics: Metrics;

async function open(engine: Engine = hdbscanEngine): Promise<void> {
  lines = [];
  const logger = createLogger("info", { write: (line) => void lines.push(JSON.parse(line)) });
  const settings = { ...readSettings({}), clusteringConcurrency: 1, clusteringThreads: 1 };
  const queue = { pollMilliseconds: 20, leaseMilliseconds: 1_000 };
  temporary = await openTemporaryApp({ engine, settings, queue, logger });
  lines = []; // without those of the migrations
  app = temporary.app;
  metrics = createMetrics(app, () => []);
  await writeRun(app, [...groupedRows(3, 8), Float32Array.of(-5, -5, -5, 5)]);
}
afterEach(() => temporary.close());

async function start(): Promise<string> {
  const outcome = await startClustering(app, { embeddingModel: "Model", minClusterSize: 5 }, "");
  if (!("id" in outcome)) throw new Error(outcome.message);
  return outcome.id;
}

/** The log lines of a clustering, without the fields that every line has, once there is one with this message. */
async function untilLogged(id: string, msg: string): Promise<object[]> {
  const ofClustering = () => lines.filter(({ clustering }) => clustering === id);
  await expect.poll(() => ofClustering().map((line) => line.msg), { timeout: 200_000 }).toContain(msg);
  return ofClustering().map(({ clustering: _, time, pid, ...line }) => line);
}

async function metric(series: string): Promise<number> {
  const line = (await metrics.text()).split("\n").find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length));
}
const attempts = (outcome: string) => metric(`medoid_clustering_attempts_total{outcome="${outcome}"}`);
const timed = (outcome: string) => metric(`medoid_clustering_duration_seconds_count{outcome="${outcome}"}`);

const seconds = expect.any(Number);
const claimed = { level: 30, attempt: 1, msg: "clustering claimed" };

describe("a process that computes logs", () => {
  test("that it has started, what it claims, and the outcome", async () => {
    await open();
    const id = await start();
    await app.queue.start();
    expect(await untilLogged(id, "clustering succeeded")).toEqual([
      claimed,
      {
        level: 30,
        attempt: 1,
        seconds,
        embeddings: 25,
        clusters: 3,
        outliers: 1,
        msg: "clustering succeeded",
      },
    ]);
    const [{ time, pid, ...begun }] = lines;
    expect(begun).toEqual({
      level: 30,
      version,
      database: testedKind,
      worker: expect.stringMatching(/^[0-9a-f-]{36}$/),
      concurrency: 1,
      threads: 1,
      msg: "computing clusterings and maps",
    });
    expect(await attempts("succeeded")).toBe(1);
    expect(await timed("succeeded")).toBe(1);
    expect(await metric("medoid_clustering_takeovers_total")).toBe(0);
  });

  test("none of this if it only serves", async () => {
    await open();
    await app.queue.start({ computes: false });
    expect(lines).toEqual([]);
  });

  test("that an attempt failed and is repeated, and that the clustering has failed", async () => {
    await open({ ...hdbscanEngine, cluster: () => Promise.reject(new Error("no memory")) });
    const id = await start();
    await app.queue.start();
    const err = expect.objectContaining({ message: "no memory", stack: expect.any(String) });
    const again = (attempt: number) => [
      { ...claimed, attempt },
      { level: 50, attempt, seconds, err, msg: "clustering failed and will be tried again" },
    ];
    const reason = "It was tried 3 times; the last time it failed with: no memory";
    expect(await untilLogged(id, "clustering failed")).toEqual([
      ...again(1),
      ...again(2),
      { ...claimed, attempt: 3 },
      { level: 50, attempt: 3, seconds, code: "ATTEMPTS_SPENT", reason, msg: "clustering failed" },
    ]);
    expect([await attempts("retried"), await attempts("failed")]).toEqual([2, 1]);
    expect([await timed("retried"), await timed("failed")]).toEqual([2, 1]);
  });

  test("whose lease it took over, and what it gave up because the attempts were used up", async () => {
    await open();
    const [recovers, spent] = [await start(), await start()];
    const dead = { status: "RUNNING" as const, leaseOwner: "dead", leaseExpiresAt: new Date(Date.now() - 1) };
    const { prisma } = app.database;
    await leaveClustering(prisma, recovers, { ...dead, attempt: 1 });
    await leaveClustering(prisma, spent, { ...dead, attempt: 3 });
    await app.queue.start();
    expect((await untilLogged(recovers, "clustering succeeded"))[0]).toEqual({
      level: 40,
      attempt: 2,
      from: "dead",
      msg: "clustering taken over",
    });
    const reason = "It was taken up 3 times, and each time its worker ended without a result.";
    expect(await untilLogged(spent, "clustering failed")).toEqual([
      { level: 50, attempt: 3, code: "ATTEMPTS_SPENT", reason, msg: "clustering failed" },
    ]);
    expect(await metric("medoid_clustering_takeovers_total")).toBe(1);
  });

  describe("about a running clustering", () => {
    let id: string;
    beforeEach(async () => {
      await open(heldEngine().engine);
      id = await start();
      await app.queue.start();
      await untilLogged(id, "clustering claimed");
    });

    test("that it was cancelled here, and also that a queued one was", async () => {
      const waits = await start();
      await cancelClustering(app, waits);
      await cancelClustering(app, id);
      const cancelled = { level: 30, msg: "clustering cancelled" };
      expect(await untilLogged(id, "clustering cancelled")).toEqual([
        claimed,
        { ...cancelled, attempt: 1, seconds },
      ]);
      expect(await untilLogged(waits, "clustering cancelled")).toEqual([cancelled]);
      expect(await attempts("cancelled")).toBe(1);
    });

    test("that it was cancelled by another process", async () => {
      await cancelClustering(await temporary.openAnother({ logger: undefined }), id);
      expect((await untilLogged(id, "clustering cancelled"))[1]).toEqual({
        level: 30,
        attempt: 1,
        seconds,
        msg: "clustering cancelled",
      });
      expect(await attempts("cancelled")).toBe(1);
    });

    test("that another process has taken it over", async () => {
      await leaveClustering(app.database.prisma, id, {
        attempt: 2,
        leaseOwner: "another",
        leaseExpiresAt: new Date(Date.now() + 60_000),
      });
      expect((await untilLogged(id, "clustering lost to another process"))[1]).toEqual({
        level: 40,
        attempt: 1,
        seconds,
        msg: "clustering lost to another process",
      });
      expect(await attempts("lost")).toBe(1);
    });

    test("that it was handed back, even if the write was done and reported as failed", async () => {
      const { prisma } = app.database;
      const transaction = prisma.$transaction.bind(prisma) as (...args: unknown[]) => Promise<unknown>;
      let failures = 0;
      vi.spyOn(prisma, "$transaction").mockImplementation((async (...args: unknown[]) => {
        const done = await transaction(...args);
        if (failures++ === 0) throw new Error("the response was lost");
        return done;
      }) as unknown as typeof prisma.$transaction);
      await app.queue.stop();
      expect(failures).toBe(2);
      expect((await untilLogged(id, "clustering handed back"))[1]).toMatchObject({ recorded: true });
      expect(await attempts("lost")).toBe(0);
    });

    test("that it was handed back, and why", async () => {
      await app.queue.stop();
      expect((await untilLogged(id, "clustering handed back"))[1]).toEqual({
        level: 30,
        attempt: 1,
        seconds,
        reason: "the process is stopping",
        recorded: true,
        msg: "clustering handed back",
      });
      expect(await attempts("handed_back")).toBe(1);
    });
  });
});

test("attempts at maps are logged and counted in the same way, apart from those at clusterings", async () => {
  await open();
  const outcome = await startMap(app, { embeddingModel: "Model" }, "");
  if (!("id" in outcome)) throw new Error(outcome.message);
  expect(await metric('medoid_maps{status="QUEUED"}')).toBe(1);
  expect(await metric("medoid_map_queue_length")).toBe(1);
  expect(await metric("medoid_queue_length")).toBe(0);

  await app.queue.start();

  const ofMap = () => lines.filter(({ map }) => map === outcome.id);
  await expect.poll(() => ofMap().length, { timeout: 200_000 }).toBe(2);
  expect(ofMap()).toMatchObject([
    { level: 30, attempt: 1, msg: "map claimed" },
    { level: 30, attempt: 1, seconds, embeddings: 25, msg: "map succeeded" },
  ]);
  expect(await metric('medoid_map_attempts_total{outcome="succeeded"}')).toBe(1);
  expect(await metric('medoid_maps{status="SUCCEEDED"}')).toBe(1);
  expect(await attempts("succeeded")).toBe(0);
});

test("metrics show how long the oldest clustering has been queued, and where each one is counted", async () => {
  await open();
  const wait = () => metric("medoid_clustering_oldest_wait_seconds");
  expect(await wait()).toBe(0);
  const [id] = [await start(), await start()];
  const createdAt = new Date(Date.now() - 3_600_000);
  await app.database.prisma.clusteringResult.update({ where: { id }, data: { createdAt } });
  expect(await wait()).toBeGreaterThanOrEqual(3_600);
  expect(await wait()).toBeLessThan(2 * 3_600);

  const helps = (await metrics.text()).split("\n").filter((line) => line.startsWith("# HELP medoid_"));
  expect(helps.length).toBeGreaterThan(10);
  for (const help of helps)
    expect(help).toMatch(/ (Counted per process|Read from the database)[:;] [^:;]+\.$/);
  const ofDatabase = helps.filter((help) => help.includes("Read from the database"));
  expect(ofDatabase.map((help) => help.split(" ")[2]).sort()).toEqual([
    "medoid_clustering_oldest_wait_seconds",
    "medoid_clusterings",
    "medoid_map_oldest_wait_seconds",
    "medoid_map_queue_length",
    "medoid_maps",
    "medoid_queue_length",
  ]);
});
