import type { LabelledTree } from "./pointLabels.js";

/** How much a point belongs to a cluster. */
export interface Share {
  label: number;
  /** 0 to 1. */
  share: number;
}

/**
 * How much points belong to each of the clusters, and how much to none: soft clustering as the package hdbscan defines it
 * (`all_points_membership_vectors`, version 0.8.44; McInnes, "How Soft Clustering for HDBSCAN Works",
 * https://hdbscan.readthedocs.io/en/latest/soft_clustering_explanation.html).
 *
 * The shares of a point in the clusters are in proportion to exp(exp(−M / h)) / d, where d is the distance to the nearest
 * exemplar of the cluster, h is the λ at which point and cluster meet in the condensed tree, and M is the largest λ at
 * which anything leaves the cluster of the tree that the point leaves. Their sum is H / max(L, λ), where H is the largest h,
 * L is the largest λ at which anything leaves the cluster that has it, and λ is where the point itself leaves: of a member
 * it is the strength of its membership. The rest, to 1, is noise.
 *
 * It differs in three points. If several clusters have the largest h, which hdbscan decides by the order of the rows, it
 * is the largest cluster that counts. Copies, which never part, give hdbscan ∞ / ∞: here they count as if they left with
 * the last of the others. And hdbscan adds 10⁻⁸ to M, whatever the unit of distance is.
 */
export class SoftMembership {
  readonly #tree: LabelledTree;
  /** Per label: the cluster of the condensed tree. */
  readonly #clusters: Int32Array;
  /**
   * Per cluster of the condensed tree: λ at which it meets the cluster that a point leaves; ∞ where the point's own λ
   * counts, because one of the two holds the other.
   */
  readonly #meetsAt: Float64Array;
  #meets = -1;

  constructor(tree: LabelledTree, labels: number) {
    this.#tree = tree;
    this.#clusters = new Int32Array(labels);
    for (const [cluster, label] of tree.labelOf.entries()) if (label >= 0) this.#clusters[label] = cluster;
    this.#meetsAt = new Float64Array(tree.condensed.clusters);
  }

  /**
   * The shares of a point in the clusters that it belongs to most, greatest first, equal ones by label.
   *
   * @param distances per label: the distance to the nearest exemplar
   * @param limit how many, 1 or more
   */
  sharesOf(point: number, distances: Float64Array, limit: number): Share[] {
    const { leavesAt, leavesFrom, last } = this.#tree.condensed;
    const own = leavesFrom[point];
    const leaves = leavesAt[point];
    this.#meetOf(own);
    const clusters = this.#clusters;
    if (clusters.length === 0) return [];
    let nearest = 0;
    let highest = -1;
    let closest = Infinity;
    for (let label = 0; label < clusters.length; label++) {
      const height = Math.min(this.#meetsAt[clusters[label]], leaves);
      if (height > highest) {
        highest = height;
        nearest = label;
      }
      closest = Math.min(closest, distances[label]);
    }
    const most = Math.max(last[clusters[nearest]], leaves);
    const inSome = highest === most ? 1 : highest / most;

    const weights = new Float64Array(clusters.length);
    let sum = 0;
    for (let label = 0; label < clusters.length; label++) {
      const meets = this.#meetsAt[clusters[label]];
      // Where nothing but copies is in the tree's cluster, these leave it at ∞ alone.
      const ratio =
        last[own] > 0 ? last[own] / Math.min(meets, leaves, last[own]) : meets === Infinity ? 1 : Infinity;
      // Distances are divided by the least, so that no reciprocal leaves the range of float64: 0 / 0 is of an exemplar.
      const nearness = distances[label] === closest ? 1 : closest / distances[label];
      weights[label] = Math.exp(Math.exp(-ratio)) * nearness;
      sum += weights[label];
    }
    return largest(weights, limit).map((label) => ({ label, share: (inSome * weights[label]) / sum }));
  }

  #meetOf(cluster: number): void {
    if (this.#meets === cluster) return;
    this.#meets = cluster;
    const { clusters, parent, birth } = this.#tree.condensed;
    const isAbove = new Uint8Array(clusters);
    for (let at = cluster; at >= 0; at = parent[at]) isAbove[at] = 1;
    for (let at = 0; at < clusters; at++) {
      if (isAbove[at] === 1 || parent[at] === cluster) this.#meetsAt[at] = Infinity;
      else if (isAbove[parent[at]] === 1) this.#meetsAt[at] = birth[at];
      else this.#meetsAt[at] = this.#meetsAt[parent[at]];
    }
  }
}

/** The places of the largest values, largest first, equal ones in the order of their places. */
function largest(values: Float64Array, limit: number): number[] {
  const found: number[] = [];
  for (let place = 0; place < values.length; place++) {
    const value = values[place];
    let at = found.length;
    while (at > 0 && values[found[at - 1]] < value) at--;
    if (at === limit) continue;
    if (found.length === limit) found.pop();
    found.splice(at, 0, place);
  }
  return found;
}
