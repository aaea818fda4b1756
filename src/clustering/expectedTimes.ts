import { approximatePairs } from "./approximateNeighbours.js";
import type { StageTimes } from "./progress.js";
import { projectedWidth } from "./quantisedRows.js";

export interface Estimate {
  /**
   * Bytes of memory beyond the input. If the input is not in a SharedArrayBuffer, its copy (the size of the
   * input) comes on top.
   */
  bytes: number;
  seconds: number;
}

/** Number of threads of the machine on which the constants below were measured. */
const MEASURED_THREADS = 2;

/** Time of the portable kernel, relative to the WebAssembly kernel. */
export const PORTABLE = 50;

/** Seconds that a new thread takes to start. */
export const START = 0.03;

/**
 * Time of a pair in the approximate mode, relative to the exact mode: its pairs come in an order that caches
 * badly, and each is offered to two lists.
 */
const APPROXIMATE_PAIR = 3;

/** Share of a pair's dimensions that is still computed where its short form is compared first. */
const LEFT_BESIDE_SHORT = 0.15;

/**
 * Expected seconds of each stage, without a reduction.
 *
 * @param portable whether the portable kernel is used instead of the WebAssembly kernel
 */
export function expectedTimes(
  rows: number,
  distinct: number,
  dimensions: number,
  threads = MEASURED_THREADS,
  approximate = false,
  portable = false,
): StageTimes {
  const pairs = approximate ? APPROXIMATE_PAIR * approximatePairs(distinct) : (distinct * distinct) / 2;
  const together = MEASURED_THREADS / threads;
  const width = projectedWidth(distinct, dimensions, approximate);
  const computed = width > 0 ? width + LEFT_BESIDE_SHORT * dimensions : dimensions;
  const projecting = width > 0 ? (distinct + 10_000) * dimensions * width * 25e-12 : 0;
  return {
    PREPARING: rows * dimensions * 3e-9 + distinct * dimensions * 16e-9 + projecting + 1e-3,
    REDUCING: 0,
    NEIGHBOURS: pairs * (computed * 15e-12 + 0.7e-9) * together * (portable ? PORTABLE : 1) + 1e-3,
    SPANNING_TREE: distinct * (dimensions * 8e-9 + 4e-6) + pairs * dimensions * 0.4e-12 * together + 1e-3,
    CLUSTERS: distinct * 0.3e-6 + 1e-3,
    MEDOIDS: distinct * dimensions * 8e-9 + pairs * dimensions * 0.2e-12 * together + 1e-3,
  };
}
