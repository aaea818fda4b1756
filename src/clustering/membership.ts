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
 * The selected clusters, to which what leaves a cluster of the condensed tree belongs if that is one of them or a
 * descendant, with the strength λ of leaving / largest λ of the cluster (McInnes & Healy 2017, section 2.4).
 *
 * If the root is the only cluster, only what is as dense as its core belongs to it, or with an epsilon what leaves at a
 * distance below it.
 */
export class SelectedClusters {
  readonly #tree: CondensedTree;
  readonly #chosenAbove: Int32Array;
  readonly #rootThreshold: number;

  /** @param chosen per cluster: 1 where selected */
  constructor(tree: CondensedTree, chosen: Uint8Array, epsilon: number) {
    this.#tree = tree;
    this.#chosenAbove = new Int32Array(tree.clusters).fill(-1);
    for (let c = 0; c < tree.clusters; c++) {
      if (chosen[c] === 1) this.#chosenAbove[c] = c;
      else if (c > 0) this.#chosenAbove[c] = this.#chosenAbove[tree.parent[c]];
    }
    this.#rootThreshold = epsilon > 0 ? tree.unit / epsilon : tree.last[0];
  }

  /** The selected cluster to which that belongs which leaves a cluster at λ, or −1. */
  home(cluster: number, lambda: number): number {
    const home = this.#chosenAbove[cluster];
    return home === 0 && lambda < this.#rootThreshold ? -1 : home;
  }

  /** How strongly that belongs to its selected cluster which leaves it, or a descendant, at λ; 0 for an outlier. */
  strength(home: number, lambda: number): number {
    if (home < 0) return 0;
    const densest = this.#tree.last[home];
    return densest > 0 ? Math.min(lambda, densest) / densest : 1;
  }
}

/** Members of the selected clusters. */
export function membership({ leavesAt, leavesFrom }: CondensedTree, selected: SelectedClusters): Membership {
  const home = new Int32Array(leavesAt.length);
  const probability = sharedArray(Float64Array, leavesAt.length);
  for (let point = 0; point < leavesAt.length; point++) {
    home[point] = selected.home(leavesFrom[point], leavesAt[point]);
    probability[point] = selected.strength(home[point], leavesAt[point]);
  }
  return { home, probability };
}
