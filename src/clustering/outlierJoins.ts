import { type LinkageTree, linkageTree } from "./linkageTree.js";
import type { SpanningTreeOfRows } from "./spanningTreeOfRows.js";

type Tree = Pick<SpanningTreeOfRows, "weights" | "firstEnds" | "secondEnds" | "heights">;

/** Where outliers meet clusters as distances grow. */
export interface OutlierJoins {
  /**
   * m: for each outlier the label of the cluster that it meets first, and if it meets several at once, of the largest
   * of them; −1 for other points, and where there is no cluster.
   */
  nearestClusters: Int32Array;
  /** m: the height of the spanning tree at which it meets it; NaN where it meets none. */
  joinsAt: Float64Array;
}

/**
 * For each outlier the cluster that it meets first as distances grow, and at which distance: the lowest node of the
 * linkage tree that holds both the outlier and a member of a cluster. It is exact, and follows from the tree alone.
 *
 * @param labels m: the label of each point, from the largest cluster on; −1 for outliers
 */
export function outlierJoins(
  tree: Tree,
  labels: Int32Array,
  { nodes, height, firstChild, children }: LinkageTree = linkageOf(tree),
): OutlierJoins {
  const count = tree.weights.length;
  // Per node: the least label below it, and later the lowest node above it, or itself, that holds a member.
  const least = new Int32Array(nodes).fill(-1);
  least.set(labels);
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
  const nearestClusters = new Int32Array(count).fill(-1);
  const joinsAt = new Float64Array(count).fill(Number.NaN);
  for (let point = 0; point < count; point++) {
    const node = meetsIn[point];
    if (labels[point] >= 0 || node < 0) continue;
    nearestClusters[point] = least[node];
    joinsAt[point] = height[node];
  }
  return { nearestClusters, joinsAt };
}

/**
 * The distance at which all members of each cluster are joined: the height of the lowest node of the linkage tree that
 * holds them all. 0 for a cluster of copies. (A cluster that holds nearly all rows, of allowSingleCluster, may be joined
 * only by way of outliers.)
 *
 * @param labels m: the label of each point; −1 for outliers
 */
export function largestHeights(
  tree: Tree,
  labels: Int32Array,
  clusterCount: number,
  { nodes, height, firstChild, children }: LinkageTree = linkageOf(tree),
): Float64Array {
  const count = tree.weights.length;
  const leaves = new Int32Array(nodes).fill(1, 0, count);
  const parent = new Int32Array(nodes).fill(-1);
  for (let node = count; node < nodes; node++) {
    for (let at = firstChild[node]; at < firstChild[node + 1]; at++) {
      leaves[node] += leaves[children[at]];
      parent[children[at]] = node;
    }
  }
  // Per node: the place of its first leaf, where the leaves below each node are side by side.
  const place = new Int32Array(nodes);
  for (let node = nodes - 1; node >= count; node--) {
    let next = place[node];
    for (let at = firstChild[node]; at < firstChild[node + 1]; at++) {
      place[children[at]] = next;
      next += leaves[children[at]];
    }
  }
  const first = new Int32Array(clusterCount).fill(-1);
  const last = new Int32Array(clusterCount).fill(-1);
  for (let point = 0; point < count; point++) {
    const label = labels[point];
    if (label < 0) continue;
    if (first[label] < 0 || place[point] < place[first[label]]) first[label] = point;
    if (last[label] < 0 || place[point] > place[last[label]]) last[label] = point;
  }
  return Float64Array.from(first, (point, label) => {
    let node = point;
    while (place[node] + leaves[node] <= place[last[label]]) node = parent[node];
    return node < count ? 0 : height[node];
  });
}

const linkageOf = ({ weights, firstEnds, secondEnds, heights }: Tree): LinkageTree =>
  linkageTree({ a: firstEnds, b: secondEnds, height: heights }, weights);

/**
 * How many outliers meet their nearest cluster within a multiple of the largest height of its own.
 *
 * @param labels m: the label of each point, from the largest cluster on; −1 for outliers
 * @param factors the multiples
 * @returns per factor: the number of rows
 */
export function joiningCounts(
  tree: Tree,
  labels: Int32Array,
  clusterCount: number,
  factors: readonly number[],
): number[] {
  const linkage = linkageOf(tree);
  const { nearestClusters, joinsAt } = outlierJoins(tree, labels, linkage);
  const largest = largestHeights(tree, labels, clusterCount, linkage);
  const counts = factors.map(() => 0);
  for (let point = 0; point < labels.length; point++) {
    const cluster = nearestClusters[point];
    if (cluster < 0) continue;
    for (const [at, factor] of factors.entries()) {
      if (joinsAt[point] <= factor * largest[cluster]) counts[at] += tree.weights[point];
    }
  }
  return counts;
}
