import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type App, type AppOptions, openApp } from "../../src/app.js";
import { retryWhenBusy } from "../../src/database/errors/retryWhenBusy.js";
import { type Engine, hdbscanEngine } from "../../src/jobs/computing/engine.js";
import { queueSchema } from "../../src/jobs/queue/bullJobs.js";
import { cancelClustering } from "../../src/resolvers/clusterings/cancelClustering.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { readSettings } from "../../src/settings.js";
import { clusteringWithJob, leaveClustering } from "../jobState.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { testedKind } from "../testDatabase.js";

const fast: AppOptions["queue"] = {
  pollMilliseconds: 20,
  leaseMilliseconds: 1_000,
  reconcileMilliseconds: 1_000,
};

/** An engine that starts to compute only when it is released, and stops when it is aborted. */
function heldEngine() {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const counts = { begun: 0, stopped: 0 };
  const engine: Engine = {
    ...hdbscanEngine,
    version: "held",
    async cluster(points, options) {
      counts.begun++;
      options.onProgress?.({ stage: "NEIGHBOURS", progress: 0.5 });
      await new Promise<void>((resolve, reject) => {
        held.then(resolve);
        options.signal?.addEventListener("abort", () => {
          counts.stopped++;
          reject(options.signal?.reason);
        });
      });
      return hdbscanEngine.cluster(points, options);
    },
  };
  return { engine, letGo: () => letGo(), counts };
}

