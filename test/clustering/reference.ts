import type { HdbscanParameters } from "../../src/clustering/index.js";

export interface ReferenceResult {
  labels: number[];
  probabilities: number[];
  outlierScores: number[];
  medoids: number[];
  sizes: number[];
  persistence: number[];
  treeWeight: number;
  /** The heights of the minimum spanning tree, ascending. */
  heights: number[];
}

interface Node {
  children: Node[] | null;
  point: number;
  size: number;
  height: number;
  least: number;
}

interface Cluster {
  parent: Cluster | null;
  birth: number;
  size: number;
  kids: Cluster[];
  last: number;
  stability: number;
  finiteStability: number;
  value: number;
  chosen: boolean;
}

/**
 * HDBSCAN* in its plainest form: all distances in a matrix, Prim's algorithm, objects for nodes. It shares no code with
 * the engine.
 *
 * λ is unit / height, with a power of two in the middle of the heights as the unit: that changes no result, except
 * where sums of 1 / height would leave the range of float64.
 */
export function referenceHdbscan(
  data: Float32Array,
  dimensions: number,
  parameters: HdbscanParameters,
): ReferenceResult {
  const n = data.length / dimensions;
  const unscaled = Array.from({ length: n }, (_, i) =>
    Array.from(data.subarray(i * dimensions, (i + 1) * dimensions), (x) => x + 0),
  );
  const rows = unscaled.map((row) => {
    if (!parameters.normalize) return row;
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    return row.map((x) => Math.fround(x / length) + 0);
  });
  const compare = (p: number[], q: number[]): number => {
    const at = p.findIndex((x, c) => x !== q[c]);
    return at < 0 ? 0 : p[at] - q[at];
  };
  const points: number[][] = [];
  for (const row of rows.slice().sort(compare)) {
    const before = points.at(-1);
    if (before === undefined || compare(before, row) !== 0) points.push(row);
  }
  const of = rows.map((row) => points.findIndex((point) => compare(point, row) === 0));
  const m = points.length;
  const weight = points.map((_, p) => of.filter((q) => q === p).length);
  const distance = points.map((p) =>
    points.map((q) => {
      let sum = 0;
      for (let c = 0; c < dimensions; c++) sum += (p[c] - q[c]) * (p[c] - q[c]);
      return parameters.metric === "COSINE" ? sum / 2 : Math.sqrt(sum);
    }),
  );

  const core = points.map((_, p) => {
    const order = points.map((_, q) => q).sort((a, b) => distance[p][a] - distance[p][b]);
    let held = 0;
    for (const q of order) {
      held += weight[q];
      if (held >= parameters.minSamples) return distance[p][q];
    }
    return m > 0 ? distance[p][order[m - 1]] : 0;
  });
  const reach = (p: number, q: number) => Math.max(distance[p][q] / parameters.alpha, core[p], core[q]);

  const edges: [number, number, number][] = [];
  const inTree = new Set([0]);
  const best = points.map((_, q) => ({ height: q === 0 ? 0 : reach(0, q), from: 0 }));
  while (inTree.size < m) {
    let next = -1;
    for (let q = 0; q < m; q++) {
      if (!inTree.has(q) && (next < 0 || best[q].height < best[next].height)) next = q;
    }
    edges.push([best[next].height, best[next].from, next]);
    inTree.add(next);
    for (let q = 0; q < m; q++) {
      if (!inTree.has(q) && reach(next, q) < best[q].height) best[q] = { height: reach(next, q), from: next };
    }
  }
  edges.sort((a, b) => a[0] - b[0]);
  const middle = m > 1 ? (Math.log2(edges[0][0]) + Math.log2(edges[m - 2][0])) / 2 : 0;
  const unit = 2 ** Math.max(-1000, Math.min(1000, Math.trunc(middle)));

  // Each level at once: the parts before it, joined by its edges.
  const nodeOf: Node[] = points.map((_, p) => ({
    children: null,
    point: p,
    size: weight[p],
    height: 0,
    least: p,
  }));
  for (let i = 0; i < edges.length; ) {
    const level = edges.filter(([height]) => height === edges[i][0]);
    i += level.length;
    const groups: Set<Node>[] = [];
    for (const [, a, b] of level) {
      const touched = groups.filter((group) => group.has(nodeOf[a]) || group.has(nodeOf[b]));
      const joined = new Set<Node>([nodeOf[a], nodeOf[b], ...touched.flatMap((group) => [...group])]);
      for (const group of touched) groups.splice(groups.indexOf(group), 1);
      groups.push(joined);
    }
    for (const group of groups) {
      const children = [...group].sort((a, b) => a.least - b.least);
      const node: Node = {
        children,
        point: -1,
        size: children.reduce((sum, child) => sum + child.size, 0),
        height: level[0][0],
        least: children[0].least,
      };
      for (let p = 0; p < m; p++) if (group.has(nodeOf[p])) nodeOf[p] = node;
    }
  }

  const newCluster = (parent: Cluster | null, birth: number, size: number): Cluster => ({
    parent,
    birth,
    size,
    kids: [],
    last: 0,
    stability: 0,
    finiteStability: 0,
    value: 0,
    chosen: false,
  });
  const root = newCluster(null, 0, n);
  const clusters = [root];
  const leavesAt: number[] = Array(m).fill(0);
  const leavesFrom: Cluster[] = Array(m).fill(root);
  const pointsBelow = (node: Node): number[] =>
    node.children === null ? [node.point] : node.children.flatMap(pointsBelow);
  const stack: [Node, Cluster][] = m > 0 ? [[nodeOf[0], root]] : [];
  while (stack.length > 0) {
    const [node, cluster] = stack.pop() as [Node, Cluster];
    if (node.children === null) {
      leavesAt[node.point] = Infinity;
      leavesFrom[node.point] = cluster;
      continue;
    }
    const lambda = unit / node.height;
    const large = node.children.filter((child) => child.size >= parameters.minClusterSize);
    for (const child of node.children) {
      if (large.includes(child)) continue;
      for (const p of pointsBelow(child)) {
        leavesAt[p] = lambda;
        leavesFrom[p] = cluster;
      }
      cluster.last = Math.max(cluster.last, lambda);
    }
    if (large.length === 1) stack.push([large[0], cluster]);
    else if (large.length > 1) {
      cluster.last = Math.max(cluster.last, lambda);
      for (const child of large) {
        const kid = newCluster(cluster, lambda, child.size);
        cluster.kids.push(kid);
        clusters.push(kid);
        stack.push([child, kid]);
      }
    }
  }
  const lambdaMax = Math.max(...clusters.map(({ last }) => last)) || 1;
  for (const c of clusters) {
    if (c.parent === null) continue;
    c.parent.stability += (c.birth - c.parent.birth) * c.size;
    c.parent.finiteStability += (c.birth - c.parent.birth) * c.size;
  }
  for (let p = 0; p < m; p++) {
    const c = leavesFrom[p];
    c.stability += (leavesAt[p] - c.birth) * weight[p];
    c.finiteStability += (Math.min(leavesAt[p], lambdaMax) - c.birth) * weight[p];
  }

  const below = (c: Cluster): Cluster[] => [c, ...c.kids.flatMap(below)];
  const { allowSingleCluster, maxClusterSize, clusterSelectionEpsilon: epsilon } = parameters;
  if (n < parameters.minClusterSize) {
    // There are too few rows for a cluster.
  } else if (parameters.clusterSelectionMethod === "LEAF") {
    for (const c of clusters) c.chosen = c !== root && c.kids.length === 0;
    if (clusters.length === 1) root.chosen = allowSingleCluster;
  } else {
    for (const c of clusters.toReversed()) {
      if (c === root && !allowSingleCluster) continue;
      const valueBelow = c.kids.reduce((sum, kid) => sum + kid.value, 0);
      c.value = c.stability;
      if (
        (c.kids.length > 0 && valueBelow > c.value) ||
        (maxClusterSize !== null && c.size > maxClusterSize)
      ) {
        c.value = valueBelow;
      } else {
        for (const d of below(c)) d.chosen = false;
        c.chosen = true;
      }
    }
  }
  if (epsilon > 0 && !root.chosen) {
    const raised = new Set<Cluster>();
    for (let c of clusters.filter(({ chosen }) => chosen)) {
      while (c.parent !== null && unit / c.birth < epsilon && (c.parent !== root || allowSingleCluster))
        c = c.parent;
      raised.add(c);
    }
    for (const c of clusters) {
      c.chosen = raised.has(c);
      for (let above = c.parent; above !== null; above = above.parent)
        if (raised.has(above)) c.chosen = false;
    }
  }

  const home: (Cluster | null)[] = leavesFrom.map((c, p) => {
    let at: Cluster | null = c;
    while (at !== null && !at.chosen) at = at.parent;
    const threshold = epsilon > 0 ? unit / epsilon : root.last;
    return at === root && leavesAt[p] < threshold ? null : at;
  });
  const strength = home.map((c, p) => {
    if (c === null) return 0;
    return c.last > 0 ? Math.min(leavesAt[p], c.last) / c.last : 1;
  });
  const scores = leavesFrom.map((c, p) => {
    const top = Math.max(...below(c).map(({ last }) => last));
    return top > 0 ? Math.max(0, 1 - leavesAt[p] / top) : 0;
  });

  const found = clusters
    .filter((c) => home.includes(c))
    .map((c) => {
      const members = points.map((_, p) => p).filter((p) => home[p] === c);
      const cost = members.map((i) =>
        members.reduce((sum, j) => sum + distance[i][j] * strength[j] * weight[j], 0),
      );
      const least = Math.min(...cost);
      const medoid = members[cost.findIndex((value) => value <= least * (1 + 1e-12))];
      return { c, medoid, size: members.reduce((sum, p) => sum + weight[p], 0) };
    })
    .sort((a, b) => b.size - a.size || a.medoid - b.medoid);
  return {
    labels: of.map((p) => found.findIndex(({ c }) => c === home[p])),
    probabilities: of.map((p) => strength[p]),
    outlierScores: of.map((p) => scores[p]),
    medoids: found.map(({ medoid }) =>
      of.reduce((best, p, i) => {
        if (p !== medoid) return best;
        return best < 0 || compare(unscaled[i], unscaled[best]) < 0 ? i : best;
      }, -1),
    ),
    sizes: found.map(({ size }) => size),
    persistence: found.map(({ c, size }) => c.finiteStability / (size * lambdaMax)),
    treeWeight: edges.reduce((sum, [height]) => sum + height, 0),
    heights: edges.map(([height]) => height),
  };
}

/** Largest difference of two results, infinite if they differ in length. */
export const worstDifference = (a: ArrayLike<number>, b: number[]): number =>
  b.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(a[i] - value)),
    a.length === b.length ? 0 : Infinity,
  );
