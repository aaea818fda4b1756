import { availableParallelism } from "node:os";
import { approximatePairs } from "./approximateNeighbours.js";
import { isCount, require } from "./invalidClusteringInput.js";
import { fitsWebAssembly } from "./kernel/kernel.js";
import { listedNeighbours } from "./nearestNeighbours.js";
import { type HdbscanParameters, resolveParameters } from "./parameters.js";
import type { StageTimes } from "./progress.js";
import { layoutFor, projectedWidth } from "./quantisedRows.js";

export interface Estimate {
  /** Memory beyond the input, if that is in a SharedArrayBuffer; else as much as the input comes on top. */
  bytes: number;
  seconds: number;
}

/** The threads of the machine that the constants below were measured on. */
const MEASURED_THREADS = 2;

/**
 * What a clustering would take. Copies cost next to nothing: without `distinct` the estimate is of the worst
 * case, that there are none.
 *
 * @param threads that compute; absent: as many as the machine can run at once
 * @param distinct how many different rows there are, where that is known
 * @throws {InvalidClusteringInputError} with the name of the first argument or parameter that is at fault
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

/** What a pair takes in the portable kernel, against WebAssembly's. */
const PORTABLE = 50;

/** The result, and the table in which copies are found. */
const ROW_BYTES = 48;

/** Seconds until a new thread has begun. */
const START = 0.03;
/** A thread is worth having for so many seconds of work. */
const WORTH = 0.02;

/** How many threads a clustering can use: few rows are done before many threads have begun. */
export function usefulThreads(rows: number, dimensions: number, parameters: HdbscanParameters): number {
  const approximate = parameters.algorithm === "APPROXIMATE_HDBSCAN";
  const alone = Object.values(expectedTimes(rows, rows, dimensions, 1, approximate)).reduce(
    (a, b) => a + b,
    0,
  );
  return Math.max(1, Math.min(availableParallelism(), Math.floor(alone / WORTH)));
}

/** Pairs of the approximate mode are in no order that caches like, and each is offered to two lists. */
const APPROXIMATE_PAIR = 3;

/** What is left to compute of a pair's dimensions where its short form comes first. */
const LEFT_BESIDE_SHORT = 0.15;

/**
 * Seconds that each stage takes.
 *
 * @param portable whether the kernel is not WebAssembly's
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

/** What a thread's code and garbage take. */
const THREAD_BYTES = 45 * 2 ** 20;

function expectedBytes(rows: number, dimensions: number, k: number, threads: number): number {
  const points = rows * dimensions * 4;
  // Edges of the lists with the orders in which they are sorted, and the arrays of a few numbers a row.
  const lists = rows * k * 0.7 * 25;
  const perRow = rows * 200;
  return points + lists + perRow + threads * THREAD_BYTES;
}