describe.runIf(testedKind === "postgresql")("the shared queue", () => {
  let temporary: TemporaryApp;
  /** A server that does not compute. */
  let server: App;
  let beside: pg.Client;

  beforeEach(async () => {
    temporary = await openTemporaryApp({ queue: fast });
    server = temporary.app;
    await writeRun(server, groupedRows(3, 8));
    await server.queue.start({ computes: false });
    beside = new pg.Client(temporary.databaseUrl);
    await beside.connect();
  });
  afterEach(async () => {
    await beside.end();
    await temporary.close();
  });

  const worker = async (engine: Engine = hdbscanEngine, concurrency = 1) => {
    const app = await temporary.openAnother({
      engine,
      settings: { ...readSettings({}), clusteringConcurrency: concurrency },
    });
    await app.queue.start();
    return app;
  };
  const start = async () => {
    const outcome = await startClustering(server, { embeddingModel: "Model", minClusterSize: 5 }, "");
    if (!("id" in outcome)) throw new Error(`not started: ${outcome.message}`);
    return outcome.id;
  };
  const row = (id: string) => clusteringWithJob(server.database.prisma, id);
  const ended = async (id: string) => {
    const status = async () => (await row(id)).status;
    await expect.poll(status, { timeout: 200_000 }).toMatch(/SUCCEEDED|FAILED|CANCELLED/);
    return row(id);
  };
  const untilComputing = (id: string) =>
    expect.poll(async () => (await row(id)).stage, { timeout: 200_000 }).toBe("NEIGHBOURS");
  const jobs = async () => {
    const { rows } = await beside.query(`SELECT "id", "state" FROM ${queueSchema}.job ORDER BY "seq"`);
    return rows as { id: string; state: string }[];
  };
  const noJobIsLeft = () => expect.poll(jobs, { timeout: 200_000 }).toEqual([]);

  it("keeps the requests of a server without a worker, in a schema of its own, until a worker starts", async () => {
    const id = await start();
    await expect.poll(jobs).toEqual([{ id, state: "waiting" }]);
    expect(server.queue.isRunning()).toBe(true);
    expect(await row(id)).toMatchObject({ status: "QUEUED", attempt: 0 });

    await worker();

    expect(await ended(id)).toMatchObject({ status: "SUCCEEDED", attempt: 1, clusterCount: 3 });
    await noJobIsLeft();
  });

  it("gives a job's kind to BullMQ, and takes up one that an older version has added without it", async () => {
    const id = await start();
    await expect.poll(jobs).toHaveLength(1);
    const payload = async () =>
      (await beside.query(`SELECT "name", "data"::jsonb AS "data" FROM ${queueSchema}.job`)).rows;
    expect(await payload()).toEqual([{ name: "clustering", data: { kind: "clustering", id } }]);
    await beside.query(`UPDATE ${queueSchema}.job SET "name" = 'cluster', "data" = '{}'`);

    await worker();

    expect(await ended(id)).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
    await noJobIsLeft();
  });

  it("shows a subscriber on another server the progress of a clustering", async () => {
    const follower = await temporary.openAnother();
    const { engine, letGo } = heldEngine();
    await worker(engine);
    const id = await start();
    const seen: string[] = [];
    const following = (async () => {
      for await (const _ of follower.changes.watch(id, AbortSignal.timeout(200_000))) {
        const { status, stage } = await row(id);
        if (stage === "NEIGHBOURS") letGo();
        seen.push(status);
        if (status === "SUCCEEDED") return;
      }
    })();

    await following;

    expect(seen.at(0)).toMatch(/QUEUED|RUNNING/);
    expect(seen).toContain("RUNNING");
    expect(seen.at(-1)).toBe("SUCCEEDED");
  });

  it("stops the threads of another process that is notified of a cancellation, long before it would poll again", async () => {
    const { engine, counts } = heldEngine();
    // It renews its leases so rarely that it must have been notified.
    const seldom = { ...fast, leaseMilliseconds: 1_200_000, pollMilliseconds: 600_000 };
    const computing = await temporary.openAnother({ engine, queue: seldom });
    await computing.queue.start();
    const id = await start();
    await untilComputing(id);

    await cancelClustering(server, id);
    await expect.poll(() => counts.stopped, { timeout: 200_000, interval: 10 }).toBe(1);

    expect((await row(id)).status).toBe("CANCELLED");
    await noJobIsLeft();
  });

  it("takes over the jobs of a worker that is gone, before those that wait", async () => {
    const id = await start();
    await expect.poll(jobs).toHaveLength(1);
    // As a killed worker leaves it: claimed, locked, and never renewed.
    await leaveClustering(server.database.prisma, id, {
      status: "RUNNING",
      attempt: 1,
      leaseOwner: "dead",
      leaseExpiresAt: new Date(Date.now() + 500),
    });
    await beside.query(
      `UPDATE ${queueSchema}.job SET "state" = 'active', "lock_token" = 'dead', "locked_until_ms" = $1`,
      [Date.now() + 500],
    );
    const waiting = [await start(), await start()];

    await worker();

    expect(await ended(id)).toMatchObject({ status: "SUCCEEDED", attempt: 2 });
    for (const other of waiting)
      expect(await ended(other)).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
    await noJobIsLeft();
  });

  it("changes no row for a worker that another has taken over from", async () => {
    const { engine, letGo } = heldEngine();
    const stopped = await worker(engine);
    const id = await start();
    await untilComputing(id);
    const other = { attempt: 2, leaseOwner: "another", leaseExpiresAt: new Date(Date.now() + 60_000) };
    await leaveClustering(server.database.prisma, id, other);
    const before = await row(id);

    letGo();
    await stopped.queue.stop();

    expect(await row(id)).toEqual(before);
    expect(await server.database.prisma.cluster.count()).toBe(0);
  });

  it("does not take over from a worker that is alive, even if its job was queued again", async () => {
    const { engine, letGo, counts } = heldEngine();
    await worker(engine);
    const id = await start();
    await untilComputing(id);
    await worker(engine);
    await beside.query(`UPDATE ${queueSchema}.job SET "state" = 'waiting', "lock_token" = NULL`);
    await beside.query(`SELECT pg_notify('bullmq_jobs', 'clusterings')`);

    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(counts.begun).toBe(1);
    letGo();

    expect(await ended(id)).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
    await noJobIsLeft();
  });

  it.each([
    ["tables are emptied", `TRUNCATE ${queueSchema}.job CASCADE`],
    [
      "tables are emptied, including the record of how they were created",
      `TRUNCATE ${queueSchema}.job, ${queueSchema}.meta, ${queueSchema}.migration, ${queueSchema}.event CASCADE`,
    ],
    ["schema is dropped", `DROP SCHEMA ${queueSchema} CASCADE`],
  ])("gives every clustering its job again when the queue's %s", async (_, statement) => {
    const { engine, letGo, counts } = heldEngine();
    await worker(engine);
    const running = await start();
    await untilComputing(running);
    const waiting = [await start(), await start()];
    await expect.poll(jobs).toHaveLength(3);

    // Beside the queue's own statements it may be the one of a deadlock that is rolled back.
    await retryWhenBusy(() => beside.query(statement));
    const late = await start();
    const ids = [running, ...waiting, late];
    await expect
      .poll(async () => new Set((await jobs().catch(() => [])).map(({ id }) => id)), { timeout: 200_000 })
      .toEqual(new Set(ids));
    letGo();
    await worker();

    for (const id of ids) expect(await ended(id)).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
    expect(counts.begun).toBeGreaterThan(0);
    await noJobIsLeft();
  });

  it("removes jobs without a clustering, and jobs of clusterings that have ended", async () => {
    const id = await start();
    await expect.poll(jobs).toHaveLength(1);
    await leaveClustering(server.database.prisma, id, { status: "CANCELLED" });

    await noJobIsLeft();
  });

  it("gives up a clustering that crashes its process each time, and does not delay others", async () => {
    const poison = await start();
    const others = [await start(), await start()];
    await expect.poll(jobs).toHaveLength(3);
    const lost = { status: "RUNNING" as const, leaseOwner: "dead", leaseExpiresAt: new Date(0) };
    await leaveClustering(server.database.prisma, poison, { ...lost, attempt: 3 });

    await worker();

    expect(await ended(poison)).toMatchObject({
      status: "FAILED",
      failureCode: "ATTEMPTS_SPENT",
      attempt: 3,
    });
    for (const id of others) expect(await ended(id)).toMatchObject({ status: "SUCCEEDED" });
    await noJobIsLeft();
  });

  it("gives up such a clustering in its reconciliation, too, if its job was lost", async () => {
    const id = await start();
    await expect.poll(jobs).toHaveLength(1);
    const lost = { status: "RUNNING" as const, leaseOwner: "dead", leaseExpiresAt: new Date(0), attempt: 3 };
    await leaveClustering(server.database.prisma, id, lost);
    await beside.query(`DELETE FROM ${queueSchema}.job`);

    // No worker is running.
    expect(await ended(id)).toMatchObject({ status: "FAILED", failureCode: "ATTEMPTS_SPENT" });
  });

  it("runs a job that has failed once on its own, while others continue on other workers", async () => {
    const { engine, letGo, counts } = heldEngine();
    await worker(engine, 2);
    const first = await start();
    await untilComputing(first);
    const suspect = await start();
    await leaveClustering(server.database.prisma, suspect, { attempt: 1 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const wasPutOff = (await row(suspect)).status === "QUEUED";

    await worker();

    expect(await ended(suspect)).toMatchObject({ status: "SUCCEEDED" });
    // The row may have been taken up before its attempt was changed: then there was nothing to put off.
    if (wasPutOff) expect(counts.begun).toBe(1);
    letGo();
    expect(await ended(first)).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
  });

  it("hands back what a stopped worker computes, and another continues at once", async () => {
    const { engine, counts } = heldEngine();
    const stopped = await worker(engine);
    const id = await start();
    await untilComputing(id);

    await stopped.queue.stop();
    expect(counts.stopped).toBe(1);
    expect(await row(id)).toMatchObject({ status: "QUEUED", attempt: 1, handedBack: 1, leaseOwner: null });
    expect(await jobs()).toEqual([{ id, state: "waiting" }]);
    await worker();

    expect(await ended(id)).toMatchObject({ status: "SUCCEEDED", attempt: 2, handedBack: 1 });
    await noJobIsLeft();
  });

  it("writes nothing while nothing is requested", async () => {
    await worker();
    await new Promise((resolve) => setTimeout(resolve, 500));
    // Each row with the transaction that wrote it.
    const written = async () => {
      const { rows } = await beside.query(`
        SELECT "field" AS "what", xmin::text AS "by" FROM ${queueSchema}.meta
        UNION ALL SELECT "id"::text, xmin::text FROM ${queueSchema}.event ORDER BY 1`);
      return rows;
    };
    const before = await written();
    await new Promise((resolve) => setTimeout(resolve, 3_000));

    expect(await written()).toEqual(before);
  });

  it("creates its schema once if several processes start at the same time", async () => {
    await retryWhenBusy(() => beside.query(`DROP SCHEMA ${queueSchema} CASCADE`));
    const medoids = await Promise.all(
      Array.from({ length: 4 }, () =>
        openApp({ databaseUrl: temporary.databaseUrl, settings: readSettings({}), queue: fast }),
      ),
    );
    await Promise.all(medoids.map(({ queue }) => queue.start()));

    expect(medoids.map(({ queue }) => queue.isRunning())).toEqual([true, true, true, true]);
    expect(await ended(await start())).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
    await Promise.all(medoids.map((app) => app.close()));
  });
});
