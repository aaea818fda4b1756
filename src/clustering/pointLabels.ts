import { labelledTree } from "./labelledTree.js";
import type { SpanningTreeOfRows } from "./spanningTreeOfRows.js";
import type { SweepSetting } from "./sweep.js";

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
  const { home, labelOf } = labelled;
  return home.map((cluster) => (cluster < 0 ? -1 : labelOf[cluster]));
}
