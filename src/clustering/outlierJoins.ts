import { linkageTree } from "./linkageTree.js";
import type { SpanningTreeOfRows } from "./spanningTreeOfRows.js";

/** Where outliers meet clusters as distances grow. */
export interface OutlierJoins {
  /**
   * n: for each outlier the label of the cluster that it meets first, and if it meets several at once, of the largest
   * of them; −1 for other rows, and where there is no cluster.
   */
  nearestClusters: Int32Array;
  /** n: the height of the spanning tree at which it meets it; NaN where it meets none. */
  joinsAt: Float64Array;
}

/**
 * For each outlier the cluster that it meets first as distances grow, and at which distance: the lowest node of the
 * linkage tree that holds both the outlier and a member of a cluster. It is exact, and follows from the tree alone.
 *
 * @param labels n: the label of each row, from the largest cluster on; −1 for outliers
 */
export function outlierJoins(
  { points, weights, firstEnds, secondEnds, heights }: SpanningTreeOfRows,
  labels: Int32Array,
): OutlierJoins {
  const { nodes, height, firstChild, children } = linkageTree(
    { a: firstEnds, b: secondEnds, height: heights },
    weights,
  );
  const count = weights.length;
  // Per node: the least label below it, and later the lowest node above it, or itself, that holds a member.
  const least = new Int32Array(nodes).fill(-1);
  for (let row = 0; row < points.length; row++) least[points[row]] = labels[row];
  for (let node = count; node < nodes; node++) {
    for (let at = firstChild[node]; at < firstChild[node + 1]; at++) {
      const label = least[children[at]];
      if (label >= 0 && (least[node] < 0 || label < least[node])) least[node] = label;
    }
  }
  const meetsIn = new Int32Array(nodes).fill(-1);
  for (let node = nodes - 1; node >= count; node--) {
    if (least[node] >= 0) meetsIn[node] = node;
    for (let at = firstChild[node]; at < firstChild[node + 1]; at++) meetsIn[children[at]] = meetsIn[node];
  }
  const nearestClusters = new Int32Array(points.length).fill(-1);
  const joinsAt = new Float64Array(points.length).fill(Number.NaN);
  for (let row = 0; row < points.length; row++) {
    const node = meetsIn[points[row]];
    if (labels[row] >= 0 || node < 0) continue;
    nearestClusters[row] = least[node];
    joinsAt[row] = height[node];
  }
  return { nearestClusters, joinsAt };
}
