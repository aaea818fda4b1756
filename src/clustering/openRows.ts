import type { CoreDistances } from "./coreDistances.js";
import { disjointSet, find } from "./disjointSet.js";
import { sharedArray } from "./sharedArray.js";
import type { SpanningForest } from "./spanningForest.js";

/**
 * The open rows: those whose lists of neighbours do not prove that a spanning tree is minimal, with the
 * merges for which pairs may be missing.
 *
 * Let T be the tree that Kruskal's algorithm makes of the listed pairs, and (a, b) a pair that is not listed.
 * It can improve T only if its height is below the height h of the merge at which T joins a's part X and b's
 * part Y. Its height is at least r(a) = max(reach(a) / alpha, core(a)), and at least r(b). So if every row of
 * the *smaller* of X and Y has r ≥ h, no missing pair between them matters. A missing pair that does matter
 * has its end on the smaller side among the rows with r < h: these rows are open at that merge, and must be
 * compared with all rows of the larger side. A row is on the smaller side of at most log₂ n merges.
 *
 * Adding every such pair of height below h to T's edges and building the tree again makes it minimal: a
 * missing pair that could improve the new tree could also have improved T.
 */
export interface OpenRows {
  /** The open places, ascending. */
  places: Int32Array;
  /** Per open row: its merges, mergeOf[firstMerge[k] … firstMerge[k + 1]), in ascending order of height. */
  firstMerge: Int32Array;
  mergeOf: Int32Array;
  /** Per merge: its height, and the larger side as positions from … to−1. */
  height: Float64Array;
  from: Int32Array;
  to: Int32Array;
  /** Per place: its position in an order in which every part of the forest is contiguous. */
  position: Int32Array;
}

/**
 * @param tree all of its `count − 1` edges, ascending by height
 * @param mostPerMerge opens at most this many rows of a merge, those with the least core distances; such a
 *   search proves nothing, but finds most of the missing pairs
 */
export function openRows(
  count: number,
  tree: SpanningForest,
  { core, reach }: CoreDistances,
  alpha: number,
  mostPerMerge = Infinity,
): OpenRows {
  const part = disjointSet(count);
  const next = new Int32Array(count).fill(-1);
  const last = disjointSet(count);
  const first = disjointSet(count);
  const size = new Int32Array(count).fill(1);

  const rowsOpen: number[] = [];
  const mergesOpen: number[] = [];
  const heights: number[] = [];
  const largerFirst: number[] = [];
  const largerSize: number[] = [];
  const openHere: number[] = [];
  for (let edge = 0; edge < tree.count; edge++) {
    let small = find(part, tree.a[edge]);
    let large = find(part, tree.b[edge]);
    if (size[small] > size[large]) [small, large] = [large, small];
    const height = tree.height[edge];
    openHere.length = 0;
    for (let place = first[small]; place >= 0; place = next[place]) {
      if (Math.max(reach[place] / alpha, core[place]) < height) openHere.push(place);
    }
    if (openHere.length > mostPerMerge) {
      openHere.sort((a, b) => core[a] - core[b] || a - b);
      openHere.length = mostPerMerge;
    }
    for (const place of openHere) {
      rowsOpen.push(place);
      mergesOpen.push(heights.length);
    }
    if (openHere.length > 0) {
      heights.push(height);
      largerFirst.push(first[large]);
      largerSize.push(size[large]);
    }
    // The smaller part is appended to the larger, so that both stay contiguous.
    next[last[large]] = first[small];
    last[large] = last[small];
    part[small] = large;
    size[large] += size[small];
  }

  const position = sharedArray(Int32Array, count);
  for (let place = count > 0 ? first[find(part, 0)] : -1, at = 0; place >= 0; place = next[place])
    position[place] = at++;

  const merges = new Int32Array(count + 1);
  for (const place of rowsOpen) merges[place + 1]++;
  const open: number[] = [];
  for (let place = 0; place < count; place++) {
    if (merges[place + 1] > 0) open.push(place);
    merges[place + 1] += merges[place];
  }
  const firstMerge = sharedArray(Int32Array, open.length + 1);
  open.forEach((place, k) => {
    firstMerge[k + 1] = merges[place + 1];
  });
  const mergeOf = sharedArray(Int32Array, rowsOpen.length);
  rowsOpen.forEach((place, k) => {
    mergeOf[merges[place]++] = mergesOpen[k];
  });
  const places = sharedArray(Int32Array, open.length);
  places.set(open);
  const height = sharedArray(Float64Array, heights.length);
  height.set(heights);
  const from = sharedArray(Int32Array, heights.length);
  from.set(largerFirst.map((place) => position[place]));
  const to = sharedArray(Int32Array, heights.length);
  to.set(from.map((start, merge) => start + largerSize[merge]));
  return { places, firstMerge, mergeOf, height, from, to, position };
}
