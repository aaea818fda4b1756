import { disjointSet, find, union } from "./disjointSet.js";
import type { SpanningTree } from "./spanningTree.js";

/**
 * The components of every level set. Nodes 0 … m−1 are the distinct points, each further node joins its
 * children at its height, and the last node is the root.
 */
export interface LinkageTree {
  /** Per node: number of rows below it, including copies. */
  size: Int32Array;
  /** Per node: the height at which it joins its children; 0 for points. */
  height: Float64Array;
  /**
   * Children of node x: children[firstChild[x] … firstChild[x + 1]), ordered by the least point below each.
   */
  firstChild: Int32Array;
  children: Int32Array;
  nodes: number;
}

/**
 * Merges all edges of equal height in one step ("in case of ties, edges must be removed simultaneously",
 * Campello et al. 2015, section 3.2). The result is therefore the same for every minimum spanning tree of one
 * graph: they all have the same components at every height.
 *
 * @param tree edges ascending by height
 * @param weight m: number of rows per distinct point
 */
export function linkageTree(tree: SpanningTree, weight: Int32Array): LinkageTree {
  const m = weight.length;
  const capacity = Math.max(1, 2 * m - 1);
  const size = new Int32Array(capacity);
  size.set(weight);
  const height = new Float64Array(capacity);
  const firstChild = new Int32Array(capacity + 1);
  const children = new Int32Array(2 * Math.max(0, m - 1));
  const leastPoint = new Int32Array(capacity);
  const part = disjointSet(m);
  // Per root of a part: its node; and while a level is merged, whether it was visited and the node that it
  // becomes.
  const nodeOf = disjointSet(m);
  for (let point = 0; point < m; point++) leastPoint[point] = point;
  const met = new Uint8Array(m);
  const becomes = new Int32Array(m).fill(-1);
  const touched = new Int32Array(2 * tree.height.length);

  let nodes = m;
  let filled = 0;
  for (let start = 0; start < tree.height.length; ) {
    let end = start;
    while (end < tree.height.length && tree.height[end] === tree.height[start]) end++;

    let touchedCount = 0;
    for (let side = 2 * start; side < 2 * end; side++) {
      const root = find(part, (side & 1) === 0 ? tree.a[side >> 1] : tree.b[side >> 1]);
      if (met[root] === 0) {
        met[root] = 1;
        touched[touchedCount++] = root;
      }
    }
    for (let edge = start; edge < end; edge++) {
      const a = find(part, tree.a[edge]);
      const b = find(part, tree.b[edge]);
      if (a !== b) union(part, a, b);
    }
    // Counts the children of each new node, then places them.
    const firstNode = nodes;
    for (let t = 0; t < touchedCount; t++) {
      const root = find(part, touched[t]);
      if (becomes[root] < 0) {
        becomes[root] = nodes;
        leastPoint[nodes] = root;
        height[nodes] = tree.height[start];
        nodes++;
      }
      firstChild[becomes[root] + 1]++;
    }
    firstChild[firstNode] = filled;
    for (let node = firstNode; node < nodes; node++) firstChild[node + 1] += firstChild[node];
    filled = firstChild[nodes];
    for (let t = touchedCount - 1; t >= 0; t--) {
      const child = nodeOf[touched[t]];
      const node = becomes[find(part, touched[t])];
      // firstChild[node + 1] counts down to firstChild[node] while children are placed.
      children[--firstChild[node + 1]] = child;
      size[node] += size[child];
    }
    // Each firstChild[node + 1] is now the start of the node's children: shift them back by one.
    for (let node = firstNode; node < nodes; node++) firstChild[node] = firstChild[node + 1];
    firstChild[nodes] = filled;
    for (let node = firstNode; node < nodes; node++) {
      const first = firstChild[node];
      if (firstChild[node + 1] - first > 2) {
        children.subarray(first, firstChild[node + 1]).sort((x, y) => leastPoint[x] - leastPoint[y]);
      } else if (leastPoint[children[first]] > leastPoint[children[first + 1]]) {
        const child = children[first];
        children[first] = children[first + 1];
        children[first + 1] = child;
      }
    }
    for (let t = 0; t < touchedCount; t++) {
      met[touched[t]] = 0;
      const root = find(part, touched[t]);
      if (becomes[root] >= 0) {
        nodeOf[root] = becomes[root];
        becomes[root] = -1;
      }
    }
    start = end;
  }
  return { size, height, firstChild, children, nodes };
}
