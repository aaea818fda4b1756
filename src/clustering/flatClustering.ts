import { type SelectionParameters, selectClusters } from "./clusterSelection.js";
import { type CondensedTree, stability } from "./condensedTree.js";
import { type Membership, membership, SelectedClusters } from "./membership.js";

/**
 * The clusters that are selected from a condensed tree.
 *
 * @param weight m: number of rows per distinct point
 * @param minClusterSize of the condensed tree: with fewer rows there are no clusters
 */
export function selectedClusters(
  condensed: CondensedTree,
  weight: Int32Array,
  minClusterSize: number,
  parameters: SelectionParameters,
): SelectedClusters {
  const chosen =
    condensed.size[0] < minClusterSize
      ? new Uint8Array(condensed.clusters)
      : selectClusters(condensed, stability(condensed, weight, Infinity), parameters);
  return new SelectedClusters(condensed, chosen, parameters.clusterSelectionEpsilon);
}

/** The same, and the points in them. */
export const flatClustering = (
  condensed: CondensedTree,
  weight: Int32Array,
  minClusterSize: number,
  parameters: SelectionParameters,
): Membership => membership(condensed, selectedClusters(condensed, weight, minClusterSize, parameters));
