import type { LinkageTree } from "./linkageTree.js";

/**
 * The condensed tree (Campello et al. 2015, section 4.1; McInnes & Healy 2017, section 2.3): clusters that
 * split into clusters, and points that leave them. λ is unit / height. The unit is 1, unless heights are so
 * far from 1 that sums of λ would leave the range of float64.
 *
 * Cluster 0 is the root. A cluster's number is greater than its parent's, and the children of one cluster
 * have consecutive numbers, so that one pass up or down the numbers traverses every subtree.
 */
export interface CondensedTree {
  clusters: number;
  /** A power of two. */
  unit: number;
  /** Per cluster: the number of its parent; −1 for the root. */
  parent: Int32Array;
  /** Per cluster: λ at which it splits off; 0 for the root. */
  birth: Float64Array;
  /**
   * Per cluster: the height at which it splits off, of the root that of the last node; and the height at which the last of
   * it leaves or it splits, 0 for copies.
   */
  birthHeight: Float64Array;
  lastHeight: Float64Array;
  /** Per cluster: number of rows at its birth. */
  size: Int32Array;
  /** Children of c: firstKid[c] … firstKid[c] + kids[c] − 1. */
  firstKid: Int32Array;
  kids: Int32Array;
  /**
   * Per distinct point: the cluster that it leaves, and the λ at which it leaves; ∞ for copies, which never
   * part.
   */
  leavesFrom: Int32Array;
  leavesAt: Float64Array;
  /** Per cluster: the largest finite λ at which something leaves it; 0 where nothing does. */
  last: Float64Array;
  /**
   * The largest value of `last`, or 1 if all are 0. It replaces λ = ∞ of copies where a reported value must
   * be finite.
   */
  lambdaMax: number;
}

/**
 * Walks the linkage tree from its root: a child with fewer than minClusterSize rows leaves the cluster, a
 * single larger child continues the cluster, and two or more larger children are new clusters.
 *
 * Copies of one point never part: they leave at λ = ∞.
 */
export function condensedTree(tree: LinkageTree, weight: Int32Array, minClusterSize: number): CondensedTree {
  const m = weight.length;
  const rows = weight.reduce((sum, w) => sum + w, 0);
  // Sibling clusters are disjoint, so at most rows / minClusterSize clusters have no children, and every
  // other one but the root has at least two.
  const capacity = 2 * Math.floor(rows / minClusterSize) + 1;
  const parent = new Int32Array(capacity).fill(-1);
  const birth = new Float64Array(capacity);
  const birthHeight = new Float64Array(capacity);
  const lastHeight = new Float64Array(capacity);
  const size = new Int32Array(capacity);
  const firstKid = new Int32Array(capacity);
  const kids = new Int32Array(capacity);
  const last = new Float64Array(capacity);
  const leavesAt = new Float64Array(m);
  const leavesFrom = new Int32Array(m);
  size[0] = rows;
  let clusters = 1;

  const { firstChild, children } = tree;
  const unit = heightUnit(tree, m);
  const stack: number[] = [];
  const clusterOf: number[] = [];
  if (m > 0) {
    stack.push(tree.nodes - 1);
    clusterOf.push(0);
    birthHeight[0] = tree.height[tree.nodes - 1];
  }
  const below: number[] = [];
  while (stack.length > 0) {
    const node = stack.pop() as number;
    const cluster = clusterOf.pop() as number;
    if (node < m) {
      leavesAt[node] = Infinity;
      leavesFrom[node] = cluster;
      lastHeight[cluster] = 0;
      continue;
    }
    lastHeight[cluster] = tree.height[node];
    const lambda = unit / tree.height[node];
    let large = 0;
    let onlyLarge = -1;
    for (let at = firstChild[node]; at < firstChild[node + 1]; at++) {
      const child = children[at];
      if (tree.size[child] >= minClusterSize) {
        large++;
        onlyLarge = child;
        continue;
      }
      last[cluster] = Math.max(last[cluster], lambda);
      below.push(child);
      while (below.length > 0) {
        const leaving = below.pop() as number;
        if (leaving < m) {
          leavesAt[leaving] = lambda;
          leavesFrom[leaving] = cluster;
        } else {
          for (let inner = firstChild[leaving]; inner < firstChild[leaving + 1]; inner++)
            below.push(children[inner]);
        }
      }
    }
    if (large === 1) {
      stack.push(onlyLarge);
      clusterOf.push(cluster);
    } else if (large > 1) {
      last[cluster] = Math.max(last[cluster], lambda);
      firstKid[cluster] = clusters;
      kids[cluster] = large;
      for (let at = firstChild[node]; at < firstChild[node + 1]; at++) {
        const child = children[at];
        if (tree.size[child] < minClusterSize) continue;
        parent[clusters] = cluster;
        birth[clusters] = lambda;
        birthHeight[clusters] = tree.height[node];
        size[clusters] = tree.size[child];
        stack.push(child);
        clusterOf.push(clusters);
        clusters++;
      }
    }
  }
  let lambdaMax = 0;
  for (let c = 0; c < clusters; c++) lambdaMax = Math.max(lambdaMax, last[c]);
  return {
    clusters,
    unit,
    parent: parent.subarray(0, clusters),
    birth: birth.subarray(0, clusters),
    birthHeight: birthHeight.subarray(0, clusters),
    lastHeight: lastHeight.subarray(0, clusters),
    size: size.subarray(0, clusters),
    firstKid: firstKid.subarray(0, clusters),
    kids: kids.subarray(0, clusters),
    leavesAt,
    leavesFrom,
    last: last.subarray(0, clusters),
    lambdaMax: lambdaMax === 0 ? 1 : lambdaMax,
  };
}

/** Heights between 2^−900 and 2^900 are not scaled: no sum of λ over 2³¹ rows leaves the range of float64. */
const ORDINARY = 900;

/** The exponents of the powers of two that float64 represents without loss of precision. */
const LEAST_POWER = -1022;
const MOST_POWER = 1023;

/** The number that is divided by heights: 1, or a power of two in the middle of their range. */
function heightUnit({ height, nodes }: LinkageTree, points: number): number {
  if (nodes === points) return 1;
  const least = Math.log2(height[points]);
  const most = Math.log2(height[nodes - 1]);
  if (least >= -ORDINARY && most <= ORDINARY) return 1;
  return 2 ** Math.max(LEAST_POWER, Math.min(MOST_POWER, Math.round((least + most) / 2)));
}

/**
 * Stability of each cluster (Campello et al. 2015, equation 3): Σ (λ at which a row leaves − λ of birth).
 *
 * @param atZeroDistance λ for copies, which never part: ∞ for the selection, `lambdaMax` for reported values
 */
export function stability(tree: CondensedTree, weight: Int32Array, atZeroDistance: number): Float64Array {
  const { birth, parent, size, leavesAt, leavesFrom } = tree;
  const out = new Float64Array(tree.clusters);
  for (let c = 1; c < tree.clusters; c++) out[parent[c]] += (birth[c] - birth[parent[c]]) * size[c];
  for (let point = 0; point < leavesAt.length; point++) {
    const cluster = leavesFrom[point];
    out[cluster] += (Math.min(leavesAt[point], atZeroDistance) - birth[cluster]) * weight[point];
  }
  return out;
}
