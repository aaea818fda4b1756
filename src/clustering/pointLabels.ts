import { condensedTree } from "./condensedTree.js";
import { flatClustering } from "./flatClustering.js";
import { linkageTree } from "./linkageTree.js";
import type { SpanningTreeOfRows } from "./spanningTreeOfRows.js";
import type { SweepSetting } from "./sweep.js";

/**
 * The labels of the points of a clustering, from its spanning tree and its parameters.
 *
 * @param medoids the point of each label's medoid
 * @returns m: −1 for outliers; null if the tree gives other clusters than those of these medoids
 */
export function pointLabels(
  { weights, firstEnds, secondEnds, heights }: SpanningTreeOfRows,
  setting: SweepSetting,
  medoids: Int32Array,
): Int32Array | null {
  const linkage = linkageTree({ a: firstEnds, b: secondEnds, height: heights }, weights);
  const condensed = condensedTree(linkage, weights, setting.minClusterSize);
  const { home } = flatClustering(condensed, weights, setting.minClusterSize, setting);
  const labelOf = new Int32Array(condensed.clusters).fill(-1);
  for (const [label, point] of medoids.entries()) {
    const cluster = home[point] ?? -1;
    if (cluster < 0 || labelOf[cluster] >= 0) return null;
    labelOf[cluster] = label;
  }
  const labels = new Int32Array(home.length);
  for (let point = 0; point < home.length; point++) {
    const label = home[point] < 0 ? -1 : labelOf[home[point]];
    if (home[point] >= 0 && label < 0) return null;
    labels[point] = label;
  }
  return labels;
}
