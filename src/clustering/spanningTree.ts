import { distancesFrom } from "./distance.js";
import type { DistinctPoints } from "./distinctPoints.js";
import type { HdbscanParameters } from "./parameters.js";

/** A minimum spanning tree of mutual reachability: m−1 edges, ascending by height. */
export interface SpanningTree {
  a: Int32Array;
  b: Int32Array;
  height: Float64Array;
}

/**
 * Prim's algorithm over mutual reachability (Campello et al. 2015, definition 2, with distances divided by
 * alpha), the distances computed as they are needed.
 *
 * @param onPoint called with the number of points done
 */
export function spanningTree(
  points: DistinctPoints,
  core: Float64Array,
  alpha: number,
  metric: HdbscanParameters["metric"],
  onPoint: (done: number) => void,
): SpanningTree {
  const { rows, dimensions } = points;
  const m = core.length;
  const edges = Math.max(0, m - 1);
  const a = new Int32Array(edges);
  const b = new Int32Array(edges);
  const height = new Float64Array(edges);
  const distances = new Float64Array(m);
  const best = new Float64Array(m).fill(Infinity);
  const source = new Int32Array(m);
  const inTree = new Uint8Array(m);
  let current = 0;
  for (let edge = 0; edge < edges; edge++) {
    inTree[current] = 1;
    distancesFrom(rows, dimensions, current, 0, m, metric, distances);
    let next = -1;
    for (let j = 0; j < m; j++) {
      if (inTree[j] === 1) continue;
      const reach = Math.max(distances[j] / alpha, core[current], core[j]);
      if (reach < best[j]) {
        best[j] = reach;
        source[j] = current;
      }
      if (next < 0 || best[j] < best[next]) next = j;
    }
    a[edge] = source[next];
    b[edge] = next;
    height[edge] = best[next];
    current = next;
    onPoint(edge + 1);
  }
  return sortedByHeight({ a, b, height });
}

/** The edges in ascending order of height; edges of equal height stay in their order. */
export function sortedByHeight({ a, b, height }: SpanningTree): SpanningTree {
  const order = Uint32Array.from({ length: height.length }, (_, i) => i).sort(
    (i, j) => height[i] - height[j] || i - j,
  );
  const sorted = {
    a: new Int32Array(order.length),
    b: new Int32Array(order.length),
    height: new Float64Array(order.length),
  };
  for (let place = 0; place < order.length; place++) {
    sorted.a[place] = a[order[place]];
    sorted.b[place] = b[order[place]];
    sorted.height[place] = height[order[place]];
  }
  return sorted;
}

/** The sum of the heights, in ascending order. */
export function treeWeight(tree: SpanningTree): number {
  let sum = 0;
  for (const height of tree.height) sum += height;
  return sum;
}
