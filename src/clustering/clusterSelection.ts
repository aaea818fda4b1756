import type { CondensedTree } from "./condensedTree.js";
import type { HdbscanParameters } from "./parameters.js";

/** The parameters that choose clusters of a condensed tree. */
export type SelectionParameters = Pick<
  HdbscanParameters,
  "clusterSelectionMethod" | "clusterSelectionEpsilon" | "maxClusterSize" | "allowSingleCluster"
>;

/**
 * Selects the flat clustering: clusters of the condensed tree of which none is a descendant of another.
 *
 * @param stability per cluster, ∞ if it contains copies that never part
 * @returns per cluster: 1 if it is selected
 */
export function selectClusters(
  tree: CondensedTree,
  stability: Float64Array,
  parameters: SelectionParameters,
): Uint8Array {
  const { clusterSelectionMethod, clusterSelectionEpsilon, allowSingleCluster } = parameters;
  const chosen =
    clusterSelectionMethod === "LEAF"
      ? leaves(tree, allowSingleCluster)
      : excessOfMass(tree, stability, parameters.maxClusterSize, allowSingleCluster);
  if (clusterSelectionEpsilon === 0 || chosen[0] === 1) return chosen;
  return mergedBelow(tree, chosen, clusterSelectionEpsilon, allowSingleCluster);
}

/** The clusters that do not split; the root only if it is allowed and does not split. */
function leaves(tree: CondensedTree, allowSingleCluster: boolean): Uint8Array {
  const chosen = new Uint8Array(tree.clusters);
  for (let c = 1; c < tree.clusters; c++) chosen[c] = tree.kids[c] === 0 ? 1 : 0;
  if (tree.clusters === 1 && allowSingleCluster) chosen[0] = 1;
  return chosen;
}

/**
 * Excess of mass (Campello et al. 2015, equation 6 and algorithm 3): from the leaves up, a cluster is
 * replaced by its descendants if these are more stable, or if the cluster is larger than maxClusterSize.
 */
function excessOfMass(
  tree: CondensedTree,
  stability: Float64Array,
  maxClusterSize: number | null,
  allowSingleCluster: boolean,
): Uint8Array {
  const { kids, firstKid, size } = tree;
  const value = stability.slice();
  const chosen = new Uint8Array(tree.clusters);
  for (let c = tree.clusters - 1; c >= (allowSingleCluster ? 0 : 1); c--) {
    let below = 0;
    for (let kid = firstKid[c]; kid < firstKid[c] + kids[c]; kid++) below += value[kid];
    const tooLarge = maxClusterSize !== null && size[c] > maxClusterSize;
    if ((kids[c] > 0 && below > value[c]) || tooLarge) value[c] = below;
    else chosen[c] = 1;
  }
  return uppermost(tree, chosen);
}

/**
 * Replaces clusters that were born at a distance below epsilon by their nearest ancestor that was not (Malzer
 * & Baum 2020, "A hybrid approach to hierarchical density-based cluster selection"); by the root only if it
 * is allowed.
 */
function mergedBelow(
  tree: CondensedTree,
  chosen: Uint8Array,
  epsilon: number,
  allowSingleCluster: boolean,
): Uint8Array {
  const { parent, birth, unit } = tree;
  const raised = new Uint8Array(tree.clusters);
  for (let c = 1; c < tree.clusters; c++) {
    if (chosen[c] === 0) continue;
    let at = c;
    while (at !== 0 && unit / birth[at] < epsilon) {
      if (parent[at] === 0 && !allowSingleCluster) break;
      at = parent[at];
    }
    raised[at] = 1;
  }
  return uppermost(tree, raised);
}

/** The marked clusters that have no marked ancestor. */
function uppermost(tree: CondensedTree, marked: Uint8Array): Uint8Array {
  const covered = new Uint8Array(tree.clusters);
  const out = new Uint8Array(tree.clusters);
  for (let c = 0; c < tree.clusters; c++) {
    const above = c > 0 && covered[tree.parent[c]] === 1;
    out[c] = marked[c] === 1 && !above ? 1 : 0;
    covered[c] = above || marked[c] === 1 ? 1 : 0;
  }
  return out;
}
