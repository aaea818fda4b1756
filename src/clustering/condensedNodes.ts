import { stability } from "./condensedTree.js";
import type { LabelledTree } from "./pointLabels.js";

/** The clusters of a condensed tree, parents before their children: a column for each fact, in the order of numbers. */
export interface CondensedNodes {
  /** The number of the parent; −1 for the root. */
  parents: Int32Array;
  /**
   * The distance at which the cluster appears as distances shrink: that at which its parent splits. Of the root it is the
   * distance at which all rows are joined.
   */
  birthDistances: Float64Array;
  /** The distance at which it splits, or the last of it leaves; 0 for copies, which never part. */
  deathDistances: Float64Array;
  /** Number of rows at its birth. */
  sizes: Int32Array;
  /** Σ (1 / distance at which a row leaves or is split off − 1 / birth distance), over its rows; 0 for the birth of the root. */
  stabilities: Float64Array;
  /** The label of the selected cluster that it is; −1 where it was not selected. */
  labels: Int32Array;
}

/**
 * The clusters of a condensed tree in units of distance. Where the distance at which copies leave would be 0, the least
 * other distance at which anything leaves a cluster stands for it in the stability, which stays finite.
 *
 * @param weights m: number of rows of each point
 */
export function condensedNodes(
  { condensed, labelOf }: Pick<LabelledTree, "condensed" | "labelOf">,
  weights: Int32Array,
): CondensedNodes {
  const count = weights.length === 0 ? 0 : condensed.clusters;
  const { parent, birthHeight, lastHeight, size, unit, lambdaMax } = condensed;
  // Only heights near the end of the range of float64 can take the quotient beyond it.
  const inDistances = (value: number): number => Math.min(Number.MAX_VALUE, value / unit);
  return {
    parents: parent.slice(0, count),
    birthDistances: birthHeight.slice(0, count),
    deathDistances: lastHeight.slice(0, count),
    sizes: size.slice(0, count),
    stabilities: stability(condensed, weights, lambdaMax).subarray(0, count).map(inDistances),
    labels: labelOf.slice(0, count),
  };
}
