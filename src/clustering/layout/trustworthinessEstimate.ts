import { availableParallelism } from "node:os";
import { COPIES_BYTES, SORTING_BYTES, THREAD_BYTES } from "../estimatedBytes.js";
import { type Estimate, START } from "../expectedTimes.js";
import { fitsWebAssembly } from "../kernel/kernel.js";
import { knownOptions } from "../knownOptions.js";
import { layoutFor } from "../quantisedRows.js";
import { requireCounts } from "../requireCounts.js";
import { pieceSize, placesWithPiece } from "../rowsInPieces.js";
import { expectedMeasuringTimes } from "./measureTrustworthiness.js";
import {
  resolveTrustworthinessParameters,
  type TrustworthinessParameters,
  trustworthinessParameterNames,
} from "./trustworthinessParameters.js";

/** Bytes per row of the hash table in which copies are found, of the canonical order, and of its places on a plane. */
const ROW_BYTES = COPIES_BYTES + 8 + 8;

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
  requireCounts({ rows, rowDimensions, threads, distinct });
  const { sample } = resolveTrustworthinessParameters(
    knownOptions(parameters, trustworthinessParameterNames),
  );
  // The rows of the sample are in memory, and a piece of all rows at a time.
  const sampled = Math.min(sample, distinct);
  const places = placesWithPiece(sampled, distinct);
  const quantised = layoutFor(places, rowDimensions, 1, threads, false, 0).bytes;
  const portable = !fitsWebAssembly(quantised);
  const times = expectedMeasuringTimes(rows, distinct, rowDimensions, sample, threads, portable);
  return {
    bytes:
      quantised +
      (sampled + pieceSize(distinct)) * rowDimensions * 4 +
      distinct * SORTING_BYTES +
      rows * ROW_BYTES +
      threads * THREAD_BYTES,
    seconds: START + times.PREPARING + times.RANKS,
  };
}
