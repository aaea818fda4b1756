import { adjustedRandIndex } from "./adjustedRandIndex.js";
import type { SelectionParameters } from "./clusterSelection.js";
import { type CondensedTree, condensedTree } from "./condensedTree.js";
import { flatClustering } from "./flatClustering.js";
import { linkageTree } from "./linkageTree.js";
import { overlapsOf } from "./overlaps.js";
import type { SpanningTreeOfRows } from "./spanningTreeOfRows.js";

/** Parameters that choose clusters of a spanning tree. */
export interface SweepSetting extends SelectionParameters {
  minClusterSize: number;
}

/** What the clustering with one setting would be. Outliers count as one more cluster where clusterings are compared. */
export interface SweepPoint {
  clusterCount: number;
  /** Number of rows. */
  outlierCount: number;
  /** Number of rows; 0 where there is no cluster. */
  largestClusterSize: number;
  /** Agreement with the clustering to compare with, −0.5 to 1. */
  adjustedRandIndex: number;
  /**
   * Agreement with the setting of the next smaller minClusterSize that is otherwise equal, −0.5 to 1; null if there is
   * none.
   */
  adjustedRandIndexToSmaller: number | null;
}

/**
 * The number of settings of one size that are looked at together, however many there are: the points' clusters of two
 * sizes are in memory for each, and one condensed tree.
 */
const AT_ONCE = 8;

/**
 * What clusterings of the same rows with other parameters of selection would be, from their spanning tree alone.
 *
 * @param settings within the ranges of the parameters of `hdbscan`
 * @param own the parameters of the clustering to compare with
 * @param betweenSteps called between steps that may each take a second for a million points; it may throw to end the
 *   work
 * @returns a point for each setting, in their order
 */
export function sweep(
  { weights, firstEnds, secondEnds, heights }: SpanningTreeOfRows,
  settings: readonly SweepSetting[],
  own: SweepSetting,
  betweenSteps: () => void = () => {},
): SweepPoint[] {
  const linkage = linkageTree({ a: firstEnds, b: secondEnds, height: heights }, weights);
  const condensedBy = (minClusterSize: number): CondensedTree => {
    betweenSteps();
    return condensedTree(linkage, weights, minClusterSize);
  };
  const homesIn = (condensed: CondensedTree, setting: SweepSetting): Int32Array => {
    betweenSteps();
    return flatClustering(condensed, weights, setting.minClusterSize, setting).home;
  };
  const ownHomes = homesIn(condensedBy(own.minClusterSize), own);
  const agreement = (from: Int32Array, to: Int32Array): number =>
    adjustedRandIndex(overlapsOf(from, to, weights));

  const out = new Array<SweepPoint>(settings.length);
  const keys = settings.map(({ minClusterSize: _, ...others }) =>
    JSON.stringify(Object.entries(others).sort()),
  );
  const sizes = [...new Set(settings.map(({ minClusterSize }) => minClusterSize))].sort((a, b) => a - b);
  const differing = [...new Set(keys)];
  for (let first = 0; first < differing.length; first += AT_ONCE) {
    const some = new Set(differing.slice(first, first + AT_ONCE));
    let smaller = new Map<string, Int32Array>();
    for (const size of sizes) {
      const condensed = condensedBy(size);
      const homes = new Map<string, Int32Array>();
      for (const [at, setting] of settings.entries()) {
        if (setting.minClusterSize !== size || !some.has(keys[at])) continue;
        const home = homesIn(condensed, setting);
        const homeBefore = smaller.get(keys[at]);
        out[at] = {
          ...counts(home, weights, condensed.clusters),
          adjustedRandIndex: agreement(home, ownHomes),
          adjustedRandIndexToSmaller: homeBefore === undefined ? null : agreement(home, homeBefore),
        };
        homes.set(keys[at], home);
      }
      smaller = homes;
    }
  }
  return out;
}

function counts(
  home: Int32Array,
  weights: Int32Array,
  clusters: number,
): Pick<SweepPoint, "clusterCount" | "outlierCount" | "largestClusterSize"> {
  const sizes = new Float64Array(clusters);
  let outlierCount = 0;
  for (let point = 0; point < home.length; point++) {
    if (home[point] < 0) outlierCount += weights[point];
    else sizes[home[point]] += weights[point];
  }
  let clusterCount = 0;
  let largestClusterSize = 0;
  for (const size of sizes) {
    if (size > 0) clusterCount++;
    largestClusterSize = Math.max(largestClusterSize, size);
  }
  return { clusterCount, outlierCount, largestClusterSize };
}
