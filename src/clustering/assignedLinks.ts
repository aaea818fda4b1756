import { labelledTree } from "./pointLabels.js";
import type { SpanningTreeOfRows } from "./spanningTreeOfRows.js";
import type { SweepSetting } from "./sweep.js";

/** How rows that took no part in a clustering are tied to its points. */
export interface Links {
  /** Per row: the number of the point that is nearest by mutual reachability. */
  points: Int32Array;
  /** Per row: that mutual reachability; 0 for a copy of the point. */
  heights: Float64Array;
}

/** Where rows belong in a clustering in which they took no part. */
interface AssignedRows {
  /** Per row: the label of its cluster; −1 for an outlier. */
  labels: Int32Array;
  /** Per row: the strength of its membership, 0 to 1; 0 for an outlier. */
  probabilities: Float64Array;
}

/**
 * Assigns rows that took no part in a clustering to its clusters. Each is taken as one more leaf of the linkage tree,
 * joined to its point at the height of the link; the tree and its clusters stay as they are. A row that is joined before
 * its point leaves a cluster leaves it with the point; a later one leaves the cluster that holds the point at that
 * height. Copies of a point never part from it, so that they get what the point has.
 *
 * @param medoids the point of each label's medoid
 * @returns null if the tree gives other clusters than those of these medoids
 */
export function assignedLinks(
  tree: SpanningTreeOfRows,
  setting: SweepSetting,
  medoids: Int32Array,
  { points, heights }: Links,
): AssignedRows | null {
  const labelled = labelledTree(tree, setting, medoids);
  if (labelled === null) return null;
  const { condensed, selected, labelOf } = labelled;
  const { unit, parent, birth, leavesFrom, leavesAt } = condensed;
  const labels = new Int32Array(points.length).fill(-1);
  const probabilities = new Float64Array(points.length);
  for (const [row, point] of points.entries()) {
    let cluster = leavesFrom[point];
    let lambda = unit / heights[row];
    if (lambda >= leavesAt[point]) lambda = leavesAt[point];
    else while (cluster > 0 && lambda <= birth[cluster]) cluster = parent[cluster];
    const home = selected.home(cluster, lambda);
    if (home >= 0) labels[row] = labelOf[home];
    probabilities[row] = selected.strength(home, lambda);
  }
  return { labels, probabilities };
}
