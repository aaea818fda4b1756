import { type CondensedTree, condensedTree } from "./condensedTree.js";
import { selectedClusters } from "./flatClustering.js";
import { linkageTree } from "./linkageTree.js";
import { membership, type SelectedClusters } from "./membership.js";
import type { SpanningTreeOfRows } from "./spanningTreeOfRows.js";
import type { SweepSetting } from "./sweep.js";

/** A condensed tree, and the labels of the clusters that are selected from it. */
export interface LabelledTree {
  condensed: CondensedTree;
  selected: SelectedClusters;
  /** Per cluster of the condensed tree: its label; −1 where it was not selected. */
  labelOf: Int32Array;
  /** m: the cluster of the condensed tree that each point is a member of; −1 for outliers. */
  home: Int32Array;
}

/**
 * The condensed tree of a clustering with its labels, from its spanning tree and its parameters.
 *
 * @param medoids k: the point of each label's medoid
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
  const hasOthers = home.some((cluster) => cluster >= 0 && labelOf[cluster] < 0);
  return hasOthers ? null : { condensed, selected, labelOf, home };
}
