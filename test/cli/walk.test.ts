import { describe, expect, test } from "vitest";
import { formatWalk, type Walk } from "../../src/cli/output/walk.js";
import { walkedCluster, walkOf } from "./walkData.js";

const printedWalk = (walk: Walk) => formatWalk(walk, 200, (...words) => ["medoid", ...words].join(" "));

describe("the walk", () => {
  test("says what was clustered, how and when, and the way back from each cluster", () => {
    expect(printedWalk(walkOf([walkedCluster()], { clusterCount: 3 }))).toBe(
      `ClusteringResult:0198c1b2-0000-7000-8005-000000000000  SUCCEEDED
HDBSCAN of 1,200 embeddings of words: 3 clusters, 300 outliers (25.0 %)
with minClusterSize 5, alpha 1
filter    none: all embeddings of the model
engine    version 4
requested 2026-01-02 03:04:05 UTC, finished 2026-01-02 03:05:06 UTC
digest    ${"d".repeat(64)}

Cluster 0: 168 embeddings, 14.0 %
  medoid      "a cat"
  texts       100 × "a cat"
               60 × "a dog"
                8 × "an owl"
  invocation  Invocation:1, step 3 by viewer
  run         Run:1, painter → viewer
  prompt      "a prompt"
  input       "brush strokes" by painter

… and 2 more clusters (--first 3).
`,
    );
  });

  test("says which networks a cluster consists of, three at most, unless all embeddings have the same one", () => {
    const shares = ["a → b", "c", "d", "e"].map((value, i) => {
      return { value, count: 10 - i, share: 0.3 - i / 20, lift: 2 - i / 4 };
    });
    const printedNetworks = (composition: typeof shares) =>
      /^ {2}networks {4}(.*)$/m.exec(printedWalk(walkOf([walkedCluster({ composition })])))?.[1];
    expect(printedNetworks(shares)).toBe(
      "30.0 % a → b (lift 2.00), 25.0 % c (lift 1.75), 20.0 % d (lift 1.50), …",
    );
    expect(printedNetworks(shares.slice(0, 3))).not.toContain("…");
    expect(printedNetworks([{ ...shares[0], share: 1 }])).toBe("100.0 % a → b (lift 2.00)");
    expect(printedNetworks([{ ...shares[0], share: 1, lift: 1 }])).toBeUndefined();
    expect(printedNetworks([])).toBeUndefined();
  });

  test("has what people say of the result and of its clusters", () => {
    const cluster = walkedCluster({ name: "cats & dogs", note: `first\nsecond ${"x".repeat(300)}` });
    const printed = printedWalk(walkOf([cluster], { name: "for the paper", note: "with care" }));
    expect(printed).toContain(`
name      "for the paper"
note      "with care"
HDBSCAN of`);
    expect(printed).toContain(`
Cluster 0 "cats & dogs": 168 embeddings, 14.0 %
  note        "first\\nsecond xxx`);
    expect(Math.max(...printed.split("\n").map((line) => line.length))).toBe(200);
  });

  test("counts a single text, and names what a run of one invocation has: no steps, but an id of its own", () => {
    const run = { id: "Run:1", network: ["unknown"], initialPrompt: "", invocationCount: 1 };
    const cluster = walkedCluster({
      topTexts: [{ text: "a cat", count: 168 }],
      medoidInvocation: {
        id: "Invocation:1",
        externalId: "row 17",
        model: "unknown",
        sequenceNumber: 0,
        outputImage: null,
        run,
        input: null,
      },
    });
    expect(printedWalk(walkOf([cluster]))).toContain(`
  medoid      "a cat"
  texts       168 × one text
  invocation  Invocation:1, external id row 17
  run         Run:1
`);
    expect(printedWalk(walkOf([cluster]))).not.toMatch(/step|prompt|unknown/);
  });

  test.each([
    [
      "an address of a server",
      "http://localhost:4000/images/0",
      "by painter, http://localhost:4000/images/0",
    ],
    [
      "a path, which no server serves",
      "/images/0",
      "by painter: `medoid image Invocation:0 --out image.svg`",
    ],
  ])("says how to see an image that has %s", (_, url, shown) => {
    const cluster = walkedCluster();
    const outputImage = { mediaType: "image/svg+xml", url };
    cluster.medoidInvocation.input = { id: "Invocation:0", model: "painter", outputText: null, outputImage };
    expect(printedWalk(walkOf([cluster]))).toContain(`\n  image       ${shown}\n`);
  });

  test.each([
    ["http://localhost:4000/images/1", ", http://localhost:4000/images/1"],
    ["/images/1", ": `medoid image Invocation:1 --out image.webp`"],
  ])(
    "says how to see a medoid that is an image itself, at %s, beside the image that led to it",
    (url, shown) => {
      const cluster = walkedCluster({ medoidText: null, topTexts: [] });
      const outputImage = { mediaType: "image/webp", url };
      cluster.medoidInvocation.outputImage = outputImage;
      cluster.medoidInvocation.input = {
        id: "Invocation:0",
        model: "painter",
        outputText: null,
        outputImage: { mediaType: "image/png", url: "/images/0" },
      };
      expect(printedWalk(walkOf([cluster]))).toContain(`
  medoid      (an image)
  image       of the medoid${shown}
  invocation  Invocation:1, step 3 by viewer
  run         Run:1, painter → viewer
  prompt      "a prompt"
  image       by painter: \`medoid image Invocation:0 --out image.png\`
`);
    },
  );

  test("names every condition of the filter, of many values the first", () => {
    const filter = {
      runIds: ["Run:1", "Run:2", "Run:3", "Run:4", "Run:5"],
      networks: [["a", "b"], ["c"]],
      initialPrompts: ["one\ntwo"],
      models: [],
      sequenceNumber: { min: 3, max: null },
      everyNth: 2,
    };
    expect(printedWalk(walkOf([], { filter }))).toContain(
      'filter    runIds Run:1, Run:2, Run:3 and 2 more; networks a → b or c; initialPrompts "one\\ntwo"; models none; sequenceNumber 3..; everyNth 2\n',
    );
  });

  test("says how many embeddings the reduction placed, if it placed any", () => {
    const reduction = { method: "UMAP", dimensions: 5 };
    const reduced = (laidOutCount: number, placedCount: number) =>
      printedWalk(walkOf([], { parameters: { minClusterSize: 5, reduction }, laidOutCount, placedCount }));
    expect(reduced(50_000, 250_001)).toContain(
      "with minClusterSize 5, reduction (method UMAP, dimensions 5)\nreduction 50,000 laid out, 250,001 placed among the nearest of them\nfilter",
    );
    expect(reduced(1200, 0)).toContain("dimensions 5)\nfilter");
  });

  test("of a clustering that failed it prints the reason", () => {
    const failed = walkOf([], {
      status: "FAILED",
      embeddingCount: null,
      clusterCount: null,
      outlierCount: null,
      inputDigest: null,
      failure: { code: "RESOURCE_LIMIT", message: "too\u001b[31m large" },
    });
    expect(printedWalk(failed)).toBe(`ClusteringResult:0198c1b2-0000-7000-8005-000000000000  FAILED
HDBSCAN of ? embeddings of words: ? clusters, ? outliers
with minClusterSize 5, alpha 1
filter    none: all embeddings of the model
engine    version 4
requested 2026-01-02 03:04:05 UTC, finished 2026-01-02 03:05:06 UTC
failure   RESOURCE_LIMIT too\\u001b[31m large
`);
  });
});
