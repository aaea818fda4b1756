import { type ClusterMerges, clusterMerges } from "../../clustering/clusterMerges.js";
import { type CondensedNodes, condensedNodes } from "../../clustering/condensedNodes.js";
import { type Exemplars, exemplars } from "../../clustering/exemplars.js";
import { joiningCounts, outlierJoins } from "../../clustering/outlierJoins.js";
import { labelledTree, pointLabels } from "../../clustering/pointLabels.js";
import type { SpanningTreeOfRows } from "../../clustering/spanningTreeOfRows.js";
import { type SweepPoint, type SweepSetting, sweep } from "../../clustering/sweep.js";

/** A clustering whose points are to be known from its tree. */
interface OwnClustering {
  own: SweepSetting;
  /** The tree's point of each label's medoid. */
  medoids: Int32Array;
}

/** Where some points meet clusters. */
export interface JoinsOfPoints {
  /** Per point: the label of the cluster that it meets first; −1 for a member of a cluster. */
  nearestClusters: Int32Array;
  /** Per point: the distance at which it meets it. */
  joinsAt: Float64Array;
}

/**
 * What can be computed from the spanning tree of a clustering alone, by name. Each runs on a thread, calls
 * `throwIfStopped` between its steps, and takes and returns what can be posted to a thread.
 */
export const treeAnalyses = {
  sweep: (
    tree: SpanningTreeOfRows,
    { settings, own }: { settings: SweepSetting[]; own: SweepSetting },
    throwIfStopped: () => void,
  ): SweepPoint[] => sweep(tree, settings, own, throwIfStopped),

  /** Where some of the tree's points meet clusters; null if the tree gives other clusters. */
  outlierJoins: (
    tree: SpanningTreeOfRows,
    { own, medoids, points }: OwnClustering & { points: Int32Array },
    throwIfStopped: () => void,
  ): JoinsOfPoints | null => {
    const labels = pointLabels(tree, own, medoids);
    if (labels === null) return null;
    throwIfStopped();
    const { nearestClusters, joinsAt } = outlierJoins(tree, labels);
    return {
      nearestClusters: points.map((point) => nearestClusters[point]),
      joinsAt: Float64Array.from(points, (point) => joinsAt[point]),
    };
  },

  /** How many outliers meet their cluster within each multiple of its largest height; null as `outlierJoins`. */
  joiningCounts: (
    tree: SpanningTreeOfRows,
    { own, medoids, factors }: OwnClustering & { factors: number[] },
    throwIfStopped: () => void,
  ): number[] | null => {
    const labels = pointLabels(tree, own, medoids);
    if (labels === null) return null;
    throwIfStopped();
    return joiningCounts(tree, labels, medoids.length, factors);
  },

  /** How the clusters merge; null if the tree gives other clusters. */
  merges: (
    tree: SpanningTreeOfRows,
    { own, medoids }: OwnClustering,
    throwIfStopped: () => void,
  ): ClusterMerges | null => {
    const labels = pointLabels(tree, own, medoids);
    if (labels === null) return null;
    throwIfStopped();
    return clusterMerges(tree, labels, medoids.length);
  },

  /** The clusters of the condensed tree; null if the tree gives other clusters. */
  condensedTree: (
    tree: SpanningTreeOfRows,
    { own, medoids }: OwnClustering,
    throwIfStopped: () => void,
  ): CondensedNodes | null => {
    const labelled = labelledTree(tree, own, medoids);
    if (labelled === null) return null;
    throwIfStopped();
    return condensedNodes(labelled, tree.weights);
  },

  /** The exemplars of the clusters, by the numbers of distinct vectors; null if the tree gives other clusters. */
  exemplars: (
    tree: SpanningTreeOfRows,
    { own, medoids, points }: OwnClustering & { points: Int32Array | null },
    throwIfStopped: () => void,
  ): Exemplars | null => {
    const labelled = labelledTree(tree, own, medoids);
    if (labelled === null) return null;
    throwIfStopped();
    return exemplars(labelled, medoids.length, points);
  },
};

export type TreeAnalyses = typeof treeAnalyses;
export type InputOf<Name extends keyof TreeAnalyses> = Parameters<TreeAnalyses[Name]>[1];
export type OutputOf<Name extends keyof TreeAnalyses> = ReturnType<TreeAnalyses[Name]>;
