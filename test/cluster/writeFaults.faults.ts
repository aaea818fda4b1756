import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { allEnded, checkEveryRow, resultDigest } from "./checkEveryRow.js";
import { type ClusterData, clusterMutation, insist, startClustering, startedId } from "./client.js";
import { randomOf, times } from "./faultRun.js";
import { install, superviseInstallation } from "./installation.js";
import { type RunningProcess, startServer } from "./medoidProcess.js";
import { type RecordData, recordMutation, runInput } from "./runInputs.js";
import { openTestDatabase } from "./testDatabase.js";

const clusterings = times(100, 2_000);
const runs = times(40, 400);
const share = 0.01;
const kinds = ["refused", "timed out", "committed, then reported as failed"];

test(`${share * 100} % of all writes fail, in one of three ways: nothing is lost and nothing is done twice`, async () => {
  const random = randomOf("write faults");
  const database = await openTestDatabase();
  const calmly = await install(database);
  const calmId = await startClustering((await calmly.compute()).url);
  await allEnded(database);
  const calm = await resultDigest(database, calmId);
  await calmly.stop();

  const faults: Record<string, number> = Object.fromEntries(kinds.map((kind) => [kind, 0]));
  const count = (process: RunningProcess) => {
    process.child.stderr?.on("data", (chunk: Buffer) => {
      for (const [, kind] of String(chunk).matchAll(/^write fault: (.*)$/gm)) faults[kind]++;
    });
  };
  const optionsOf = () => ({
    preload: "writeFaults" as const,
    environment: {
      MEDOID_WRITE_FAULTS: String(share),
      MEDOID_WRITE_FAULTS_SEED: String(random.between(1, 1e6)),
    },
  });
  const supervised = superviseInstallation(database, optionsOf, count);
  const url = () => supervised.url(random);
  const started = new Map<string, string>();
  // Until each kind has occurred.
  for (let i = 0; i < clusterings || kinds.some((kind) => faults[kind] === 0); i++) {
    const input = {
      embeddingModel: "Model",
      filter: { initialPrompts: ["a prompt"] },
      idempotencyKey: `key ${i}`,
    };
    const { clusterEmbeddings } = await insist<ClusterData>(url, clusterMutation, { input });
    started.set(`key ${i}`, startedId(clusterEmbeddings));
    if (i % Math.ceil(clusterings / runs) === 0) {
      const run = runInput(`run ${i}`, 4);
      const { recordTrajectories } = await insist<RecordData>(url, recordMutation, {
        input: { runs: [run] },
      });
      expect(recordTrajectories.__typename).toBe("RecordedTrajectories");
      const [{ embeddings }] = await database.query<{ embeddings: number }>(
        `
        SELECT count(*) AS "embeddings" FROM "Embedding" e JOIN "Invocation" i ON i."id" = e."invocationId"
        WHERE i."runId" = ?`,
        run.id,
      );
      expect(Number(embeddings)).toBe(4);
    }
    await delay(random.between(0, 30));
  }
  await allEnded(database, 120_000);
  // No fault may end a process: the supervisor only does the first start.
  expect(supervised.all.map((each) => each.starts())).toEqual(supervised.all.map(() => 1));
  await supervised.stop();

  // Leftovers that could not be removed at the time are removed by the next process that starts, or within a minute.
  await (await startServer(database)).end("SIGTERM");

  const results = await checkEveryRow(database, [calmId, ...started.values()]);
  expect(results).toHaveLength(1 + started.size);
  const byKey = new Map(results.map((row) => [row.idempotencyKey, row]));
  for (const [key, id] of started) {
    const row = byKey.get(key)!;
    expect(row.id).toBe(id);
    // A write that failed is repeated: it does not cost an attempt that has already computed a result.
    expect(row, row.failureMessage ?? "").toMatchObject({ status: "SUCCEEDED" });
    expect(await resultDigest(database, id)).toBe(calm);
  }
  console.log(`write faults: ${JSON.stringify(faults)} in ${started.size} clusterings`);
  await database.close();
});
