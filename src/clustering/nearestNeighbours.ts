import { kernelFor, kernelModule, memoryBuffer, TILE } from "./kernel.js";
import { BLOCK_BYTES, type QuantisedRows } from "./quantisedRows.js";
import type { TakeTasks, Team } from "./team.js";

export interface NearestNeighboursContext {
  rows: QuantisedRows;
}

/** Pairs of tiles that a thread takes at a time. */
const BATCH = 8;

/**
 * One pass over all pairs of tiles: per place the k nearest others by the kernel's squares, and per pair of
 * tiles the least. The pairs go by diagonals, tiles that are next to each other first, so that the lists are
 * good early and little is put in that falls out again.
 *
 * A pair that is in neither list has a square of at least either row's limit.
 */
export function findNearestNeighbours(
  rows: QuantisedRows,
  team: Team,
  onPairs: (done: number, of: number) => void,
): void {
  const { tiles } = rows.layout;
  const tasks = (tiles * (tiles + 1)) / 2;
  team.run("nearestNeighbours", { rows }, tasks, BATCH, (taken) => onPairs(taken, tasks));
}

export function nearestNeighboursJob(
  { rows }: NearestNeighboursContext,
  take: TakeTasks,
  slot: number,
): null {
  const { layout, memory } = rows;
  const { tiles, stride, k } = layout;
  const kernel = kernelFor(memory, kernelModule());
  const block = layout.scratch + slot * layout.scratchBytes;
  const extremes = block + BLOCK_BYTES;
  const buffer = memoryBuffer(memory);
  const found = new Float32Array(buffer, extremes, 2);
  const kept = layout.tileMinima > 0 ? tiles * tiles : 0;
  const minima = new Float32Array(buffer, layout.tileMinima, kept);
  const maxima = new Float32Array(buffer, layout.tileMaxima, kept);
  let diagonal = 0;
  let diagonalStart = 0;
  for (let batch = take(); batch !== null; batch = take()) {
    for (let task = batch.from; task < batch.to; task++) {
      while (task >= diagonalStart + tiles - diagonal) diagonalStart += tiles - diagonal++;
      const a = task - diagonalStart;
      const b = a + diagonal;
      kernel.blockDistances(
        layout.rows + a * TILE * stride,
        layout.rows + b * TILE * stride,
        stride,
        layout.norms + a * TILE * 4,
        layout.scales + a * TILE * 4,
        layout.norms + b * TILE * 4,
        layout.scales + b * TILE * 4,
        block,
      );
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
      if (kept > 0) {
        minima[a * tiles + b] = found[0];
        minima[b * tiles + a] = found[0];
        maxima[a * tiles + b] = found[1];
        maxima[b * tiles + a] = found[1];
      }
    }
  }
  return null;
}
