import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addShowCommand } from "../../src/cli/commands/show.js";
import { writeExported } from "../export/exportedFixture.js";
import { type Fixture, id, openFixture, uuid, writeClustering, writeRuns } from "../fixtures.js";
import { commandOutput } from "./commandOutput.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  await writeExported(fixture);
  await fixture.prisma.embeddingModel.create({
    data: { id: uuid("EmbeddingModel", 1), name: "pictures", dimensions: 2 },
  });
});
afterAll(() => fixture.close());

const show = (...args: string[]) => commandOutput(fixture, addShowCommand, ["show", ...args]);

describe("medoid show", () => {
  test("prints the latest result, its largest clusters and their most frequent texts", async () => {
    const shown = await show("--first", "1");
    expect(shown.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "TIME")).toBe(
      `${id("ClusteringResult", 0)}  SUCCEEDED
HDBSCAN of 15 embeddings of words: 2 clusters, 3 outliers (20.0 %)
with minClusterSize 5, minSamples 5, clusterSelectionMethod EXCESS_OF_MASS, clusterSelectionEpsilon 0, alpha 1, allowSingleCluster false, metric EUCLIDEAN, normalize true
filter    none: all embeddings of the model
engine    version test-1
requested TIME UTC, finished TIME UTC
digest    ${"d".repeat(64)}

Cluster 0 "of two\\nlines": 8 embeddings, 53.3 %
  medoid      "two\\r\\nlines"
  texts       1 × ""
              1 × " spaces "
              1 × "=1+1"
  networks    62.5 % painter → viewer (lift 0.94), 37.5 % sketcher → viewer (lift 1.13)
  invocation  ${id("Invocation", 7)}, step 7 by viewer
  run         ${id("Run", 0)}, painter → viewer
  prompt      "prompt 0"
  image       by painter: \`medoid image ${id("Invocation", 6)} --out image.svg\`

… and 1 more cluster (--first 2).
`,
    );
  });

  test("prints all of it as JSON", async () => {
    const { clusteringResult } = JSON.parse(await show("--json"));
    expect(clusteringResult).toMatchObject({
      id: id("ClusteringResult", 0),
      filter: { networks: null, everyNth: null },
      engineVersion: "test-1",
      inputDigest: "d".repeat(64),
      createdAt: "2026-01-01T00:00:00.000Z",
      outlierCount: 3,
    });
    const [{ node }] = clusteringResult.clusters.edges;
    expect(node.topTexts.slice(0, 1)).toEqual([{ text: "", count: 1 }]);
    expect(clusteringResult.clusters.edges).toHaveLength(2);
  });

  test("reads as many clusters as are asked for, page by page", async () => {
    const clusters = 230;
    const own = await openFixture();
    await writeRuns(own, { runs: 1, steps: 4 * clusters, text: () => "a text" });
    await writeClustering(own, { embeddings: 2 * clusters, assign: (n) => ({ label: n % clusters }) });
    const printed = await commandOutput(own, addShowCommand, ["show", "--first", "1000"]);
    const json = await commandOutput(own, addShowCommand, ["show", "--first", "150", "--json"]);
    await own.close();
    const labels = [...printed.matchAll(/^Cluster (\d+): 2 embeddings/gm)].map(([, label]) => Number(label));
    expect(labels).toEqual(Array.from({ length: clusters }, (_, label) => label));
    expect(printed).toContain("  texts       2 × one text\n");
    expect(printed).not.toContain("more cluster");
    const { clusteringResult } = JSON.parse(json);
    expect(clusteringResult.clusters.edges).toHaveLength(150);
    expect(clusteringResult.clusters.totalCount).toBe(clusters);
  });

  test("says how to write the image of a medoid that is one", async () => {
    const own = await openFixture();
    const words = { embeddings: 4, assign: () => ({ label: 0 }), medoids: [1] };
    await writeRuns(own);
    await writeClustering(own, words);
    // The embedding is of the image that led to the medoid's text.
    await own.prisma.embedding.update({
      where: { id: uuid("Embedding", 1) },
      data: { invocationId: uuid("Invocation", 2) },
    });
    const shown = await commandOutput(own, addShowCommand, ["show"]);
    await own.close();
    expect(shown).toContain(
      `  medoid      (an image)\n  image       of the medoid: \`medoid image ${id("Invocation", 2)} --out image.svg\`\n`,
    );
  });

  test("finds the latest result of an embedding model", async () => {
    expect(await show("--embedding-model", "words")).toBe(await show(id("ClusteringResult", 0)));
  });

  test.each<[what: string, args: string[], message: string]>([
    [
      "an unknown model",
      ["--embedding-model", "wrods"],
      'There is no embedding model "wrods". There are: "pictures", "words".',
    ],
    [
      "a model without results",
      ["--embedding-model", "pictures"],
      'No clustering of "pictures" has succeeded. There are results of "words".',
    ],
    [
      "an unknown result",
      [uuid("ClusteringResult", 9)],
      `No clustering result has the id ${uuid("ClusteringResult", 9)}. There are:
  ${id("ClusteringResult", 2)}  queued, of words
  ${id("ClusteringResult", 0)}  succeeded, of words`,
    ],
    [
      "a result and a model at once",
      [uuid("ClusteringResult", 0), "--embedding-model", "words"],
      "Give either ID or --embedding-model",
    ],
  ])("given %s, names what exists", async (_, args, message) => {
    await expect(show(...args)).rejects.toThrow(message);
  });
});
