import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { allEnded, checkEveryRow, resultDigest } from "./checkEveryRow.js";
import { startClustering } from "./client.js";
import {
  chosenPoints,
  type FaultPoint,
  faultPoint,
  faultPoints,
  storingTransactions,
  untilReached,
} from "./faultPoint.js";
import { isLong, randomOf, times } from "./faultRun.js";
import { hasWorkers, type Installation, install } from "./installation.js";
import { leaveNoTrees } from "./leaveNoTrees.js";
import type { Server } from "./medoidProcess.js";
import { openTestDatabase, type TestDatabase } from "./testDatabase.js";

const takenOverWithin = 30_000;
const handedBackWithin = 15_000;
/**
 * A process that is paused for this long, and stopped during the pause past its lease, continues at once when it is
 * resumed.
 */
const lessThanLease = 8_000;

interface Prepared {
  database: TestDatabase;
  medoid: Installation;
  calmId: string;
  /** The digest of the result that was computed without faults. */
  calm: string;
}

/** A database with one clustering that was computed without faults, and no process that computes. */
async function prepared(): Promise<Prepared> {
  const database = await openTestDatabase();
  const medoid = await install(database);
  const calmly = await medoid.compute();
  const calmId = await startClustering(calmly.url);
  await allEnded(database);
  const calm = await resultDigest(database, calmId);
  await calmly.end("SIGTERM");
  await leaveNoTrees(database);
  return { database, medoid, calm, calmId };
}

async function finish({ database, medoid }: Prepared, started: string[]): Promise<void> {
  await medoid.stop();
  await checkEveryRow(database, started);
  await database.close();
}

interface Row {
  status: string;
  stage: string | null;
  attempt: number;
  handedBack: number;
  leaseOwner: string | null;
}

async function rowOf(database: TestDatabase, id: string): Promise<Row> {
  const [row] = await database.query<Row>(
    `SELECT r."status", r."stage", r."attempt", j."handedBack", j."leaseOwner"
     FROM "ClusteringResult" r JOIN "Job" j ON j."id" = r."id" WHERE r."id" = ?`,
    id,
  );
  return row;
}

async function succeeded(database: TestDatabase, id: string, calm: string): Promise<Row> {
  const row = await rowOf(database, id);
  expect(row.status).toBe("SUCCEEDED");
  expect(await resultDigest(database, id)).toBe(calm);
  return row;
}

/** Waits until another process has taken up what the first one lost. @throws if none has in time */
async function untilTakenOver(database: TestDatabase, id: string): Promise<void> {
  const since = Date.now();
  while ((await rowOf(database, id)).attempt < 2) {
    expect(Date.now() - since, "milliseconds without a successor").toBeLessThan(takenOverWithin);
    await delay(20);
  }
}

/** Starts a process that will be paused at the point, and a clustering that has reached it. */
async function heldAt({ database, medoid }: Prepared, point: FaultPoint, holdMilliseconds: number) {
  const held = await medoid.compute(faultPoint(point, holdMilliseconds));
  const reached = untilReached(held, point);
  const id = await startClustering(held.url);
  await reached;
  expect(await rowOf(database, id)).toMatchObject({ status: "RUNNING", attempt: 1 });
  return { held, id };
}

describe.concurrent("kill -9 of the process that computes", () => {
  for (let round = 0; round < times(1, 20); round++) {
    for (const point of chosenPoints(`kill ${round}`)) {
      test(`at ${point.name}: another process takes over, and finishes (${round})`, async () => {
        const random = randomOf(`kill ${point.name} ${round}`);
        const each = await prepared();
        const { database, medoid, calm, calmId } = each;
        const held = await medoid.compute(faultPoint(point, 60_000));
        const reached = untilReached(held, point);
        const id = await startClustering(held.url);
        // Started only now, so that the first one computes the clustering; it is ready when the first one is killed,
        // which may hold SQLite's write lock by then.
        await medoid.compute();
        await reached;
        await delay(random.between(0, 600));
        expect(await rowOf(database, id)).toMatchObject({ status: "RUNNING", attempt: 1 });

        await held.end("SIGKILL");
        await untilTakenOver(database, id);

        await allEnded(database);
        expect(await succeeded(database, id, calm)).toMatchObject({ attempt: 2, handedBack: 0 });
        await finish(each, [calmId, id]);
      });
    }
  }
});

