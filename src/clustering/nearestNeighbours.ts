import { kernelFor, kernelModule, memoryBuffer, TILE } from "./kernel/kernel.js";
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
    const { tiles, stride, k } = layout;
    let pairs = 0;
    const kernel = kernelFor(memory, kernelModule());
    const block = layout.scratch + slot * layout.scratchBytes;
    const extremes = block + BLOCK_BYTES;
    const buffer = memoryBuffer(memory);
    const found = new Float32Array(buffer, extremes, 2);
    const storedMinima = layout.tileMinima > 0 ? tiles * tiles : 0;
    const minima = new Float32Array(buffer, layout.tileMinima, storedMinima);
    const maxima = new Float32Array(buffer, layout.tileMaxima, storedMinima);
    const { width } = layout;
    const short: RowAddresses = {
      rows: layout.projected,
      stride: 2 * width,
      norms: layout.projectedNorms,
      scales: layout.projectedScales,
    };
    /**
     * Moving average, 0 to 1: the share of the tried pairs of tiles of which the short rows ruled out enough.
     */
    let success = 1;
    const ruledOut = (a: number, b: number): boolean => {
      blockSquares(kernel, short, a * TILE, b * TILE, block);
      const computed = kernel.keepBelowBounds(
        block,
        a * TILE,
        b * TILE,
        k,
        layout.rows,
        stride,
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
        extremes,
      );
      success += LATEST * ((computed >= 0 ? 1 : 0) - success);
      pairs += Math.max(0, computed);
      return computed >= 0;
    };
    const all = (a: number, b: number): void => {
      pairs += TILE * TILE;
      blockSquares(kernel, layout, a * TILE, b * TILE, block);
      kernel.keepNearest(
        block,
        a * TILE,
        b * TILE,
        k,
        layout.limits,
        layout.counts,
        layout.values,
        layout.indices,
        layout.locks,
        extremes,
      );
    };
    const group = groupSize(tiles);
    const groups = Math.ceil(tiles / group);
    let diagonal = 0;
    let diagonalStart = 0;
    let trial = 0;
    for (let batch = take(); batch !== null; batch = take()) {
      while (batch.from >= diagonalStart + groups - diagonal) diagonalStart += groups - diagonal++;
      const firstA = (batch.from - diagonalStart) * group;
      const firstB = firstA + diagonal * group;
      for (let a = firstA; a < Math.min(tiles, firstA + group); a++) {
        for (let b = Math.max(a, firstB); b < Math.min(tiles, firstB + group); b++) {
          const promising = success * (1 - LEFT) > short.stride / stride || trial++ % TRIAL === 0;
          if (a === b || width === 0 || !promising || !ruledOut(a, b)) all(a, b);
          if (storedMinima > 0) {
            minima[a * tiles + b] = found[0];
            minima[b * tiles + a] = found[0];
            maxima[a * tiles + b] = found[1];
            maxima[b * tiles + a] = found[1];
          }
        }
      }
    }
    return pairs;
  },
);
