import { availableParallelism } from "node:os";
import { type Estimate, START } from "../expectedTimes.js";
import { isCount, require } from "../invalidClusteringInput.js";
import { fitsWebAssembly } from "../kernel/kernel.js";
import { knownOptions } from "../knownOptions.js";
import { layoutFor } from "../quantisedRows.js";
import { expectedMeasuringTimes } from "./measureTrustworthiness.js";
import {
  resolveTrustworthinessParameters,
  type TrustworthinessParameters,
  trustworthinessParameterNames,
} from "./trustworthinessParameters.js";

/** Bytes per row of the hash table in which copies are found, of the canonical order, and of its places on a plane. */
const ROW_BYTES = 32 + 8 + 8;
const THREAD_BYTES = 45 * 2 ** 20;

/**
 * Estimates the memory and time of measuring trustworthiness, as `estimateLayout` does for a layout.
 *
 * @param rowDimensions dimensions of the rows
 * @param threads that compute; if absent, as many as the machine can run in parallel
 * @param distinct number of distinct rows, if known
 * @throws {InvalidClusteringInputError} with the name of the first invalid argument or parameter
 */
export function estimateTrustworthiness(
  rows: number,
  rowDimensions: number,
  parameters: Partial<TrustworthinessParameters> = {},
  threads = availableParallelism(),
  distinct = rows,
): Estimate {
  require(isCount(rows, 0), "rows", rows, "a whole number of at least 0");
  require(isCount(rowDimensions, 1), "rowDimensions", rowDimensions, "a whole number of at least 1");
  require(isCount(threads, 1), "threads", threads, "a whole number of at least 1");
  require(isCount(distinct, 0) &&
    distinct <= rows, "distinct", distinct, `a whole number, at most the ${rows} rows`);
  const { sample } = resolveTrustworthinessParameters(
    knownOptions(parameters, trustworthinessParameterNames),
  );
  const quantised = layoutFor(distinct, rowDimensions, 1, threads, false, 0).bytes;
  const portable = !fitsWebAssembly(quantised);
  const times = expectedMeasuringTimes(rows, distinct, rowDimensions, sample, threads, portable);
  return {
    bytes: quantised + distinct * rowDimensions * 4 + rows * ROW_BYTES + threads * THREAD_BYTES,
    seconds: START + times.PREPARING + times.RANKS,
  };
}
