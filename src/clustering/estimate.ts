import { availableParallelism } from "node:os";
import { approximatePairs } from "./approximateNeighbours.js";
import { isCount, require } from "./invalidClusteringInput.js";
import { fitsWebAssembly } from "./kernel/kernel.js";
import { listedNeighbours } from "./nearestNeighbours.js";
import { type HdbscanParameters, resolveParameters } from "./parameters.js";
import type { StageTimes } from "./progress.js";
import { layoutFor, projectedWidth } from "./quantisedRows.js";

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

/**
 * Estimates the memory and time of a clustering. Copies of a row cost next to nothing; without `distinct`,
 * the estimate assumes the worst case, that all rows differ.
 *
 * @param threads that compute; if absent, as many as the machine can run in parallel
 * @param distinct number of distinct rows, if known
 * @throws {InvalidClusteringInputError} with the name of the first invalid argument or parameter
 */
export function estimate(
  rows: number,
  dimensions: number,
  parameters: Partial<HdbscanParameters> = {},
  threads = availableParallelism(),
  distinct = rows,
): Estimate {
  require(isCount(rows, 0), "rows", rows, "a whole number of at least 0");
  require(isCount(dimensions, 1), "dimensions", dimensions, "a whole number of at least 1");
  require(isCount(threads, 1), "threads", threads, "a whole number of at least 1");
  require(isCount(distinct, 0) &&
    distinct <= rows, "distinct", distinct, `a whole number, at most the ${rows} rows`);
  const { minSamples, algorithm } = resolveParameters(parameters);
  const approximate = algorithm === "APPROXIMATE_HDBSCAN";
  const k = listedNeighbours(distinct, minSamples);
  const shared = layoutFor(distinct, dimensions, k, threads, approximate).bytes;
  const portable = !fitsWebAssembly(shared);
  const times = expectedTimes(rows, distinct, dimensions, threads, approximate, portable);
  return {
    bytes: expectedBytes(distinct, dimensions, k, threads) + shared + rows * ROW_BYTES,
    seconds: START + Object.values(times).reduce((sum, time) => sum + time, 0),
  };
}

/** Time of the portable kernel, relative to the WebAssembly kernel. */
export const PORTABLE = 50;

/** Bytes per row of the result and of the hash table in which copies are found. */
const ROW_BYTES = 48;

/** Seconds that a new thread takes to start. */
export const START = 0.03;
/** Seconds of work that make starting another thread worthwhile. */
const WORTH = 0.02;

/**
 * Number of threads that a clustering can use: for few rows, the work is done before many threads have
 * started.
 */
export function usefulThreads(rows: number, dimensions: number, parameters: HdbscanParameters): number {
  const approximate = parameters.algorithm === "APPROXIMATE_HDBSCAN";
  const alone = Object.values(expectedTimes(rows, rows, dimensions, 1, approximate)).reduce(
    (a, b) => a + b,
    0,
  );
  return Math.max(1, Math.min(availableParallelism(), Math.floor(alone / WORTH)));
}

/**
 * Time of a pair in the approximate mode, relative to the exact mode: its pairs come in an order that caches
 * badly, and each is offered to two lists.
 */
const APPROXIMATE_PAIR = 3;

/** Share of a pair's dimensions that is still computed where its short form is compared first. */
const LEFT_BESIDE_SHORT = 0.15;

/**
 * Expected seconds of each stage.
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
    NEIGHBOURS: pairs * (computed * 15e-12 + 0.7e-9) * together * (portable ? PORTABLE : 1) + 1e-3,
    SPANNING_TREE: distinct * (dimensions * 8e-9 + 4e-6) + pairs * dimensions * 0.4e-12 * together + 1e-3,
    CLUSTERS: distinct * 0.3e-6 + 1e-3,
    MEDOIDS: distinct * dimensions * 8e-9 + pairs * dimensions * 0.2e-12 * together + 1e-3,
  };
}

/** Bytes that a thread's code and garbage take. */
const THREAD_BYTES = 45 * 2 ** 20;

function expectedBytes(rows: number, dimensions: number, k: number, threads: number): number {
  const points = rows * dimensions * 4;
  // The edges from the lists with the arrays that sort them, and the arrays with a few numbers per row.
  const lists = rows * k * 0.7 * 25;
  const perRow = rows * 200;
  return points + lists + perRow + threads * THREAD_BYTES;
}
