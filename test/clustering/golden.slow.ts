import { describe, it } from "vitest";
import { hdbscan, resolveParameters } from "../../src/clustering/index.js";
import { expectOwn } from "./assignedRows.js";
import {
  expectGolden,
  goldenPoints,
  inlineGoldenCases,
  sharedGoldenCase,
  sharedIsHere,
} from "./goldenCases.js";
import { expectGoldenFromTree } from "./goldenFromTree.js";
import { expectSameInAnyOrder } from "./permutedRows.js";

describe.skipIf(!sharedIsHere)("golden cases on real embeddings", () => {
  it.each([
    ["wordnet-2000-alpha", 1e-9],
    ["wordnet-2000-epsilon", 1e-9],
    ["wordnet-2000-max-cluster-size", 1e-9],
    ["wordnet-2000-min-samples-1", 1e-9],
    ["wordnet-2000-raw", 1e-9],
    ["wordnet-2000-upstream", 1e-9],
    ["walks-3000-defaults", 1e-9],
    ["walks-3000-leaf", 1e-9],
    ["wordnet-10000-defaults", 1e-9],
    ["wordnet-10000-leaf", 1e-9],
    ["walks-20000-defaults", 1e-9],
    ["wordnet-20000-leaf", 1e-8],
  ])("%s, to %d", async (name, tolerance) => {
    const golden = sharedGoldenCase(name);
    const points = goldenPoints(golden);
    const result = await hdbscan(points, golden.parameters);
    expectGolden(result, golden, tolerance);
    // Each row that took part gets its own cluster, as if it had not.
    expectOwn(result, { ...points, parameters: resolveParameters(golden.parameters), blockRows: 4096 });
  });
});

describe.skipIf(!sharedIsHere)("a clustering from the spanning tree of an earlier one", () => {
  it.each([
    "wordnet-2000-alpha",
    "wordnet-2000-cosine",
    "wordnet-2000-epsilon",
    "walks-3000-defaults",
    "wordnet-10000-defaults",
  ])("%s", async (name) => {
    await expectGoldenFromTree(sharedGoldenCase(name));
  });
});

describe("a permutation of the rows permutes the result and changes nothing else", () => {
  it.each(inlineGoldenCases.map((golden) => [golden.name, golden] as const))("%s", async (_, golden) => {
    await expectSameInAnyOrder(golden, 12);
  });

  it.skipIf(!sharedIsHere).each(["wordnet-2000-raw", "walks-3000-defaults"])("%s", async (name) => {
    await expectSameInAnyOrder(sharedGoldenCase(name), 2);
  });
});
