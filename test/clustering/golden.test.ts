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
  // golden.slow.ts has the others.
  it.each(["wordnet-2000-defaults", "wordnet-2000-cosine", "wordnet-2000-leaf", "walks-3000-upstream"])(
    "%s",
    async (name) => {
      const golden = sharedGoldenCase(name);
      expectGolden(await hdbscan(goldenPoints(golden), golden.parameters), golden);
    },
  );
});
