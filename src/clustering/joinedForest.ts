import { CandidateEdges } from "./candidateEdges.js";
import { disjointSet, find } from "./disjointSet.js";
import { memoryBuffer, TILE } from "./kernel/kernel.js";
import type { Kernel } from "./kernel/kernelInterface.js";
import { blockSquares, lowerBound, type QuantisedRows } from "./quantisedRows.js";
import { sortedInPieces } from "./sortedInPieces.js";
import type { SpanningForest } from "./spanningForest.js";

/**
 * Edges that make one tree of a forest: in rounds (Borůvka 1926), for each part the pair with the least
 * square that leaves the part. These need not be edges of the minimum spanning tree, because the search for
 * missing edges corrects the tree; near pairs are good enough, and core distances are ignored.
 *
 * Pairs of tiles are visited in ascending order of their least square. A pair of tiles is skipped if both are
 * within one part, or if its least square is not below what each of the parts in them has already found.
 */
export function joiningEdges(
  rows: QuantisedRows,
  forest: SpanningForest,
  core: Float64Array,
  alpha: number,
  kernel: Kernel,
): CandidateEdges {
  const { layout, count } = rows;
  const { tiles } = layout;
  const buffer = memoryBuffer(rows.memory);
  const part = disjointSet(count);
  for (let edge = 0; edge < forest.count; edge++)
    part[find(part, forest.a[edge])] = find(part, forest.b[edge]);
  let parts = count - forest.count;
  const joining = new CandidateEdges(2 * parts);
  const pairs = tilePairsFromNearest(rows);
  const block = new Float32Array(buffer, layout.scratch, TILE * TILE);

  const best = new Float32Array(count);
  const bestA = new Int32Array(count);
  const bestB = new Int32Array(count);
  const rootAt = new Int32Array(count);
  /** Per tile: the part that contains all of its rows, or −1. */
  const partOf = new Int32Array(tiles);
  while (parts > 1) {
    best.fill(Infinity);
    for (let place = 0; place < count; place++) rootAt[place] = find(part, place);
    for (let tile = 0; tile < tiles; tile++) {
      const from = tile * TILE;
      const to = Math.min(count, from + TILE);
      partOf[tile] = rootAt[from];
      for (let place = from; place < to; place++) if (rootAt[place] !== partOf[tile]) partOf[tile] = -1;
    }
    /** The greatest of the squares that the parts with a row in the tile have found. */
    const mostFound = (tile: number): number => {
      if (partOf[tile] >= 0) return best[partOf[tile]];
      let most = 0;
      for (let place = tile * TILE; place < Math.min(count, tile * TILE + TILE); place++) {
        most = Math.max(most, best[rootAt[place]]);
      }
      return most;
    };
    for (const pair of pairs.order) {
      const a = Math.floor(pair / tiles);
      const b = pair % tiles;
      if (partOf[a] >= 0 && partOf[a] === partOf[b]) continue;
      const least = pairs.least(a, b);
      if (least >= mostFound(a) && least >= mostFound(b)) continue;
      blockSquares(kernel, layout, a * TILE, b * TILE, layout.scratch);
      for (let i = 0; i < TILE && a * TILE + i < count; i++) {
        const rootI = rootAt[a * TILE + i];
        for (let j = 0; j < TILE && b * TILE + j < count; j++) {
          const rootJ = rootAt[b * TILE + j];
          if (rootI === rootJ) continue;
          const square = block[i * TILE + j];
          for (const root of [rootI, rootJ]) {
            if (square >= best[root]) continue;
            best[root] = square;
            bestA[root] = a * TILE + i;
            bestB[root] = b * TILE + j;
          }
        }
      }
    }
    for (let root = 0; root < count; root++) {
      if (rootAt[root] !== root) continue;
      const a = bestA[root];
      const b = bestB[root];
      if (find(part, a) === find(part, b)) continue;
      part[find(part, a)] = find(part, b);
      parts--;
      joining.add(a, b, Math.max(core[a], core[b], lowerBound(rows, a, b, best[root]) / alpha));
    }
  }
  return joining;
}

/** At least the number of pairs of tiles whose minima are stored. */
const PAIRS = 2 ** 24;

/** Pairs of tiles a ≤ b, as a·tiles + b, ascending by their least square where it was stored. */
function tilePairsFromNearest(rows: QuantisedRows): {
  order: Float64Array;
  least: (a: number, b: number) => number;
} {
  const { tiles, tileMinima } = rows.layout;
  const order = new Float64Array((tiles * (tiles + 1)) / 2);
  let at = 0;
  if (tileMinima === 0) {
    for (let a = 0; a < tiles; a++) for (let b = a; b < tiles; b++) order[at++] = a * tiles + b;
    return { order, least: () => 0 };
  }
  const minima = new Float32Array(memoryBuffer(rows.memory), tileMinima, tiles * tiles);
  const bits = new Int32Array(memoryBuffer(rows.memory), tileMinima, tiles * tiles);
  // The bits of a non-negative float32 sort as its value does; 29 of them and the pair fit into one sortable
  // number.
  for (let a = 0; a < tiles; a++) {
    for (let b = a; b < tiles; b++) {
      order[at++] = Math.floor(Math.max(0, bits[a * tiles + b]) / 4) * PAIRS + a * tiles + b;
    }
  }
  const sorted = sortedInPieces(order);
  for (at = 0; at < sorted.length; at++) sorted[at] %= PAIRS;
  return { order: sorted, least: (a, b) => Math.max(0, minima[a * tiles + b]) };
}
