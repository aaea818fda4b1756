import type { HdbscanParameters } from "./parameters.js";
import type { SpanningTreeOfRows } from "./spanningTreeOfRows.js";

// Separate from the code that computes the result, so that the package's types do not depend on Node's.

export interface HdbscanResult {
  /** n: each row's cluster, from 0, numbered from the largest cluster; −1 for outliers. */
  labels: Int32Array;
  /** n: strength of membership, 0 to 1; 0 for outliers. */
  probabilities: Float64Array;
  /** n: GLOSH outlier score, 0 to 1. */
  outlierScores: Float64Array;
  /**
   * n: number of each row's distinct vector, from 0, in the order of content; equal vectors have equal
   * numbers.
   */
  distinctPoints: Int32Array;
  /**
   * Per label: the row that is the cluster's medoid. Of rows that are equal only once they are scaled or
   * reduced, it is the first in the order of content before that; of equal rows the first.
   */
  medoids: Int32Array;
  /** Per label: number of rows. */
  sizes: Int32Array;
  /**
   * Per label: 0 to 1. The root as the only cluster may exceed 1: its stability counts rows that are not its
   * members.
   */
  persistence: Float64Array;
  /** Sum of the heights of the minimum spanning tree over the distinct points. */
  treeWeight: number;
  /** From it follow clusterings with other parameters of selection: the option `spanningTree` of `hdbscan`. */
  spanningTree: SpanningTreeOfRows;
  /**
   * Number of rows that the reduction placed among the places of their nearest rows that were laid out: 0, unless it is
   * by UMAP and more than 250,000 rows are distinct.
   */
  placedRows: number;
  /** The value of every parameter, with the defaults filled in. */
  parameters: HdbscanParameters;
}

/** Facts about a run, for measurements. */
export interface RunFacts {
  distinctPoints: number;
  /** Number of pairs that the kernel computed, and number of all pairs of distinct points. */
  pairsComputed: number;
  pairs: number;
  /** Milliseconds from the start of the run to the end of each step. */
  times: Record<string, number>;
}
