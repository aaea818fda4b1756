import { CandidateEdges } from "./candidateEdges.js";
import { disjointSet, find } from "./disjointSet.js";
import { distanceOf } from "./distance.js";
import { memoryBuffer } from "./kernel/kernel.js";
import { findNearestNeighbours } from "./nearestNeighbours.js";
import { lowerBound, type QuantisedRows, quantisedRows } from "./quantisedRows.js";
import { sharedArray } from "./sharedArray.js";
import type { SpanningForest } from "./spanningForest.js";
import { Team } from "./team.js";

/** Number of neighbours of each part's representative that are considered. */
const NEAREST_PARTS = 12;
/** Number of times that a pair between two parts is improved from either side. */
const STEPS = 2;

/**
 * Finds edges that join the parts of a forest; each is a real distance between two rows that are near each
 * other. The densest row represents its part, and all pairs of these rows are computed. Along a spanning
 * forest of their nearest pairs, the end of each pair in the one part is replaced by that part's row nearest
 * to the other end, and then the other way round. At least half of the parts are gone when the edges are
 * added.
 */
export function approximateJoin(
  rows: QuantisedRows,
  forest: SpanningForest,
  core: Float64Array,
  alpha: number,
  module: WebAssembly.Module | null,
): CandidateEdges {
  const { count, dimensions, pointAt, metric } = rows;
  const part = disjointSet(count);
  for (let edge = 0; edge < forest.count; edge++)
    part[find(part, forest.a[edge])] = find(part, forest.b[edge]);
  // Parts are numbered in the order of their first place; `members` has the places of each part, one part
  // after another.
  const numberOf = new Int32Array(count).fill(-1);
  const partOf = new Int32Array(count);
  let parts = 0;
  for (let place = 0; place < count; place++) {
    const root = find(part, place);
    if (numberOf[root] < 0) numberOf[root] = parts++;
    partOf[place] = numberOf[root];
  }
  const first = new Int32Array(parts + 1);
  for (const p of partOf) first[p + 1]++;
  for (let p = 0; p < parts; p++) first[p + 1] += first[p];
  const members = new Int32Array(count);
  const next = first.slice();
  const densest = new Int32Array(parts).fill(-1);
  for (let place = 0; place < count; place++) {
    const p = partOf[place];
    members[next[p]++] = place;
    if (densest[p] < 0 || core[place] < core[densest[p]]) densest[p] = place;
  }

  const chosen = sharedArray(Float32Array, parts * dimensions);
  densest.forEach((place, p) => {
    const start = pointAt[place] * dimensions;
    chosen.set(rows.rows.subarray(start, start + dimensions), p * dimensions);
  });
  const ones = sharedArray(Int32Array, parts).fill(1);
  const k = Math.min(NEAREST_PARTS, parts - 1);
  // One thread alone: threads that share lists may keep either of two equally near neighbours.
  const alone = new Team([], module);
  const few = quantisedRows({ rows: chosen, dimensions, weight: ones }, metric, k, alone);
  findNearestNeighbours(few, alone, () => {});
  const buffer = memoryBuffer(few.memory);
  const counts = new Int32Array(buffer, few.layout.counts, parts);
  const values = new Float32Array(buffer, few.layout.values, parts * k);
  const indices = new Int32Array(buffer, few.layout.indices, parts * k);
  const between = new CandidateEdges(parts * k);
  for (let p = 0; p < parts; p++) {
    for (let at = p * k; at < p * k + counts[p]; at++) between.add(p, indices[at], Math.max(0, values[at]));
  }

  const distance = (a: number, b: number) =>
    distanceOf(rows.rows, dimensions, pointAt[a], pointAt[b], metric);
  const nearestIn = (p: number, to: number): number => {
    let nearest = -1;
    let least = Infinity;
    for (let at = first[p]; at < first[p + 1]; at++) {
      const reach = Math.max(distance(members[at], to) / alpha, core[members[at]]);
      if (nearest < 0 || reach < least) {
        least = reach;
        nearest = members[at];
      }
    }
    return nearest;
  };
  const joined = disjointSet(parts);
  const edges = new CandidateEdges(parts);
  for (const edge of between.sorted()) {
    const p = between.a[edge];
    const q = between.b[edge];
    if (find(joined, p) === find(joined, q)) continue;
    joined[find(joined, p)] = find(joined, q);
    let a = densest[p];
    let b = densest[q];
    for (let step = 0; step < STEPS; step++) {
      a = nearestIn(p, b);
      b = nearestIn(q, a);
    }
    edges.add(a, b, Math.max(core[a], core[b], lowerBound(rows, a, b, 0) / alpha));
  }
  return edges;
}
