import { type SelectionParameters, selectClusters } from "./clusterSelection.js";
import { type CondensedTree, stability } from "./condensedTree.js";
import { type Membership, membership } from "./membership.js";

/**
 * The clusters that are selected from a condensed tree, and the points in them.
 *
 * @param weight m: number of rows per distinct point
 * @param minClusterSize of the condensed tree: with fewer rows there are no clusters
 */
export function flatClustering(
  condensed: CondensedTree,
  weight: Int32Array,
  minClusterSize: number,
  parameters: SelectionParameters,
): Membership {
  const chosen =
    condensed.size[0] < minClusterSize
      ? new Uint8Array(condensed.clusters)
      : selectClusters(condensed, stability(condensed, weight, Infinity), parameters);
  return membership(condensed, chosen, parameters.clusterSelectionEpsilon);
}
