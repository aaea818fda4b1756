import { type CondensedTree, condensedTree } from "./condensedTree.js";
import { selectedClusters } from "./flatClustering.js";
import { linkageTree } from "./linkageTree.js";
import { membership, type SelectedClusters } from "./membership.js";
import type { SpanningTreeOfRows } from "./spanningTreeOfRows.js";
import type { SweepSetting } from "./sweep.js";

/** A clustering as its spanning tree and parameters give it. */
export interface LabelledTree {
  condensed: CondensedTree;
  selected: SelectedClusters;
  /** Per point: the cluster of the condensed tree that holds it, or −1. */
  home: Int32Array;
  /** Per cluster of the condensed tree: its label; −1 for those without. */
  labelOf: Int32Array;
}

/**
 * The clusters of a clustering in its condensed tree, with their labels.
 *
 * @param medoids the point of each label's medoid
 * @returns null if the tree gives other clusters than those of these medoids
 */
export function labelledTree(
  { weights, firstEnds, secondEnds, heights }: SpanningTreeOfRows,
  setting: SweepSetting,
  medoids: Int32Array,
): LabelledTree | null {
  const linkage = linkageTree({ a: firstEnds, b: secondEnds, height: heights }, weights);
  const condensed = condensedTree(linkage, weights, setting.minClusterSize);
  const selected = selectedClusters(condensed, weights, setting.minClusterSize, setting);
  const { home } = membership(condensed, selected);
  const labelOf = new Int32Array(condensed.clusters).fill(-1);
  for (const [label, point] of medoids.entries()) {
    const cluster = home[point] ?? -1;
    if (cluster < 0 || labelOf[cluster] >= 0) return null;
    labelOf[cluster] = label;
  }
  for (const cluster of home) if (cluster >= 0 && labelOf[cluster] < 0) return null;
  return { condensed, selected, home, labelOf };
}

/**
 * The labels of the points of a clustering, from its spanning tree and its parameters.
 *
 * @param medoids the point of each label's medoid
 * @returns m: −1 for outliers; null if the tree gives other clusters than those of these medoids
 */
export function pointLabels(
  tree: SpanningTreeOfRows,
  setting: SweepSetting,
  medoids: Int32Array,
): Int32Array | null {
  const labelled = labelledTree(tree, setting, medoids);
  if (labelled === null) return null;
  return labelled.home.map((cluster) => (cluster < 0 ? -1 : labelled.labelOf[cluster]));
}
