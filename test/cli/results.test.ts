import stringWidth from "string-width";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addResultsCommand } from "../../src/cli/commands/results.js";
import { writeExported } from "../export/exportedFixture.js";
import { createdAt, type Fixture, id, openFixture, uuid, writeQueuedClustering } from "../fixtures.js";
import { leaveClustering } from "../jobState.js";
import { commandOutput } from "./commandOutput.js";
import { obeyed } from "./obeyedByTerminals.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const results = (...args: string[]) => commandOutput(fixture, addResultsCommand, ["results", ...args]);

const header = "id                                    requested (UTC)   clusters  outliers\n";

describe("medoid results", () => {
  test("of an empty database prints what to do", async () => {
    expect(await results()).toMatch(/^Nothing has been recorded yet\. .*medoid sample/);
  });

  test("lists all clusterings, newest first, and tells apart those without a result", async () => {
    await writeExported(fixture);
    for (const n of [3, 4, 5]) await writeQueuedClustering(fixture, n);
    const { prisma } = fixture;
    await leaveClustering(prisma, uuid("ClusteringResult", 3), { status: "RUNNING", attempt: 1 });
    await leaveClustering(prisma, uuid("ClusteringResult", 4), { status: "FAILED", attempt: 1 });
    await leaveClustering(prisma, uuid("ClusteringResult", 5), { status: "CANCELLED", attempt: 0 });
    const change = (n: number, data: object) =>
      prisma.clusteringResult.update({ where: { id: uuid("ClusteringResult", n) }, data });
    await change(3, { progress: 0.42, algorithm: "APPROXIMATE_HDBSCAN", alpha: 1.5 });
    await change(4, {
      failureCode: "RESOURCE_LIMIT",
      failureMessage: "too large",
      filter: JSON.stringify({ networks: [["painter", "viewer"]], sequenceNumber: { min: 1, max: 4 } }),
    });

    expect(await results()).toBe(`${header}\
${uuid("ClusteringResult", 5)}  2026-01-01 00:00  CANCELLED
  words; minClusterSize 5, minSamples 5
${uuid("ClusteringResult", 4)}  2026-01-01 00:00  FAILED
  words; minClusterSize 5, minSamples 5; networks painter → viewer; sequenceNumber 1..4
  RESOURCE_LIMIT: too large
${uuid("ClusteringResult", 3)}  2026-01-01 00:00  RUNNING 42 %
  words; APPROXIMATE_HDBSCAN minClusterSize 5, minSamples 5, alpha 1.5
${uuid("ClusteringResult", 2)}  2026-01-01 00:00  QUEUED
  words; minClusterSize 5, minSamples 5
${uuid("ClusteringResult", 0)}  2026-01-01 00:00         2    20.0 %
  words; minClusterSize 5, minSamples 5
`);
  });

  test("has the names of those that have one, within the width of the terminal", async () => {
    const named = { id: uuid("ClusteringResult", 2), name: `for the paper ${"x".repeat(100)}`, revision: 1 };
    await fixture.prisma.clusteringResultAnnotation.create({ data: named });
    const printed = await commandOutput(fixture, addResultsCommand, ["results"], { columns: 60 });
    await fixture.prisma.clusteringResultAnnotation.deleteMany({ where: { id: named.id } });
    expect(printed).toContain(`${named.id}  2026-01-01 00:00  QUEUED
  "for the paper ${"x".repeat(41)}…"
  words; minClusterSize 5, minSamples 5
`);
  });

  test("--first and --embedding-model restrict the list, and say how many more there are", async () => {
    expect(await results("--first", "1")).toBe(`${header}\
${uuid("ClusteringResult", 5)}  2026-01-01 00:00  CANCELLED
  words; minClusterSize 5, minSamples 5
… and 4 more (--first 5, or leave out --first for all).
`);
    expect(await results("--embedding-model", "words")).toBe(await results());
    await expect(results("--embedding-model", "other")).rejects.toThrow(
      'There is no embedding model "other". There are: "words".',
    );
  });

  test("--json has the same and more", async () => {
    const { clusteringResults } = JSON.parse(await results("--json", "--first", "2"));
    expect(clusteringResults.totalCount).toBe(5);
    expect(clusteringResults.edges.map(({ node }: { node: { id: string } }) => node.id)).toEqual([
      id("ClusteringResult", 5),
      id("ClusteringResult", 4),
    ]);
    expect(clusteringResults.edges[1].node).toMatchObject({
      status: "FAILED",
      failure: { code: "RESOURCE_LIMIT", message: "too large" },
      filter: { networks: [["painter", "viewer"]], sequenceNumber: { min: 1, max: 4 }, everyNth: null },
      parameters: { minClusterSize: 5, alpha: 1 },
    });
  });

  test("lists more clusterings than the largest page of the API, in lines of the terminal's width", async () => {
    const { prisma } = fixture;
    const embeddingModelId = uuid("EmbeddingModel", 7);
    const name = `\u001b[2J${"猫".repeat(200)}`;
    await prisma.embeddingModel.create({ data: { id: embeddingModelId, name, dimensions: 2 } });
    const template = await prisma.clusteringResult.findUniqueOrThrow({
      where: { id: uuid("ClusteringResult", 2) },
    });
    const rows = Array.from({ length: 1001 }, (_, n) => ({
      ...template,
      id: uuid("ClusteringResult", 100 + n),
      createdAt: createdAt(100 + n),
      embeddingModelId,
      filter: JSON.stringify({ initialPrompts: ["\u202e".repeat(500_000 / (n === 0 ? 1 : 500_000))] }),
    }));
    await prisma.clusteringResult.createMany({ data: rows });

    const printed = await commandOutput(fixture, addResultsCommand, ["results", "--embedding-model", name], {
      columns: 80,
    });
    const lines = printed.trimEnd().split("\n");
    expect(lines).toHaveLength(1 + 2 * 1001);
    expect(lines[1]).toContain(uuid("ClusteringResult", 1100));
    expect(lines.at(-2)).toContain(uuid("ClusteringResult", 100));
    for (const line of lines) {
      expect(stringWidth(line)).toBeLessThanOrEqual(80);
      expect(line).not.toMatch(obeyed);
    }
  });
});
