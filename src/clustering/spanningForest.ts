import type { CandidateEdges } from "./candidateEdges.js";
import { disjointSet, find } from "./disjointSet.js";
import { distanceOf } from "./distance.js";
import type { QuantisedRows } from "./quantisedRows.js";

/** Edges between places, ascending by exact height; each joins two trees of the edges before it. */
export interface SpanningForest {
  count: number;
  a: Int32Array;
  b: Int32Array;
  height: Float64Array;
}

/**
 * Kruskal's algorithm over edges of which only lower bounds are known. When an edge's bound is the next
 * lowest and its ends are in different trees, its exact height is computed. It then waits in a heap until no
 * bound is below its height, and is added if its ends are still in different trees. An edge whose ends were
 * joined below its bound can never be in the tree, whatever its height.
 */
export function spanningForest(
  rows: QuantisedRows,
  core: Float64Array,
  alpha: number,
  edges: CandidateEdges,
  known: SpanningForest | null = null,
): SpanningForest {
  const { count, dimensions, pointAt, metric } = rows;
  const size = Math.max(0, count - 1);
  const forest: SpanningForest = {
    count: 0,
    a: new Int32Array(size),
    b: new Int32Array(size),
    height: new Float64Array(size),
  };
  const part = disjointSet(count);
  const order = edges.sorted();
  const waiting = new EdgeHeap();
  let next = 0;
  let nextKnown = 0;
  const knownCount = known?.count ?? 0;
  const join = (a: number, b: number, height: number): void => {
    const rootA = find(part, a);
    const rootB = find(part, b);
    if (rootA === rootB) return;
    part[rootA] = rootB;
    forest.a[forest.count] = a;
    forest.b[forest.count] = b;
    forest.height[forest.count++] = height;
  };
  while (forest.count < size) {
    const bound = next < order.length ? edges.atLeast(order[next]) : Infinity;
    const exact = waiting.least;
    const old = nextKnown < knownCount ? (known as SpanningForest).height[nextKnown] : Infinity;
    if (old <= exact && old <= bound && nextKnown < knownCount) {
      const { a, b } = known as SpanningForest;
      join(a[nextKnown], b[nextKnown], old);
      nextKnown++;
    } else if (exact <= bound && waiting.size > 0) {
      join(waiting.a, waiting.b, exact);
      waiting.pop();
    } else if (next < order.length) {
      const edge = order[next++];
      const a = edges.a[edge];
      const b = edges.b[edge];
      if (find(part, a) === find(part, b)) continue;
      const greaterCore = Math.max(core[a], core[b]);
      if (edges.isCore[edge] === 1) waiting.push(greaterCore, a, b);
      else {
        const distance = distanceOf(rows.rows, dimensions, pointAt[a], pointAt[b], metric);
        waiting.push(Math.max(distance / alpha, greaterCore), a, b);
      }
    } else break;
  }
  return forest;
}

/** A binary heap of edges, the least height on top. */
class EdgeHeap {
  size = 0;
  #height = new Float64Array(64);
  #a = new Int32Array(64);
  #b = new Int32Array(64);

  get least(): number {
    return this.size > 0 ? this.#height[0] : Infinity;
  }
  get a(): number {
    return this.#a[0];
  }
  get b(): number {
    return this.#b[0];
  }

  push(height: number, a: number, b: number): void {
    if (this.size === this.#height.length) this.#grow();
    let at = this.size++;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#height[above] <= height) break;
      this.#move(above, at);
      at = above;
    }
    this.#put(at, height, a, b);
  }

  pop(): void {
    const last = --this.size;
    const height = this.#height[last];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#height[child + 1] < this.#height[child]) child++;
      if (this.#height[child] >= height) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, height, this.#a[last], this.#b[last]);
  }

  #put(at: number, height: number, a: number, b: number): void {
    this.#height[at] = height;
    this.#a[at] = a;
    this.#b[at] = b;
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#height[from], this.#a[from], this.#b[from]);
  }

  #grow(): void {
    const grow = <T extends Float64Array | Int32Array>(old: T, larger: T): T => {
      larger.set(old);
      return larger;
    };
    this.#height = grow(this.#height, new Float64Array(2 * this.size));
    this.#a = grow(this.#a, new Int32Array(2 * this.size));
    this.#b = grow(this.#b, new Int32Array(2 * this.size));
  }
}
