import { expect } from "vitest";
import { hdbscan, resolveParameters } from "../../src/clustering/index.js";
import { expectGolden, type GoldenCase, goldenPoints } from "./goldenCases.js";
import { withoutEnds } from "./withoutEnds.js";

/** Clusters with other parameters first, then from that spanning tree, for which no distance may be computed. */
export async function expectGoldenFromTree(golden: GoldenCase): Promise<void> {
  const given = goldenPoints(golden);
  const rows = given.data.length / given.dimensions;
  const { minSamples } = resolveParameters(golden.parameters);
  const parameters = { ...golden.parameters, minSamples: Math.min(minSamples, rows) };
  const other = { ...parameters, minClusterSize: 2, maxClusterSize: null, clusterSelectionEpsilon: 0 };
  const { spanningTree } = await hdbscan(given, other);
  const progress: string[] = [];
  const result = await hdbscan(given, {
    ...parameters,
    spanningTree,
    onProgress: ({ stage }) => {
      progress.push(stage);
    },
    onFacts: ({ pairsComputed }) => expect(pairsComputed).toBe(0),
  });
  expectGolden(result, golden);
  expect(progress).not.toContain("NEIGHBOURS");
  expect(withoutEnds(result)).toEqual(withoutEnds(await hdbscan(given, parameters)));
}
