import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { startPostgres } from "../postgres/postgresServer.js";
import { testedKind } from "../testDatabase.js";
import { allEnded, checkEveryRow, resultDigest } from "./checkEveryRow.js";
import { type ClusterData, clusterMutation, insist, startClustering, startedId } from "./client.js";
import { isLong, randomOf, times } from "./faultRun.js";
import { install, superviseInstallation } from "./installation.js";
import { openTestDatabase, openTestDatabaseAt, type TestDatabase } from "./testDatabase.js";

const clusterings = times(80, 2_000);
const clients = 4;
/** In the short form everything comes sooner. */
const killEvery = isLong ? { least: 5_000, most: 10_000 } : { least: 3_000, most: 5_000 };
const restartEvery = isLong ? 60_000 : 10_000;
const fewestKills = times(3, 20);

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
    let kills = 0;
    let restarts = 0;
    const killing = (async () => {
      while (!over) {
        await delay(random.between(killEvery.least, killEvery.most));
        // Some of them strike what is computed; were all to, one clustering could meet as many as it has attempts.
        if (kills % 8 < 2) await oneRuns(database);
        if (!over && random.pick(supervised.all).process()?.child.kill("SIGKILL")) kills++;
      }
    })();
    const restarting = (async () => {
      while (!over && postgres) {
        for (let waited = 0; waited < restartEvery && !over; waited += 100) await delay(100);
        if (over) break;
        await postgres.stop(random.pick(["fast", "immediate"] as const));
        await postgres.start();
        restarts++;
      }
    })();

    const ids: string[] = [];
    await Promise.all(
      Array.from({ length: clients }, async (_, client) => {
        const mine = randomOf(`chaos client ${client}`);
        const url = () => supervised.url(mine);
        for (let i = client; i < clusterings; i += clients) {
          const input = { embeddingModel: "Model", idempotencyKey: `key ${i}` };
          const { clusterEmbeddings } = await insist<ClusterData>(url, clusterMutation, { input }, 120_000);
          ids[i] = startedId(clusterEmbeddings);
          await delay(mine.between(0, isLong ? 2_000 : 1_500));
        }
      }),
    );
    over = true;
    await Promise.all([killing, restarting]);
    await allEnded(database, 120_000);
    await supervised.stop();

    expect(kills).toBeGreaterThanOrEqual(fewestKills);
    if (postgres) expect(restarts).toBeGreaterThan(0);
    const results = await checkEveryRow(database, [calmId, ...ids]);
    expect(results).toHaveLength(1 + clusterings);
    const byKey = new Map(results.map((row) => [row.idempotencyKey, row.id]));
    for (const [i, id] of ids.entries()) expect(byKey.get(`key ${i}`)).toBe(id);
    for (const { id, status, failureMessage } of results) {
      expect(status, failureMessage ?? "").toBe("SUCCEEDED");
      expect(await resultDigest(database, id)).toBe(calm);
    }
    const takenOver = results.filter((row) => row.attempt > 1).length;
    expect(takenOver).toBeGreaterThan(0);
    console.log(`chaos: ${kills} kills, ${restarts} restarts, ${takenOver} taken over`);
  } finally {
    await database.close();
    await postgres?.remove();
  }
});

/** Waits for a moment at which something is computed; not for long, as there may be nothing to do. */
async function oneRuns(database: TestDatabase): Promise<void> {
  for (const until = Date.now() + 2_000; Date.now() < until; await delay(2)) {
    const rows = await database
      .query(`SELECT 1 AS "runs" FROM "ClusteringResult" WHERE "status" = 'RUNNING'`)
      .catch(() => []);
    if (rows.length > 0) return;
  }
}
