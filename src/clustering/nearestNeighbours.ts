import { kernelFor, kernelModule, memoryBuffer, TILE } from "./kernel/kernel.js";
import type { Kernel } from "./kernel/kernelInterface.js";
import { BLOCK_BYTES, blockSquares, type QuantisedRows, type RowAddresses } from "./quantisedRows.js";
import { type TakeTasks, type Team, teamJob } from "./team.js";

export interface NearestNeighboursContext {
  rows: QuantisedRows;
}

/**
 * Tiles are processed in groups: each pair of groups is one task, and its tiles stay in a core's second-level
 * cache while all their pairs are computed. With few tiles, groups would leave threads without work.
 */
const GROUP = 4;
const groupSize = (tiles: number): number => (tiles < 16 * GROUP ? 1 : GROUP);

/**
 * Number of neighbours listed beyond minSamples: pairs that the longer lists rule out need not be searched
 * for later.
 */
const EXTRA_NEIGHBOURS = 14;

/** Number of neighbours that are listed for each distinct point. */
export const listedNeighbours = (distinct: number, minSamples: number): number =>
  Math.max(1, Math.min(distinct - 1, minSamples + EXTRA_NEIGHBOURS));

/**
 * Most pairs of two tiles that are computed one by one; above that, computing all pairs of the block is
 * faster.
 */
const MOST_PAIRS = Math.floor((TILE * TILE) / 6);
/** Where the short rows rule out too little, they are tried on only one of this many pairs of tiles. */
const TRIAL = 16;
/** Weight of the latest pair of tiles in the moving average that predicts the next one. */
const LATEST = 0.1;
/** Share of the work that remains for a pair of tiles of which the short rows rule out enough. */
const LEFT = 0.15;

/**
 * One pass over all pairs of tiles. It finds per place the k nearest others by the kernel's squares, and per
 * pair of tiles the least square. The pairs are visited by diagonals, groups of tiles that are next to each
 * other first, so that the lists are good early and few neighbours are inserted that fall out again.
 *
 * Where there are short rows, they are compared first, and rule out most pairs of tiles that are far apart.
 *
 * A pair that is in neither list has a square of at least the limit of both rows.
 *
 * @returns number of pairs of rows whose own squares were computed
 */
export function findNearestNeighbours(
  rows: QuantisedRows,
  team: Team,
  onPairs: (done: number, of: number) => void,
): number {
  const groups = Math.ceil(rows.layout.tiles / groupSize(rows.layout.tiles));
  const tasks = (groups * (groups + 1)) / 2;
  const shares = team.run(nearestNeighboursJob, { rows }, tasks, 1, (taken) => onPairs(taken, tasks));
  return shares.reduce((sum, pairs) => sum + pairs, 0);
}

export const nearestNeighboursJob = teamJob(
  "nearestNeighbours",
  ({ rows }: NearestNeighboursContext, take: TakeTasks, slot: number): number => {
    const { layout, memory } = rows;
    const { tiles } = layout;
    const buffer = memoryBuffer(memory);
    const storedMinima = layout.tileMinima > 0 ? tiles * tiles : 0;
    const minima = new Float32Array(buffer, layout.tileMinima, storedMinima);
    const maxima = new Float32Array(buffer, layout.tileMaxima, storedMinima);
    const tilePairs = new TilePairs(rows, slot);
    const { found } = tilePairs;
    const group = groupSize(tiles);
    const groups = Math.ceil(tiles / group);
    let diagonal = 0;
    let diagonalStart = 0;
    for (let batch = take(); batch !== null; batch = take()) {
      while (batch.from >= diagonalStart + groups - diagonal) diagonalStart += groups - diagonal++;
      const firstA = (batch.from - diagonalStart) * group;
      const firstB = firstA + diagonal * group;
      for (let a = firstA; a < Math.min(tiles, firstA + group); a++) {
        for (let b = Math.max(a, firstB); b < Math.min(tiles, firstB + group); b++) {
          tilePairs.compute(a, b);
          if (storedMinima > 0) {
            minima[a * tiles + b] = found[0];
            minima[b * tiles + a] = found[0];
            maxima[a * tiles + b] = found[1];
            maxima[b * tiles + a] = found[1];
          }
        }
      }
    }
    return tilePairs.pairs;
  },
);

/** Computes pairs of tiles, one after another, on one thread, and offers them to the lists of neighbours. */
export class TilePairs {
  /** Number of pairs of rows whose own squares were computed. */
  pairs = 0;
  /** A lower and an upper bound of the squares of the pair of tiles that was computed last. */
  readonly found: Float32Array;
  /** Moving average, 0 to 1: the share of the tried pairs of tiles of which the short rows ruled out enough. */
  #success = 1;
  #trial = 0;
  readonly #kernel: Kernel;
  readonly #short: RowAddresses;
  readonly #block: number;

  constructor(
    private readonly rows: QuantisedRows,
    slot: number,
  ) {
    const { memory, layout } = rows;
    this.#kernel = kernelFor(memory, kernelModule());
    this.#block = layout.scratch + slot * layout.scratchBytes;
    this.found = new Float32Array(memoryBuffer(memory), this.#block + BLOCK_BYTES, 2);
    this.#short = {
      rows: layout.projected,
      stride: 2 * layout.width,
      norms: layout.projectedNorms,
      scales: layout.projectedScales,
    };
  }

  /** @param a the one tile, not after the other, b */
  compute(a: number, b: number): void {
    const { width, stride } = this.rows.layout;
    const promising = this.#success * (1 - LEFT) > this.#short.stride / stride || this.#trial++ % TRIAL === 0;
    if (a === b || width === 0 || !promising || !this.#ruledOut(a, b)) this.#all(a, b);
  }

  #ruledOut(a: number, b: number): boolean {
    const { layout } = this.rows;
    const block = this.#block;
    blockSquares(this.#kernel, this.#short, a * TILE, b * TILE, block);
    const computed = this.#kernel.keepBelowBounds(
      block,
      a * TILE,
      b * TILE,
      layout.k,
      layout.rows,
      layout.stride,
      layout.norms,
      layout.scales,
      layout.limits,
      layout.counts,
      layout.values,
      layout.indices,
      layout.locks,
      layout.projectedErrors,
      layout.projectedFacts,
      MOST_PAIRS,
      block + BLOCK_BYTES,
    );
    this.#success += LATEST * ((computed >= 0 ? 1 : 0) - this.#success);
    this.pairs += Math.max(0, computed);
    return computed >= 0;
  }

  #all(a: number, b: number): void {
    const { layout } = this.rows;
    const block = this.#block;
    this.pairs += TILE * TILE;
    blockSquares(this.#kernel, layout, a * TILE, b * TILE, block);
    this.#kernel.keepNearest(
      block,
      a * TILE,
      b * TILE,
      layout.k,
      layout.limits,
      layout.counts,
      layout.values,
      layout.indices,
      layout.locks,
      block + BLOCK_BYTES,
    );
  }
}
