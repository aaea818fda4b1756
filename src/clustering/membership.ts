import type { CondensedTree } from "./condensedTree.js";
import { sharedArray } from "./sharedArray.js";

export interface Membership {
  /** Per distinct point: the chosen cluster that holds it, or −1. */
  home: Int32Array;
  /** Per distinct point: strength, 0 to 1; 0 for outliers. */
  probability: Float64Array;
}

/** The members of the clusters, one cluster after another, the members of each in the order of content. */
export interface Members {
  points: Int32Array;
  /** The members of cluster c are points[first[c]] … points[first[c + 1] − 1]. */
  first: Int32Array;
}

/**
 * Members of the selected clusters: the points that leave the cluster or one of its descendants, with the
 * strength λ of leaving / largest λ of the cluster (McInnes & Healy 2017, section 2.4).
 *
 * If the root is the only cluster, its members are only the points that are as dense as its core, or with an
 * epsilon those that leave at a distance below it.
 *
 * @param chosen per cluster: 1 where selected
 */
export function membership(tree: CondensedTree, chosen: Uint8Array, epsilon: number): Membership {
  const { leavesAt, leavesFrom, last, parent } = tree;
  const chosenAbove = new Int32Array(tree.clusters).fill(-1);
  for (let c = 0; c < tree.clusters; c++) {
    if (chosen[c] === 1) chosenAbove[c] = c;
    else if (c > 0) chosenAbove[c] = chosenAbove[parent[c]];
  }
  const rootThreshold = epsilon > 0 ? tree.unit / epsilon : last[0];
  const home = new Int32Array(leavesAt.length);
  const probability = sharedArray(Float64Array, leavesAt.length);
  for (let point = 0; point < leavesAt.length; point++) {
    const cluster = chosenAbove[leavesFrom[point]];
    home[point] = cluster;
    if (cluster < 0) continue;
    if (cluster === 0 && leavesAt[point] < rootThreshold) {
      home[point] = -1;
      continue;
    }
    const densest = last[cluster];
    probability[point] = densest > 0 ? Math.min(leavesAt[point], densest) / densest : 1;
  }
  return { home, probability };
}
