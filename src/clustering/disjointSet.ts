/**
 * A partition of 0 … n−1 whose parts can only be merged (Tarjan 1975): `parent[x]` is x if x is the root of a
 * part.
 */
export type DisjointSet = Int32Array;

export function disjointSet(n: number): DisjointSet {
  const parent = new Int32Array(n);
  for (let i = 0; i < n; i++) parent[i] = i;
  return parent;
}

/** The root of x's part; halves the path while following it. */
export function find(parent: DisjointSet, x: number): number {
  let at = x;
  while (parent[at] !== at) {
    parent[at] = parent[parent[at]];
    at = parent[at];
  }
  return at;
}

/** Joins two parts, given by their roots; the smaller root is the root of both. */
export function union(parent: DisjointSet, a: number, b: number): number {
  if (a < b) {
    parent[b] = a;
    return a;
  }
  parent[a] = b;
  return b;
}
