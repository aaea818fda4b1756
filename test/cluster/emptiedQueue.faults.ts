import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { queueSchema } from "../../src/jobs/queue/bullJobs.js";
import { testedKind } from "../testDatabase.js";
import { allEnded, checkEveryRow } from "./checkEveryRow.js";
import { startClustering } from "./client.js";
import { type FaultPoint, faultPoint, untilReached } from "./faultPoint.js";
import { install } from "./installation.js";
import { openTestDatabase, type TestDatabase } from "./testDatabase.js";

const foundAgainWithin = 60_000;
const queuedCount = 20;

/** Long enough for a clustering to get a new job while a worker computes it. */
const computesMilliseconds = foundAgainWithin + 10_000;

const losses = [
  ["jobs are deleted", `DELETE FROM ${queueSchema}.job`],
  [
    "tables are emptied, including the record of how they were created",
    `TRUNCATE ${queueSchema}.job, ${queueSchema}.meta, ${queueSchema}.migration, ${queueSchema}.event CASCADE`,
  ],
  ["schema is dropped", `DROP SCHEMA ${queueSchema} CASCADE`],
];

describe
  .runIf(testedKind === "postgresql")
  .concurrent("while jobs are queued and running, the queue's", () => {
    test.each(losses)(
      "%s: a worker continues to compute, and no other worker computes the same clustering",
      async (_, statement) => {
        const database = await openTestDatabase();
        const medoid = await install(database);
        const point: FaultPoint = { name: "NEIGHBOURS", count: 1, inside: false };
        const computing = await medoid.compute(faultPoint(point, computesMilliseconds));
        const reached = untilReached(computing, point);
        const id = await startClustering(computing.url);
        await reached;
        await medoid.compute();
        await untilJobsOf(database, [id], 5_000);

        await database.query(statement);
        await untilJobsOf(database, [id], foundAgainWithin);
        await allEnded(database, computesMilliseconds + 10_000);
        await medoid.stop();
        expect(await checkEveryRow(database, [id])).toMatchObject([{ id, status: "SUCCEEDED", attempt: 1 }]);
        await database.close();
      },
    );

    test.each(losses)(
      "%s: every clustering has a job again within a minute, and is finished once",
      async (_, statement) => {
        const database = await openTestDatabase();
        const medoid = await install(database, 2);
        const point: FaultPoint = { name: "NEIGHBOURS", count: 1, inside: false };
        const { preload, environment } = faultPoint(point, 600_000);
        const held = await medoid.compute({
          preload,
          environment: { ...environment, MEDOID_CLUSTERING_CONCURRENCY: "1" },
        });
        const reached = untilReached(held, point);
        const running = await startClustering(held.url);
        await reached;
        const queued: string[] = [];
        for (let i = 0; i < queuedCount; i++) {
          queued.push(await startClustering(medoid.servers[i % medoid.servers.length].url));
        }
        const ids = [running, ...queued];
        await untilJobsOf(database, ids, 5_000);

        await database.query(statement);
        await untilJobsOf(database, ids, foundAgainWithin);

        // The clustering that was running is taken up again through its new job.
        await held.end("SIGKILL");
        await medoid.compute();
        await allEnded(database);
        await medoid.stop();
        const results = await checkEveryRow(database, ids);
        expect(results).toHaveLength(ids.length);
        for (const { id, status, attempt } of results) {
          expect({ id, status, attempt }).toEqual({
            id,
            status: "SUCCEEDED",
            attempt: id === running ? 2 : 1,
          });
        }
        await database.close();
      },
    );
  });

/** Waits until there are the jobs of these clusterings, and no others. */
async function untilJobsOf(database: TestDatabase, ids: string[], milliseconds: number): Promise<void> {
  const wanted = [...ids].sort();
  for (const until = Date.now() + milliseconds; ; await delay(50)) {
    const jobs = await jobIds(database);
    if (jobs.length === wanted.length && jobs.every((id, i) => id === wanted[i])) return;
    if (Date.now() > until) expect(jobs, `jobs after ${milliseconds} ms`).toEqual(wanted);
  }
}

async function jobIds(database: TestDatabase): Promise<string[]> {
  const [{ exists }] = await database.query<{ exists: boolean }>(
    `SELECT to_regclass('${queueSchema}.job') IS NOT NULL AS "exists"`,
  );
  if (!exists) return [];
  const rows = await database.query<{ id: string }>(`SELECT "id" FROM ${queueSchema}.job`);
  return rows.map(({ id }) => id).sort();
}
