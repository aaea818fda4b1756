import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { queueDefaults } from "../../src/jobs/queue/queue.js";
import { startPostgres } from "../postgres/postgresServer.js";
import { testedKind } from "../testDatabase.js";
import { allEnded, checkEveryRow, resultDigest } from "./checkEveryRow.js";
import { type ClusterData, clusterMutation, insist, startClustering, startedId } from "./client.js";
import { isLong, randomOf, times } from "./faultRun.js";
import { install, superviseInstallation } from "./installation.js";
import { historyOf, timesTakenOver } from "./statusHistory.js";
import { openTestDatabase, openTestDatabaseAt, type TestDatabase } from "./testDatabase.js";

const clusterings = times(80, 2_000);
const clients = 4;
/** In the short form everything happens sooner. */
const killEvery = isLong ? { least: 5_000, most: 10_000 } : { least: 2_000, most: 4_000 };
const restartEvery = isLong ? 60_000 : 10_000;
/** The test continues until it has done this many clusterings; how long that takes depends on the machine's speed. */
const fewest = {
  kills: times(5, 20),
  takenOver: times(2, 20),
  restarts: testedKind === "postgresql" ? 1 : 0,
};

test(`chaos: ${clusterings} clusterings while processes are killed and PostgreSQL is restarted`, async () => {
  const random = randomOf("chaos");
  const postgres =
    testedKind === "postgresql" ? await startPostgres({ settings: ["synchronous_commit=on"] }) : null;
  const database = postgres ? await openTestDatabaseAt(postgres.url) : await openTestDatabase();
  try {
    const calmly = await install(database);
    const calmId = await startClustering((await calmly.compute()).url);
    await allEnded(database);
    const calm = await resultDigest(database, calmId);
    await calmly.stop();

    const supervised = superviseInstallation(database);
    let over = false;
    const met = { kills: 0, takenOver: 0, restarts: 0 };
    const isEnough = () =>
      Object.entries(fewest).every(([what, least]) => met[what as keyof typeof met] >= least);
    const killing = (async () => {
      for (let round = 0; !over; round++) {
        await delay(random.between(killEvery.least, killEvery.most));
        // Every other time, all processes that compute are killed at a moment when one of them computes; otherwise one
        // process at any moment.
        const struck = round % 2 === 0 ? supervised.computing : [random.pick(supervised.all)];
        await noneIsAtItsLast(database);
        if (round % 2 === 0) await oneRuns(database);
        if (over) break;
        for (const each of struck) if (each.process()?.child.kill("SIGKILL")) met.kills++;
        met.takenOver = timesTakenOver(await historyOf(database));
      }
    })();
    const restarting = (async () => {
      while (!over && postgres) {
        for (let waited = 0; waited < restartEvery && !over; waited += 100) await delay(100);
        if (over) break;
        await postgres.stop(random.pick(["fast", "immediate"] as const));
        await postgres.start();
        met.restarts++;
      }
    })();

    const ids: string[] = [];
    const clustering = Array.from({ length: clients }, async (_, client) => {
      const mine = randomOf(`chaos client ${client}`);
      const url = () => supervised.url(mine);
      for (let i = client; i < clusterings || !isEnough(); i += clients) {
        const input = { embeddingModel: "Model", idempotencyKey: `key ${i}` };
        const { clusterEmbeddings } = await insist<ClusterData>(url, clusterMutation, { input }, 120_000);
        ids[i] = startedId(clusterEmbeddings);
        await delay(mine.between(0, isLong ? 2_000 : 1_500));
      }
    });
    const clustered = Promise.all(clustering).finally(() => {
      over = true;
    });
    await Promise.all([clustered, killing, restarting]);
    await allEnded(database, 120_000);
    await supervised.stop();

    const results = await checkEveryRow(database, [calmId, ...ids.filter(Boolean)]);
    expect(results).toHaveLength(1 + Object.keys(ids).length);
    const byKey = new Map(results.map((row) => [row.idempotencyKey, row.id]));
    // Runs without an id were not requested: one client may have got further than the others.
    ids.forEach((id, i) => {
      expect(byKey.get(`key ${i}`)).toBe(id);
    });
    for (const { id, status, failureMessage } of results) {
      expect(status, failureMessage ?? "").toBe("SUCCEEDED");
      expect(await resultDigest(database, id)).toBe(calm);
    }
    const { kills, restarts } = met;
    const takenOver = timesTakenOver(await historyOf(database));
    console.log(
      `chaos: ${results.length - 1} clusterings, ${kills} kills, ${restarts} restarts, ${takenOver} taken over`,
    );
  } finally {
    await database.close();
    await postgres?.remove();
  }
});

/** Waits for a moment at which something is computed; not for long, because there may be nothing to compute. */
async function oneRuns(database: TestDatabase): Promise<void> {
  for (const until = Date.now() + 5_000; Date.now() < until; await delay(2)) {
    if (await isAny(database, `"status" = 'RUNNING'`)) return;
  }
}

/**
 * Waits until no running clustering is at its last attempt, which would make it fail if its process were killed now.
 */
async function noneIsAtItsLast(database: TestDatabase): Promise<void> {
  const lastBut = queueDefaults.maxAttempts - 1;
  const open = `"status" IN ('QUEUED', 'RUNNING')`;
  while (await isAny(database, `${open} AND "attempt" - "handedBack" >= ${lastBut}`)) await delay(10);
}

async function isAny(database: TestDatabase, condition: string): Promise<boolean> {
  const rows = await database.query(`SELECT 1 AS "is" FROM "Job" WHERE ${condition} LIMIT 1`);
  return rows.length > 0;
}
