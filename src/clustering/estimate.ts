import { availableParallelism } from "node:os";
import { COPIES_BYTES, THREAD_BYTES } from "./estimatedBytes.js";
import { type Estimate, START } from "./expectedTimes.js";
import { fitsWebAssembly } from "./kernel/kernel.js";
import { expectedMomentsBytes } from "./medoids/momentBounds.js";
import { listedNeighbours } from "./nearestNeighbours.js";
import { type HdbscanParameterOptions, type HdbscanParameters, resolveParameters } from "./parameters.js";
import { layoutFor } from "./quantisedRows.js";
import { expectedReductionBytes, expectedStageTimes } from "./reduction/reducedTimes.js";
import { requireCounts } from "./requireCounts.js";

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
  parameters: HdbscanParameterOptions = {},
  threads = availableParallelism(),
  distinct = rows,
): Estimate {
  requireCounts({ rows, dimensions, threads, distinct });
  const resolved = resolveParameters(parameters, dimensions);
  const { minSamples, algorithm, reduction } = resolved;
  const approximate = algorithm === "APPROXIMATE_HDBSCAN";
  const k = listedNeighbours(distinct, minSamples);
  const width = reduction?.dimensions ?? dimensions;
  const shared = layoutFor(distinct, width, k, threads, approximate).bytes;
  const portable = !fitsWebAssembly(shared);
  const times = expectedStageTimes(rows, distinct, dimensions, resolved, threads, approximate, portable);
  return {
    bytes:
      expectedBytes(distinct, width, k, threads) +
      shared +
      rows * ROW_BYTES +
      (reduction ? expectedReductionBytes(rows, distinct, dimensions, resolved, threads) : 0),
    seconds: START + Object.values(times).reduce((sum, time) => sum + time, 0),
  };
}

/** Bytes per row of the result and of the hash table in which copies are found. */
const ROW_BYTES = 16 + COPIES_BYTES;

/** Seconds that a clustering takes on one thread. */
export function secondsAlone(rows: number, dimensions: number, parameters: HdbscanParameters): number {
  const approximate = parameters.algorithm === "APPROXIMATE_HDBSCAN";
  const times = expectedStageTimes(rows, rows, dimensions, parameters, 1, approximate, false);
  return Object.values(times).reduce((a, b) => a + b, 0);
}

function expectedBytes(rows: number, dimensions: number, k: number, threads: number): number {
  const points = rows * dimensions * 4;
  // The edges from the lists with the arrays that sort them, and the arrays with a few numbers per row.
  const lists = rows * k * 0.7 * 25;
  const perRow = rows * 200;
  const moments = expectedMomentsBytes(rows, dimensions, threads);
  return points + lists + perRow + moments + threads * THREAD_BYTES;
}
