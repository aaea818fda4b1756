import type { HdbscanParameters } from "./parameters.js";

// Apart from what computes it, so that the types of the package need none of Node's.

export interface HdbscanResult {
  /** n: each row's cluster, from 0, the largest first; −1 for outliers. */
  labels: Int32Array;
  /** n: strength of membership, 0 to 1; 0 for outliers. */
  probabilities: Float64Array;
  /** n: GLOSH, 0 to 1. */
  outlierScores: Float64Array;
  /** n: number of each row's distinct vector, from 0 in the order of content: equal numbers, equal vectors. */
  distinctPoints: Int32Array;
  /** Per label: the row that is its medoid; of equal rows the first. */
  medoids: Int32Array;
  /** Per label: rows. */
  sizes: Int32Array;
  /** Per label: 0 to 1; the root as the only cluster may exceed 1, as it gives up rows that its stability counts. */
  persistence: Float64Array;
  /** Sum of the heights of the minimum spanning tree over the distinct points. */
  treeWeight: number;
  /** Every effective value, the defaults resolved. */
  parameters: HdbscanParameters;
}

/** What a run did, for those who measure it. */
export interface RunFacts {
  distinctPoints: number;
  /** Pairs that were computed by the kernel, and all pairs of distinct points. */
  pairsComputed: number;
  pairs: number;
  /** Milliseconds from the start to the end of each step. */
  times: Record<string, number>;
}