describe.concurrent("a process that is stopped past its lease, and resumed after another took over", () => {
  for (let round = 0; round < times(1, 10); round++) {
    // If it is stopped within a transaction, it holds SQLite's write lock, and no other process can take over before it
    // is resumed; PostgreSQL ends a transaction that is idle.
    for (const point of chosenPoints(`stop ${round}`).filter(({ inside }) => hasWorkers || !inside)) {
      test(`at ${point.name}: changes no row (${round})`, async () => {
        const each = await prepared();
        const { database, medoid, calm, calmId } = each;
        const { held, id } = await heldAt(each, point, lessThanLease);
        await stopOutsideTransactions(database, held);
        const other = await medoid.compute();
        await untilTakenOver(database, id);
        await allEnded(database);
        const row = await succeeded(database, id, calm);
        expect(row).toMatchObject({ attempt: 2, handedBack: 0 });
        const before = await everyRow(database);

        held.child.kill("SIGCONT");
        await delay(3_000); // it is resumed, and tries to continue
        expect(await everyRow(database)).toEqual(before);

        // And it still works.
        await other.end("SIGTERM");
        const next = await startClustering(held.url);
        await allEnded(database);
        expect(await succeeded(database, next, calm)).toMatchObject({ attempt: 1 });
        await finish(each, [calmId, id, next]);
      });
    }

    test(`while the other one is about to publish: does not interfere (${round})`, async () => {
      const random = randomOf(`stop while publishing ${round}`);
      const each = await prepared();
      const { database, medoid, calm, calmId } = each;
      const beforePublishing: FaultPoint = { name: "STORING", count: storingTransactions, inside: false };
      const points = faultPoints(`stop while publishing ${round}`);
      const mine = random.pick(points.filter(({ inside }) => hasWorkers || !inside));
      const { held, id } = await heldAt(each, mine, lessThanLease);
      await stopOutsideTransactions(database, held);
      const other = await medoid.compute(faultPoint(beforePublishing, 10_000));
      await untilReached(other, beforePublishing);
      expect(await rowOf(database, id)).toMatchObject({ status: "RUNNING", attempt: 2 });

      held.child.kill("SIGCONT");
      await allEnded(database);

      expect(await succeeded(database, id, calm)).toMatchObject({ attempt: 2, handedBack: 0 });
      await finish(each, [calmId, id]);
    });
  }
});

describe.concurrent("SIGTERM of the process that computes", () => {
  for (let round = 0; round < times(1, 10); round++) {
    test(`at any stage, more often than there are attempts: hands the clustering back, and uses up no attempt (${round})`, async () => {
      const random = randomOf(`terminate ${round}`);
      const each = await prepared();
      const { database, medoid, calm, calmId } = each;
      let id: string | undefined;
      // Before it publishes: a result that is about to be published is stored first.
      const chosen = random.shuffled(faultPoints(`terminate ${round}`)).slice(0, isLong ? undefined : 4);
      const points = chosen.map((point) => ({
        ...point,
        count: point.name === "STORING" ? random.between(1, storingTransactions - 1) : point.count,
      }));
      for (const [index, point] of points.entries()) {
        // A database thread is paused for less than the limit, because it cannot be interrupted meanwhile.
        const hold = point.name === "LOADING" || point.name === "STORING" ? 2_000 : 60_000;
        const server = await medoid.compute(faultPoint(point, hold));
        const reached = untilReached(server, point);
        id ??= await startClustering(server.url);
        await reached;
        await delay(random.between(0, 300));
        expect(await rowOf(database, id)).toMatchObject({ status: "RUNNING", attempt: index + 1 });

        const signalledAt = Date.now();
        await server.end("SIGTERM");

        expect(Date.now() - signalledAt).toBeLessThan(handedBackWithin);
        expect(server.child.exitCode).toBe(0);
        const handedBack = { status: "QUEUED", attempt: index + 1, handedBack: index + 1, leaseOwner: null };
        expect(await rowOf(database, id)).toMatchObject(handedBack);
      }
      await medoid.compute();
      await allEnded(database);
      expect(await succeeded(database, id!, calm)).toMatchObject({
        attempt: points.length + 1,
        handedBack: points.length,
      });
      await finish(each, [calmId, id!]);
    });
  }
});

const healthyMilliseconds = isLong ? 600_000 : 25_000;

test.concurrent(`a healthy clustering of ${healthyMilliseconds / 1000} s is never taken over`, async () => {
  const each = await prepared();
  const { database, medoid, calm, calmId } = each;
  const point: FaultPoint = { name: "NEIGHBOURS", count: 1, inside: false };
  const { id } = await heldAt(each, point, healthyMilliseconds);
  const since = Date.now();
  await medoid.compute();
  const { leaseOwner } = await rowOf(database, id);
  while (Date.now() - since < healthyMilliseconds - 1_000) {
    expect(await rowOf(database, id)).toMatchObject({ status: "RUNNING", attempt: 1, leaseOwner });
    await delay(200);
  }
  await allEnded(database);
  expect(await succeeded(database, id, calm)).toMatchObject({ attempt: 1, handedBack: 0 });
  await finish(each, [calmId, id]);
});

/** Stops the process at a moment when it does not hold SQLite's write lock. */
async function stopOutsideTransactions(database: TestDatabase, { child }: Server): Promise<void> {
  for (;;) {
    child.kill("SIGSTOP");
    await delay(20);
    if (await database.canWrite()) return;
    child.kill("SIGCONT");
    await delay(5);
  }
}

/** Everything that a worker could change. */
async function everyRow(database: TestDatabase) {
  return {
    results: await database.query(`SELECT * FROM "ClusteringResult" ORDER BY "id"`),
    jobs: await database.query(`SELECT * FROM "Job" ORDER BY "id"`),
    clusters: await database.query(`SELECT * FROM "Cluster" ORDER BY "id"`),
    assignments: await database.query(
      `SELECT * FROM "ClusterAssignment" ORDER BY "clusteringResultId", "embeddingId"`,
    ),
  };
}
