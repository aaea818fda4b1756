import fc from "fast-check";
import type { HdbscanParameters } from "../../src/clustering/index.js";

/** The parameters on which a spanning tree depends, besides whether rows are scaled. */
export const anyOfTree = fc.record({
  minSamples: fc.integer({ min: 1, max: 6 }),
  alpha: fc.constantFrom(1, 1, 0.7, 1.3),
  metric: fc.constantFrom<HdbscanParameters["metric"]>("EUCLIDEAN", "EUCLIDEAN", "COSINE"),
});

/** The parameters that select clusters from a tree. */
export const anySelection = fc
  .record({
    minClusterSize: fc.integer({ min: 2, max: 9 }),
    clusterSelectionMethod: fc.constantFrom("EXCESS_OF_MASS" as const, "LEAF" as const),
    clusterSelectionEpsilon: fc.constantFrom(0, 0, 0.3, 1, 2),
    beyondSmallest: fc.option(fc.nat(8), { freq: 3 }),
    allowSingleCluster: fc.boolean(),
  })
  .map(({ beyondSmallest, ...others }) => ({
    ...others,
    maxClusterSize:
      beyondSmallest === null || others.clusterSelectionMethod === "LEAF"
        ? null
        : others.minClusterSize + beyondSmallest,
  }));
