import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addShowCommand } from "../../src/cli/commands/show.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { executeInProcess } from "../../src/server/inProcess.js";
import { openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { commandOutput } from "./commandOutput.js";

/** Two clumps and rows around them. */
const rows = Array.from({ length: 90 }, (_, i) =>
  i % 3 === 0
    ? Float32Array.of(3 + ((i * 13) % 71), 4 + ((i * i) % 37))
    : Float32Array.of(40 * (i % 2) + Math.sin(i), 9 + Math.cos(3 * i)),
);

let temporary: TemporaryApp;
let result: string;
beforeAll(async () => {
  temporary = await openTemporaryApp({ queue: { pollMilliseconds: 20 } });
  const { app } = temporary;
  await app.queue.start();
  await writeRun(app, rows, { model: "Model" });
  result = await cluster({ minClusterSize: 6, minSamples: 3, normalize: false });
});
afterAll(() => temporary.close());

async function cluster(
  input: Omit<Parameters<typeof startClustering>[1], "embeddingModel">,
): Promise<string> {
  const { app } = temporary;
  const outcome = await startClustering(app, { embeddingModel: "Model", ...input }, "");
  if (!("id" in outcome)) throw new Error(outcome.message);
  const where = { id: outcome.id };
  const { clusteringResult } = app.database.prisma;
  while ((await clusteringResult.findUniqueOrThrow({ where })).status !== "SUCCEEDED") await delay(20);
  return outcome.id;
}

const show = (...args: string[]) =>
  commandOutput({ app: temporary.app, url: temporary.databaseUrl }, addShowCommand, ["show", ...args]);

describe("medoid show --outliers", () => {
  test("says how many outliers are how near to their clusters, and what a sweep recommends", async () => {
    const { data } = await executeInProcess<{
      clusteringResult: {
        outlierCount: number;
        joiningOutliers: { outlierCount: number }[];
        outliers: { edges: unknown[] };
      };
    }>(temporary.app, {
      query: `query($id: ID!) { clusteringResult(id: $id) { outlierCount joiningOutliers(within: [1.1, 1.25, 1.5]) { outlierCount } } }`,
      variables: { id: result },
    });
    const { outlierCount, joiningOutliers } = data!.clusteringResult;
    const counts = joiningOutliers.map((each) => each.outlierCount);
    expect(new Set([...counts, outlierCount]).size).toBeGreaterThan(1);
    const shown = await show(result, "--outliers");
    expect(shown.startsWith(await show(result))).toBe(true);
    const [head, ...lines] = shown.slice(shown.indexOf("Outliers: ")).trimEnd().split("\n");
    expect(head).toBe(
      `Outliers: ${outlierCount} of 90 embeddings (${((100 * outlierCount) / 90).toFixed(1)} %)`,
    );
    expect(lines.slice(0, 3)).toEqual(
      [1.1, 1.25, 1.5].map(
        (within, at) =>
          `  ${counts[at]} (${((100 * counts[at]) / outlierCount).toFixed(1)} %) join their nearest cluster within ${within} × its own largest height`,
      ),
    );
    expect(lines[3]).toMatch(/^Sweep: size \d+, EXCESS_OF_MASS, epsilon 0: /);
    expect(lines).toHaveLength(4);

    const { clusteringResult, recommendation } = JSON.parse(await show(result, "--outliers", "--json"));
    expect(clusteringResult.joiningOutliers).toEqual(
      [1.1, 1.25, 1.5].map((within, at) => ({ within, outlierCount: counts[at] })),
    );
    expect(
      clusteringResult.sweep.map(({ minClusterSize }: { minClusterSize: number }) => minClusterSize),
    ).toEqual([5, 6, 10, 20, 50, 100, 200]);
    expect(lines[3]).toContain(`size ${recommendation.point.minClusterSize},`);
    expect(JSON.parse(await show(result, "--json"))).not.toHaveProperty("recommendation");
  });

  test("tries no size above the result's maxClusterSize", async () => {
    const bounded = await cluster({ minClusterSize: 6, minSamples: 3, normalize: false, maxClusterSize: 30 });
    const { clusteringResult } = JSON.parse(await show(bounded, "--outliers", "--json"));
    expect(clusteringResult.sweep).toHaveLength(4);
  });

  test("says what to do if there is no tree, and nothing of a clustering that has not succeeded", async () => {
    const { prisma } = temporary.app.database;
    const old = await cluster({ minClusterSize: 5, minSamples: 5, normalize: false });
    await prisma.clusteringResult.update({ where: { id: old }, data: { spanningTreeId: null } });
    await expect(show(old, "--outliers")).rejects.toThrow("medoid verify --store-tree");
    await prisma.clusteringResult.update({ where: { id: old }, data: { status: "FAILED" } });
    await expect(show(old, "--outliers")).rejects.toThrow("has the status FAILED: it has no outliers yet");
  });
});
