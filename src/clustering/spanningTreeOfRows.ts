// Separate from the code that computes it, so that the package's types do not depend on Node's.

/**
 * What a clustering finds out about its rows, whatever is then selected: the minimum spanning tree of mutual
 * reachability over its points. From it follow the clusterings of the same rows with any other minClusterSize,
 * clusterSelectionMethod, clusterSelectionEpsilon, maxClusterSize and allowSingleCluster, without computing the
 * distances of all pairs again.
 *
 * Points are the distinct rows in the order of their content; with a reduction, the distinct reduced rows. Of several
 * minimum spanning trees it is any; all have the same heights, and the same components at each height.
 */
export interface SpanningTreeOfRows {
  /** n: the number of each row's point, from 0 to m − 1. */
  points: Int32Array;
  /** m: number of rows that are each point. */
  weights: Int32Array;
  /** m: the core distance of each point. */
  coreDistances: Float64Array;
  /** m − 1: the one point of each edge, and the other. */
  firstEnds: Int32Array;
  secondEnds: Int32Array;
  /** m − 1: the mutual reachability of the points of each edge, ascending. */
  heights: Float64Array;
}
