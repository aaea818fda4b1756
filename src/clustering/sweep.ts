import { adjustedRandIndex } from "./adjustedRandIndex.js";
import type { SelectionParameters } from "./clusterSelection.js";
import { condensedTree } from "./condensedTree.js";
import { flatClustering } from "./flatClustering.js";
import { linkageTree } from "./linkageTree.js";
import { overlapsOf } from "./overlaps.js";
import type { SpanningTreeOfRows } from "./spanningTreeOfRows.js";

/** Parameters that choose clusters of a spanning tree. */
export interface SweepSetting extends SelectionParameters {
  minClusterSize: number;
}

/** What the clustering with one setting would be. */
export interface SweepPoint {
  clusterCount: number;
  /** Number of rows. */
  outlierCount: number;
  /** Number of rows; 0 where there is no cluster. */
  largestClusterSize: number;
  /** Agreement with the labels that were given, −0.5 to 1; the outliers of each count as one more cluster. */
  adjustedRandIndex: number;
}

/**
 * What clusterings of the same rows with other parameters of selection would be, from their spanning tree alone.
 *
 * @param settings within the ranges of the parameters of `hdbscan`
 * @param labels n: the label of each row in the clustering to compare with; rows of one point have one label
 * @returns a point for each setting, in their order
 */
export function sweep(
  { points, weights, firstEnds, secondEnds, heights }: SpanningTreeOfRows,
  settings: readonly SweepSetting[],
  labels: Int32Array,
): SweepPoint[] {
  const linkage = linkageTree({ a: firstEnds, b: secondEnds, height: heights }, weights);
  const labelOf = new Int32Array(weights.length);
  for (let row = 0; row < points.length; row++) labelOf[points[row]] = labels[row];
  const out = new Array<SweepPoint>(settings.length);
  // One condensed tree at a time is in memory.
  for (const minClusterSize of new Set(settings.map((setting) => setting.minClusterSize))) {
    const condensed = condensedTree(linkage, weights, minClusterSize);
    settings.forEach((setting, at) => {
      if (setting.minClusterSize !== minClusterSize) return;
      const { home } = flatClustering(condensed, weights, minClusterSize, setting);
      out[at] = {
        ...counts(home, weights, condensed.clusters),
        adjustedRandIndex: adjustedRandIndex(overlapsOf(home, labelOf, weights)),
      };
    });
  }
  return out;
}

function counts(
  home: Int32Array,
  weights: Int32Array,
  clusters: number,
): Omit<SweepPoint, "adjustedRandIndex"> {
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
