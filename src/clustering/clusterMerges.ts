import { linkageTree } from "./linkageTree.js";
import type { SpanningTreeOfRows } from "./spanningTreeOfRows.js";

/**
 * How clusters merge as the distance grows, in the form of SciPy's linkage matrices: the k clusters have the numbers 0 to
 * k − 1, and what the i-th merge makes has the number k + i.
 */
export interface ClusterMerges {
  /** k − 1: the two that merge, the smaller number as the first. */
  first: Int32Array;
  second: Int32Array;
  /** k − 1: the height of the spanning tree at which they merge; never falls. */
  distances: Float64Array;
  /** k − 1: number of clusters in what the merge makes. */
  sizes: Int32Array;
}

/**
 * The merges of clusters: two are together from the lowest node of the linkage tree on that holds members of both.
 * Clusters that meet at one distance in one place merge one after another, the smaller numbers first.
 *
 * @param labels m: the label of each point; −1 for outliers, which are no clusters and take no part
 * @param clusterCount k: number of labels
 */
export function clusterMerges(
  {
    weights,
    firstEnds,
    secondEnds,
    heights,
  }: Pick<SpanningTreeOfRows, "weights" | "firstEnds" | "secondEnds" | "heights">,
  labels: Int32Array,
  clusterCount: number,
): ClusterMerges {
  const linkage = linkageTree({ a: firstEnds, b: secondEnds, height: heights }, weights);
  const { nodes, height, firstChild, children } = linkage;
  const merges = Math.max(0, clusterCount - 1);
  const out: ClusterMerges = {
    first: new Int32Array(merges),
    second: new Int32Array(merges),
    distances: new Float64Array(merges),
    sizes: new Int32Array(merges),
  };
  const sizeOf = new Int32Array(clusterCount + merges).fill(1, 0, clusterCount);
  // Per node: the number of what its clusters have merged to; −1 where it holds no member. The members of one cluster
  // are together in a node that holds no member of another one.
  const holds = new Int32Array(nodes).fill(-1);
  holds.set(labels);
  let made = 0;
  for (let node = labels.length; node < nodes; node++) {
    const below = new Set(
      children.subarray(firstChild[node], firstChild[node + 1]).map((child) => holds[child]),
    );
    below.delete(-1);
    const [least, ...others] = [...below].sort((a, b) => a - b);
    if (least === undefined) continue;
    let current = least;
    for (const other of others) {
      out.first[made] = Math.min(current, other);
      out.second[made] = Math.max(current, other);
      out.distances[made] = height[node];
      out.sizes[made] = sizeOf[current] + sizeOf[other];
      current = clusterCount + made;
      sizeOf[current] = out.sizes[made];
      made++;
    }
    holds[node] = current;
  }
  return out;
}
