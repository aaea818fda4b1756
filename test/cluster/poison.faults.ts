import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { allEnded, checkEveryRow } from "./checkEveryRow.js";
import { type ClusterData, clusterMutation, insist, startedId } from "./client.js";
import { randomOf } from "./faultRun.js";
import { superviseInstallation } from "./installation.js";
import { historyOf } from "./statusHistory.js";
import { openTestDatabase } from "./testDatabase.js";

const poisonous = 13;
const maxAttempts = 3;

test.concurrent.each([1, 3])(
  "a clustering that always crashes its process fails after its attempts, and does not delay others (%i at a time)",
  async (concurrency) => {
    const database = await openTestDatabase();
    const options = {
      preload: "poison",
      environment: {
        MEDOID_POISON_MIN_CLUSTER_SIZE: String(poisonous),
        MEDOID_CLUSTERING_CONCURRENCY: String(concurrency),
      },
    } as const;
    const supervised = superviseInstallation(database, () => options);
    const random = randomOf(`poison ${concurrency}`);
    const url = () => supervised.url(random);
    const start = async (input: object) => {
      const { clusterEmbeddings } = await insist<ClusterData>(url, clusterMutation, {
        input: { embeddingModel: "Model", ...input },
      });
      return startedId(clusterEmbeddings);
    };
    const poison = await start({ minClusterSize: poisonous, idempotencyKey: "poison" });
    // Other clusterings are started all the time while it is attempted again and again.
    const others: string[] = [];
    const statusOf = async (id: string) =>
      (
        await database.query<{ status: string }>(`SELECT "status" FROM "ClusteringResult" WHERE "id" = ?`, id)
      )[0].status;
    while ((await statusOf(poison)) !== "FAILED" && others.length < 500) {
      others.push(await start({ idempotencyKey: `other ${others.length}` }));
      await delay(200);
    }
    await allEnded(database, 200_000);
    await supervised.stop();

    const results = await checkEveryRow(database, [poison, ...others]);
    const crashes = (processes: typeof supervised.all) =>
      processes.reduce((sum, each) => sum + each.starts() - 1, 0);
    expect(crashes(supervised.computing)).toBe(maxAttempts);
    expect(crashes(supervised.all)).toBe(maxAttempts);
    const failed = results.filter(({ status }) => status === "FAILED");
    expect(failed).toMatchObject([{ id: poison, failureCode: "ATTEMPTS_SPENT", attempt: maxAttempts }]);
    expect(results.filter(({ status }) => status === "SUCCEEDED")).toHaveLength(others.length);
    // They are not delayed: some finish between any two of its attempts.
    const history = await historyOf(database);
    const attemptsAt = history
      .get(poison)!
      .filter(({ status }, i, all) => status === "RUNNING" && all[i - 1]?.attempt !== all[i].attempt)
      .map(({ n }) => n);
    const doneAt = others.map((id) => history.get(id)!.find(({ status }) => status === "SUCCEEDED")!.n);
    expect(attemptsAt).toHaveLength(maxAttempts);
    for (const [i, from] of attemptsAt.slice(0, -1).entries()) {
      expect(doneAt.filter((n) => n > from && n < attemptsAt[i + 1]).length).toBeGreaterThan(0);
    }
    await database.close();
  },
);

test.concurrent("a clustering that is computed beside it loses one attempt to it, however long it takes", async () => {
  const slow = 14;
  const innocents = 5; // of six places: whichever worker takes up the crashing one computes others too
  const database = await openTestDatabase();
  const options = {
    preload: "poison",
    environment: {
      MEDOID_POISON_MIN_CLUSTER_SIZE: String(poisonous),
      MEDOID_POISON_SLOW_MIN_CLUSTER_SIZE: String(slow),
      MEDOID_POISON_SLOW_MILLISECONDS: "4000",
      MEDOID_CLUSTERING_CONCURRENCY: "3",
    },
  } as const;
  const supervised = superviseInstallation(database, () => options);
  const random = randomOf("poison beside others");
  const start = async (minClusterSize: number, idempotencyKey: string) => {
    const { clusterEmbeddings } = await insist<ClusterData>(() => supervised.url(random), clusterMutation, {
      input: { embeddingModel: "Model", minClusterSize, idempotencyKey },
    });
    return startedId(clusterEmbeddings);
  };
  const rows = () =>
    database.query<{ id: string; status: string }>(`SELECT "id", "status" FROM "ClusteringResult"`);
  const others: string[] = [];
  for (let i = 0; i < innocents; i++) others.push(await start(slow, `innocent ${i}`));
  while ((await rows()).some(({ status }) => status !== "RUNNING")) await delay(20);
  const poison = await start(poisonous, "poison");
  await allEnded(database, 120_000);
  await supervised.stop();

  const results = await checkEveryRow(database, [poison, ...others]);
  const byId = new Map(results.map((result) => [result.id, result]));
  expect(byId.get(poison)).toMatchObject({ failureCode: "ATTEMPTS_SPENT", attempt: maxAttempts });
  const spent = others.map((id) => byId.get(id)!.attempt - byId.get(id)!.handedBack);
  expect(others.map((id) => byId.get(id)!.status)).toEqual(others.map(() => "SUCCEEDED"));
  expect(Math.max(...spent), "attempts of an innocent one").toBe(2);
  await database.close();
});
