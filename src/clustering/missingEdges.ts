import { CandidateEdges } from "./candidateEdges.js";
import { distanceOf } from "./distance.js";
import { kernelFor, kernelModule, memoryBuffer, TILE } from "./kernel/kernel.js";
import type { OpenRows } from "./openRows.js";
import {
  BLOCK_BYTES,
  COLLECTED_BYTES,
  lowerBound,
  type QuantisedRows,
  squareLimit,
} from "./quantisedRows.js";
import { type TakeTasks, type Team, teamJob } from "./team.js";

export interface MissingEdgesContext {
  rows: QuantisedRows;
  core: Float64Array;
  alpha: number;
  open: OpenRows;
}

export interface MissingEdges {
  a: Int32Array;
  b: Int32Array;
  atLeast: Float64Array;
  count: number;
  /** Number of pairs of rows that were computed. */
  pairs: number;
}

/**
 * Edges for the pairs that `openRows` leaves open, where their bounds are below the heights of their merges.
 */
export function missingEdges(
  rows: QuantisedRows,
  core: Float64Array,
  alpha: number,
  open: OpenRows,
  team: Team,
  onGroups: (done: number, of: number) => void,
): { edges: CandidateEdges; pairs: number } {
  const groups = Math.ceil(open.places.length / TILE);
  const shares = team.run(missingEdgesJob, { rows, core, alpha, open }, groups, 1, (taken) =>
    onGroups(taken, groups),
  );
  const edges = new CandidateEdges(shares.reduce((sum, share) => sum + share.count, 0));
  let pairs = 0;
  for (const share of shares) {
    pairs += share.pairs;
    for (let k = 0; k < share.count; k++) edges.add(share.a[k], share.b[k], share.atLeast[k]);
  }
  return { edges, pairs };
}

/** Takes open rows 64 at a time, and compares them with every tile that may contain a missing pair. */
export const missingEdgesJob = teamJob(
  "missingEdges",
  (context: MissingEdgesContext, take: TakeTasks, slot: number): MissingEdges => {
    const { rows, core, alpha, open } = context;
    const { layout, memory, count } = rows;
    const { tiles, stride } = layout;
    const kernel = kernelFor(memory, kernelModule());
    const buffer = memoryBuffer(memory);
    const bytes = new Uint8Array(buffer);
    const block = layout.scratch + slot * layout.scratchBytes;
    const collected = block + BLOCK_BYTES;
    const copies = collected + COLLECTED_BYTES;
    const copiedNorms = copies + TILE * stride;
    const copiedScales = copiedNorms + TILE * 4;
    const copiedLimits = copiedScales + TILE * 4;
    const norms = new Float32Array(buffer, copiedNorms, TILE);
    const scales = new Float32Array(buffer, copiedScales, TILE);
    const limits = new Float32Array(buffer, copiedLimits, TILE);
    const found = new Int32Array(buffer, collected, TILE * TILE * 2);
    const foundSquares = new Float32Array(buffer, collected, TILE * TILE * 2);
    const allScales = new Float32Array(buffer, layout.scales, tiles * TILE);
    const minima = layout.tileMinima > 0 ? new Float32Array(buffer, layout.tileMinima, tiles * tiles) : null;
    const tileFacts = factsOfTiles(rows, core, open.position);
    const nearest = new Float32Array(tiles);
    const edges = new CandidateEdges(1024);
    let pairs = 0;

    for (let batch = take(); batch !== null; batch = take()) {
      const firstRow = batch.from * TILE;
      const size = Math.min(TILE, open.places.length - firstRow);
      limits.fill(-1);
      norms.fill(Infinity);
      scales.fill(0);
      nearest.fill(minima === null ? 0 : Infinity);
      let mostHeight = 0;
      let mostLimit = 0;
      // The range of positions in which any of the rows may have a missing pair.
      let lookFrom = count;
      let lookTo = 0;
      let lastTile = -1;
      for (let r = 0; r < size; r++) {
        const place = open.places[firstRow + r];
        bytes.copyWithin(
          copies + r * stride,
          layout.rows + place * stride,
          layout.rows + (place + 1) * stride,
        );
        norms[r] = rows.norms[place];
        scales[r] = allScales[place];
        let height = 0;
        for (let m = open.firstMerge[firstRow + r]; m < open.firstMerge[firstRow + r + 1]; m++) {
          const merge = open.mergeOf[m];
          height = Math.max(height, open.height[merge]);
          lookFrom = Math.min(lookFrom, open.from[merge]);
          lookTo = Math.max(lookTo, open.to[merge]);
        }
        limits[r] = squareLimit(rows, place, height * alpha);
        mostHeight = Math.max(mostHeight, height);
        mostLimit = Math.max(mostLimit, limits[r]);
        const tile = Math.floor(place / TILE);
        if (minima === null || tile === lastTile) continue;
        lastTile = tile;
        for (let other = 0; other < tiles; other++)
          nearest[other] = Math.min(nearest[other], minima[tile * tiles + other]);
      }

      for (let tile = 0; tile < tiles; tile++) {
        if (nearest[tile] >= mostLimit || tileFacts.leastCore[tile] >= mostHeight) continue;
        if (tileFacts.from[tile] >= lookTo || tileFacts.to[tile] <= lookFrom) continue;
        pairs += size * TILE;
        kernel.blockDistances(
          copies,
          layout.rows + tile * TILE * stride,
          stride,
          copiedNorms,
          copiedScales,
          layout.norms + tile * TILE * 4,
          layout.scales + tile * TILE * 4,
          block,
        );
        const collectedCount = kernel.collectBelow(block, copiedLimits, collected);
        for (let k = 0; k < collectedCount; k++) {
          const row = firstRow + (found[2 * k] >> 6);
          const b = tile * TILE + (found[2 * k] & 63);
          const position = open.position[b];
          for (let m = open.firstMerge[row]; m < open.firstMerge[row + 1]; m++) {
            const merge = open.mergeOf[m];
            if (position < open.from[merge] || position >= open.to[merge]) continue;
            const a = open.places[row];
            const greaterCore = Math.max(core[a], core[b]);
            const below = open.height[merge];
            if (Math.max(greaterCore, lowerBound(rows, a, b, foundSquares[2 * k + 1]) / alpha) < below) {
              // Few pairs reach this point, unless points are nearer to each other than the bounds can
              // resolve.
              const distance = distanceOf(
                rows.rows,
                rows.dimensions,
                rows.pointAt[a],
                rows.pointAt[b],
                rows.metric,
              );
              const height = Math.max(greaterCore, distance / alpha);
              if (height < below) edges.add(a, b, height);
            }
            break;
          }
        }
      }
    }
    const atLeast = Float64Array.from({ length: edges.count }, (_, edge) => edges.atLeast(edge));
    return { a: edges.a, b: edges.b, atLeast, count: edges.count, pairs };
  },
);

/** Per tile: the least core distance, and the range of positions of its rows. */
function factsOfTiles(
  rows: QuantisedRows,
  core: Float64Array,
  position: Int32Array,
): { leastCore: Float64Array; from: Int32Array; to: Int32Array } {
  const { tiles } = rows.layout;
  const leastCore = new Float64Array(tiles).fill(Infinity);
  const from = new Int32Array(tiles).fill(rows.count);
  const to = new Int32Array(tiles);
  for (let place = 0; place < rows.count; place++) {
    const tile = Math.floor(place / TILE);
    leastCore[tile] = Math.min(leastCore[tile], core[place]);
    from[tile] = Math.min(from[tile], position[place]);
    to[tile] = Math.max(to[tile], position[place] + 1);
  }
  return { leastCore, from, to };
}
