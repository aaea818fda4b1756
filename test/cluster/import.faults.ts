import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  float32,
  type PanicTdaRow,
  panicTdaContent,
  webp,
  writePanicTda,
} from "../import/panicTdaFixture.js";
import { todayContent, writePanicTdaDump } from "../import/panicTdaTodayFixture.js";
import { allEnded, checkEveryRow } from "./checkEveryRow.js";
import { startClustering } from "./client.js";
import { randomOf, times } from "./faultRun.js";
import { install } from "./installation.js";
import { startProcess } from "./medoidProcess.js";
import { runInput } from "./runInputs.js";
import { embeddingCount, openTestDatabase, type TestDatabase } from "./testDatabase.js";
import { wholeRuns } from "./wholeRuns.js";

/** The files, and how many runs each holds, so that each takes about the same time. */
const files = { "runs.jsonl": 4_000, "upstream.db": 1_000, dump: 1_000 };
const names = Object.keys(files) as (keyof typeof files)[];
const invocations = 6;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "medoid-import-"));
  const lines = Array.from({ length: files["runs.jsonl"] }, (_, i) =>
    JSON.stringify(runInput(`run ${i}`, invocations, 300)),
  );
  writeFileSync(join(folder, "runs.jsonl"), lines.join("\n"));
  const content = panicTdaContent(files["upstream.db"], invocations, webp("x".repeat(1_000)));
  withClusteredModel(content.embeddings);
  writePanicTda(join(folder, "upstream.db"), content).close();
  const ofDump = todayContent(files.dump, invocations);
  withClusteredModel(ofDump.embeddings);
  writePanicTdaDump(join(folder, "dump"), ofDump, { rowGroupSize: 500 });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Gives the embeddings of texts the model that is clustered. */
function withClusteredModel(embeddings: PanicTdaRow[]): void {
  for (const [n, row] of embeddings.entries()) {
    if (row.embedding_model !== "Nomic") continue;
    row.embedding_model = "Model";
    row.vector = float32(1, 0, 0, 0.001 * (n % invocations));
  }
}

/** A database on which a clustering has already been computed. */
async function prepared() {
  const database = await openTestDatabase();
  const medoid = await install(database);
  const { url } = await medoid.compute();
  const id = await startClustering(url);
  await allEnded(database);
  return { database, medoid, url, id };
}

async function runCount(database: TestDatabase): Promise<number> {
  const [{ count }] = await database.query<{ count: number }>(`SELECT count(*) AS "count" FROM "Run"`);
  return Number(count) - 1;
}

describe("kill -9 of an import", () => {
  for (let round = 0; round < times(1, 20); round++) {
    test.each(names)(
      `of %s, repeatedly: only complete runs are stored, and the last import finishes (${round})`,
      async (name) => {
        const runs = files[name];
        const random = randomOf(`kill import of ${name} ${round}`);
        const { database, medoid, id } = await prepared();
        await medoid.stop();
        let struck = 0;
        let before = 0;
        for (;;) {
          const importing = startProcess(database, {}, "import", join(folder, name), "--json");
          let over = false;
          importing.child.once("close", () => {
            over = true;
          });
          // Killed when some runs are there that were not there before, or when it has just begun, or, in the end, not
          // at all.
          const more = random.between(0, runs / 4);
          while (!over && (await runCount(database)) < before + more) await delay(5);
          await delay(random.between(0, 200));
          if (struck < 3 && !over) importing.child.kill("SIGKILL");
          const { code, stdout, stderr } = await importing.child.finished;
          const there = await wholeRuns(database, [invocations]);
          expect(there).toBeGreaterThanOrEqual(before);
          await checkEveryRow(database, [id]);
          if (code === null) {
            struck++;
            before = there;
            continue;
          }
          expect([code, stderr]).toEqual([0, expect.any(String)]);
          const { taken, alreadyThere } = JSON.parse(stdout);
          expect([taken.runs, alreadyThere.runs]).toEqual([runs - before, before]);
          expect(there).toBe(runs);
          break;
        }
        expect(struck).toBeGreaterThan(0);
        await database.close();
      },
    );
  }
});

describe("clusterings while an import runs", () => {
  for (let round = 0; round < times(1, 20); round++) {
    test.each(names)(
      `of %s: whole runs take part, as many as there were at that moment (${round})`,
      async (name) => {
        const runs = files[name];
        const random = randomOf(`cluster while ${name} is imported ${round}`);
        const { database, medoid, url, id } = await prepared();
        const started = [id];
        const importing = startProcess(database, {}, "import", join(folder, name));
        let over = false;
        importing.child.once("close", () => {
          over = true;
        });
        while (!over) {
          started.push(await startClustering(url, { minClusterSize: 5 }));
          await allEnded(database);
          await delay(random.between(0, 50));
        }
        expect(await importing.child.finished).toMatchObject({ code: 0 });
        started.push(await startClustering(url, { minClusterSize: 5 }));
        await allEnded(database);
        await medoid.stop();

        const results = await checkEveryRow(database, started);
        const counts = results.map((result) => result.embeddingCount!);
        expect(counts).toEqual([...counts].sort((a, b) => a - b));
        expect(counts[0]).toBe(embeddingCount);
        expect(await wholeRuns(database, [invocations])).toBe(runs);
        const [all] = await database.query<{ count: number }>(`
          SELECT count(*) AS "count" FROM "Embedding" e JOIN "EmbeddingModel" m ON m."id" = e."embeddingModelId"
          WHERE m."name" = 'Model'`);
        expect(counts.at(-1)).toBe(Number(all.count));
        for (const result of results) expect(await tornIn(database, result.id)).toEqual([]);
        console.log(`clusterings of ${name} while it was imported: ${new Set(counts).size} states of it`);
        await database.close();
      },
    );
  }
});

/** The runs of which a clustering took some embeddings and not others. */
function tornIn(database: TestDatabase, id: string) {
  return database.query(
    `
    SELECT i."runId" FROM "Embedding" e JOIN "Invocation" i ON i."id" = e."invocationId"
    JOIN "EmbeddingModel" m ON m."id" = e."embeddingModelId" AND m."name" = 'Model'
    LEFT JOIN "ClusterAssignment" a ON a."embeddingId" = e."id" AND a."clusteringResultId" = ?
    GROUP BY i."runId" HAVING count(a."embeddingId") NOT IN (0, count(*))`,
    id,
  );
}
