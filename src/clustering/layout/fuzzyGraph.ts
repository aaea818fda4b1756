import { sharedArray } from "../sharedArray.js";
import { exponential, logarithm } from "./exponential.js";
import type { NeighbourLists } from "./neighbourLists.js";

/** A symmetric graph of strengths of membership, 0 to 1, in shared memory. */
export interface FuzzyGraph {
  /** Per row: its edges are first[row] … first[row + 1] − 1. */
  first: Int32Array;
  /** Per edge: the row at the other end, which has the same edge too. */
  others: Int32Array;
  strengths: Float64Array;
}

/** As in umap-learn: how exactly the sum of strengths is reached, and the least scale relative to the mean distance. */
const TOLERANCE = 1e-5;
const LEAST_SCALE = 1e-3;
const BISECTIONS = 64;

/**
 * The strengths of a row's neighbours (McInnes, Healy & Melville 2018, section 3.1): e^(−(d − ρ) / σ), where ρ is
 * the distance of the nearest, and σ is such that they sum up to log₂ of the number of neighbours, the row itself
 * included. Where no σ does, because too many are as near as the nearest, σ is a thousandth of the mean distance.
 *
 * @param distances ascending
 * @param strengths receives the strengths
 * @returns σ
 */
export function smoothStrengths(distances: Float64Array, strengths: Float64Array): number {
  const size = distances.length;
  const nearest = distances[0];
  let sum = 0;
  for (const distance of distances) sum += distance;
  const mean = sum / (size + 1);
  const wanted = logarithm(size + 1) / Math.LN2;
  let low = 0;
  let high = Infinity;
  let scale = mean;
  for (let round = 0; round < BISECTIONS; round++) {
    let total = 0;
    for (const distance of distances) total += exponential((nearest - distance) / scale);
    if (Math.abs(total - wanted) < TOLERANCE) break;
    if (total > wanted) high = scale;
    else low = scale;
    scale = high === Infinity ? scale * 2 : (low + high) / 2;
  }
  scale = Math.max(scale, LEAST_SCALE * mean);
  for (let n = 0; n < size; n++) strengths[n] = exponential((nearest - distances[n]) / scale);
  return scale;
}

/**
 * The union of the rows' neighbourhoods: an edge is as strong as a + b − a·b, with the strengths that its ends give
 * each other.
 *
 * @param lists of at least one neighbour each
 */
export function fuzzyGraph({ size, others, distances }: NeighbourLists): FuzzyGraph {
  const links = others.length;
  const count = links / size;
  const strengths = new Float64Array(links);
  for (let from = 0; from < links; from += size) {
    smoothStrengths(distances.subarray(from, from + size), strengths.subarray(from, from + size));
  }
  // The same links by the row that they lead to.
  const firstIn = new Int32Array(count + 1);
  for (const other of others) firstIn[other + 1]++;
  for (let row = 0; row < count; row++) firstIn[row + 1] += firstIn[row];
  const next = firstIn.slice(0, count);
  const linkIn = new Int32Array(links);
  for (let link = 0; link < links; link++) linkIn[next[others[link]]++] = link;

  const graph = {
    first: sharedArray(Int32Array, count + 1),
    others: sharedArray(Int32Array, 2 * links),
    strengths: sharedArray(Float64Array, 2 * links),
  };
  /** Per row: its edge in the row that is being written, if that is not before the row's first edge. */
  const edgeOf = new Int32Array(count).fill(-1);
  let edges = 0;
  for (let row = 0; row < count; row++) {
    const first = edges;
    for (let link = row * size; link < (row + 1) * size; link++) {
      edgeOf[others[link]] = edges;
      graph.others[edges] = others[link];
      graph.strengths[edges++] = strengths[link];
    }
    for (let at = firstIn[row]; at < firstIn[row + 1]; at++) {
      const link = linkIn[at];
      const other = Math.floor(link / size);
      const edge = edgeOf[other];
      if (edge >= first) {
        const mine = graph.strengths[edge];
        graph.strengths[edge] = mine + strengths[link] - mine * strengths[link];
      } else {
        graph.others[edges] = other;
        graph.strengths[edges++] = strengths[link];
      }
    }
    graph.first[row + 1] = edges;
  }
  return { ...graph, others: graph.others.subarray(0, edges), strengths: graph.strengths.subarray(0, edges) };
}
