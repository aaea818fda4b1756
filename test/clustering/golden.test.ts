import { describe, it } from "vitest";
import { hdbscan } from "../../src/clustering/index.js";
import {
  expectGolden,
  goldenPoints,
  inlineGoldenCases,
  sharedGoldenCase,
  sharedIsHere,
} from "./goldenCases.js";

describe("golden cases on small inline points", () => {
  it.each(inlineGoldenCases.map((golden) => [golden.name, golden] as const))("%s", async (_, golden) => {
    expectGolden(await hdbscan(goldenPoints(golden), golden.parameters), golden);
  });
});

describe.skipIf(!sharedIsHere)("golden cases on real embeddings", () => {
  it.each([
    "wordnet-2000-defaults",
    "wordnet-2000-alpha",
    "wordnet-2000-cosine",
    "wordnet-2000-epsilon",
    "wordnet-2000-leaf",
    "wordnet-2000-max-cluster-size",
    "wordnet-2000-min-samples-1",
    "wordnet-2000-raw",
    "wordnet-2000-upstream",
    "walks-3000-defaults",
    "walks-3000-leaf",
    "walks-3000-upstream",
    "wordnet-10000-defaults",
    "wordnet-10000-leaf",
    "walks-20000-defaults",
  ])("%s", async (name) => {
    const golden = sharedGoldenCase(name);
    expectGolden(await hdbscan(goldenPoints(golden), golden.parameters), golden);
  });

  it("wordnet-20000-leaf, to 1e-8", async () => {
    const golden = sharedGoldenCase("wordnet-20000-leaf");
    expectGolden(await hdbscan(goldenPoints(golden), golden.parameters), golden, 1e-8);
  });
});
