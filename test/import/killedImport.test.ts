import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runMedoid, spawnMedoid } from "../cli/runMedoid.js";
import { recordedRows } from "../recordedRows.js";
import { openTemporaryMedoid, type TemporaryMedoid } from "../temporaryMedoid.js";
import { upstreamContent, writeUpstream } from "./upstreamFixture.js";

const runs = 800;
const steps = 12;
const texts = steps / 2; // each with an embedding of either model
const kills = 3;
/** More than a transaction takes up, so that it is not always the next one that is met. */
const runsBetweenKills = 100;

let folder: string;
let temporary: TemporaryMedoid;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "medoid-killed-"));
  temporary = await openTemporaryMedoid();
});
afterAll(async () => {
  await temporary.close();
  rmSync(folder, { recursive: true });
});

const whole = (runCount: number) => ({
  runs: runCount,
  invocations: runCount * steps,
  images: (runCount * steps) / 2,
  embeddings: runCount === 0 ? {} : { Jina: runCount * texts, Nomic: runCount * texts },
});

test("an import that is killed at any moment leaves whole runs only, and run again it finishes", async () => {
  const path = join(folder, "upstream.sqlite");
  writeUpstream(path, upstreamContent(runs, steps)).close();
  const { prisma } = temporary.medoid.database;
  let stored = 0;
  for (let kill = 0; kill < kills; kill++) {
    const import_ = spawnMedoid(temporary.databaseUrl, "import", path);
    const moment = {
      runs: stored + 1 + Math.floor(Math.random() * runsBetweenKills),
      later: Math.random() * 150,
    };
    while (import_.exitCode === null && (await prisma.run.count()) < moment.runs) await delay(1);
    await delay(moment.later);
    import_.kill("SIGKILL");
    expect((await import_.finished).code, JSON.stringify(moment)).toBeNull();

    stored = await prisma.run.count();
    const what = `killed ${Math.round(moment.later)} ms after ${moment.runs} runs, with ${stored} stored`;
    expect(stored, what).toBeGreaterThanOrEqual(moment.runs);
    expect(await recordedRows(temporary.medoid), what).toEqual(whole(stored));
    const invocations = await prisma.invocation.groupBy({ by: ["runId"], _count: true });
    expect(
      invocations.filter(({ _count }) => _count !== steps),
      what,
    ).toEqual([]);
  }
  expect(stored).toBeLessThan(runs);

  const last = await runMedoid(temporary.databaseUrl, "import", "--json", path);
  expect(last.code, last.stderr).toBe(0);
  expect(JSON.parse(last.stdout)).toMatchObject({
    taken: { runs: runs - stored },
    alreadyThere: { runs: stored },
  });
  expect(await recordedRows(temporary.medoid)).toEqual(whole(runs));
});
