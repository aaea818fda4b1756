import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { allEnded, checkEveryRow, noJobIsLeft, resultDigest } from "./checkEveryRow.js";
import { type ClusterData, clusterMutation, insist, startedId } from "./client.js";
import { randomOf, times } from "./faultRun.js";
import { hasWorkers } from "./installation.js";
import { startServer, startWorker, supervise } from "./medoidProcess.js";
import { openTestDatabase } from "./testDatabase.js";

const requests = 200;
/** Some clients share a key, as one that retries does. */
const keys = 160;

for (let round = 0; round < times(2, 20); round++) {
  test(`kill -9 of a server during ${requests} concurrent starts: one result per key (${round})`, async () => {
    const random = randomOf(`idempotency ${round}`);
    const database = await openTestDatabase();
    const supervised = supervise(() => startServer(database, { computes: !hasWorkers }));
    const url = () => supervised.process()?.url;
    await insist(url, "{ __typename }");
    const workers = hasWorkers ? await Promise.all([startWorker(database), startWorker(database)]) : [];

    let responseCount = 0;
    const responses = Array.from({ length: requests }, async (_, client) => {
      const input = { embeddingModel: "Model", idempotencyKey: `key ${client % keys}` };
      const { clusterEmbeddings } = await insist<ClusterData>(url, clusterMutation, { input });
      responseCount++;
      return startedId(clusterEmbeddings);
    });
    // At any moment between the first response and the last.
    const killAfter = random.between(1, requests * 0.75);
    while (responseCount < killAfter) await delay(1);
    const killed = supervised.process()!;
    killed.child.kill("SIGKILL");
    expect(responseCount).toBeLessThan(requests);
    await killed.child.finished;

    const ids = await Promise.all(responses);
    await allEnded(database, 120_000);
    await noJobIsLeft(database);
    await Promise.all([supervised.stop(), ...workers.map((worker) => worker.end("SIGTERM"))]);
    expect(supervised.starts()).toBeGreaterThan(1);

    const results = await checkEveryRow(database, ids);
    const byKey = new Map(results.map((row) => [row.idempotencyKey, row.id]));
    expect(results).toHaveLength(keys);
    expect(byKey.size).toBe(keys);
    for (const [client, id] of ids.entries()) expect(byKey.get(`key ${client % keys}`)).toBe(id);
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(["SUCCEEDED"]));
    const digests = new Set<string>();
    for (const { id } of results) digests.add(await resultDigest(database, id));
    expect(digests.size).toBe(1);
    await database.close();
  });
}
