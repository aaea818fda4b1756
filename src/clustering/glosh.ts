import type { CondensedTree } from "./condensedTree.js";

/**
 * Outlier scores (GLOSH, Campello et al. 2015, equation 8): 1 − λ of the point / largest λ of the cluster
 * that it leaves or of any of its descendants.
 *
 * @returns per distinct point, 0 (as dense as the densest part of its cluster) to 1; never NaN
 */
export function outlierScores(tree: CondensedTree): Float64Array {
  const { parent, last, leavesAt, leavesFrom } = tree;
  const densest = last.slice();
  for (let c = tree.clusters - 1; c > 0; c--) densest[parent[c]] = Math.max(densest[parent[c]], densest[c]);
  const scores = new Float64Array(leavesAt.length);
  for (let point = 0; point < leavesAt.length; point++) {
    const lambda = densest[leavesFrom[point]];
    scores[point] = lambda > 0 ? Math.max(0, 1 - leavesAt[point] / lambda) : 0;
  }
  return scores;
}
