import { availableParallelism } from "node:os";
import { type Estimate, expectedTimes, PORTABLE, START } from "../expectedTimes.js";
import { isCount, require } from "../invalidClusteringInput.js";
import { fitsWebAssembly } from "../kernel/kernel.js";
import { listedNeighbours } from "../nearestNeighbours.js";
import { layoutFor } from "../quantisedRows.js";
import { effectiveParameters, type LayoutParameters, resolveLayoutParameters } from "./layoutParameters.js";
import type { LayoutStage } from "./layoutProgress.js";

/** Most distinct rows of a layout: the time of the exact search for neighbours grows with their square. */
export const MOST_DISTINCT_ROWS = 250_000;

/**
 * Estimates the memory and time of a layout. Copies of a row cost next to nothing; without `distinct`, the estimate
 * assumes the worst case, that all rows differ.
 *
 * @param rowDimensions dimensions of the rows
 * @param threads that compute; if absent, as many as the machine can run in parallel
 * @param distinct number of distinct rows, if known
 * @throws {InvalidClusteringInputError} with the name of the first invalid argument or parameter
 */
export function estimateLayout(
  rows: number,
  rowDimensions: number,
  parameters: Partial<LayoutParameters> = {},
  threads = availableParallelism(),
  distinct = rows,
): Estimate {
  require(isCount(rows, 0), "rows", rows, "a whole number of at least 0");
  require(isCount(rowDimensions, 1), "rowDimensions", rowDimensions, "a whole number of at least 1");
  require(isCount(threads, 1), "threads", threads, "a whole number of at least 1");
  require(isCount(distinct, 0) &&
    distinct <= rows, "distinct", distinct, `a whole number, at most the ${rows} rows`);
  return layoutEstimate(
    rows,
    rowDimensions,
    resolveLayoutParameters(parameters, rowDimensions),
    threads,
    distinct,
  );
}

/** The same of arguments that have been checked. */
export function layoutEstimate(
  rows: number,
  rowDimensions: number,
  resolved: LayoutParameters,
  threads: number,
  distinct: number,
): Estimate {
  const { dimensions, neighbours } = effectiveParameters(resolved, distinct);
  const shared = layoutFor(
    distinct,
    rowDimensions,
    listedNeighbours(distinct, neighbours),
    threads,
    false,
  ).bytes;
  const times = expectedLayoutTimes(
    rows,
    distinct,
    rowDimensions,
    resolved,
    threads,
    !fitsWebAssembly(shared),
  );
  return {
    bytes:
      shared +
      distinct * (rowDimensions * 4 + neighbours * GRAPH_BYTES + dimensions * 28) +
      rows * (ROW_BYTES + dimensions * 4) +
      threads * THREAD_BYTES,
    seconds: START + Object.values(times).reduce((sum, time) => sum + time, 0),
  };
}

/** Bytes per neighbour of the lists, of the graph and of its edges' schedule. */
const GRAPH_BYTES = 12 + 12 + 2 * 12 + 2 * 24;
/** Bytes per row of the hash table in which copies are found. */
const ROW_BYTES = 32;
const THREAD_BYTES = 45 * 2 ** 20;

/** Seconds that one thread takes for what several can share of a layout: only the search for neighbours. */
export function secondsToShare(rows: number, rowDimensions: number, parameters: LayoutParameters): number {
  const { PREPARING, NEIGHBOURS } = expectedLayoutTimes(rows, rows, rowDimensions, parameters, 1);
  return PREPARING + NEIGHBOURS;
}

/** Steps of a row and epoch per neighbour: weak edges are due more seldom than in each epoch. */
const STEPS_PER_NEIGHBOUR = 0.43;
/** Seconds of a step, and of each further four dimensions. */
const STEP = 75e-9;
const STEP_PER_FOUR_DIMENSIONS = 15e-9;
/** Bytes of the places that stay in a core's second-level cache; beyond that, seconds more per four dimensions. */
const CACHED_BYTES = 2 ** 19;
const BEYOND_CACHE = 30e-9;

/**
 * Expected seconds of each stage.
 *
 * @param portable whether the portable kernel is used instead of the WebAssembly kernel
 */
export function expectedLayoutTimes(
  rows: number,
  distinct: number,
  rowDimensions: number,
  parameters: LayoutParameters,
  threads: number,
  portable = false,
): Record<LayoutStage, number> {
  const { dimensions, neighbours, epochs } = effectiveParameters(parameters, distinct);
  const { PREPARING, NEIGHBOURS } = expectedTimes(rows, distinct, rowDimensions, threads, false, portable);
  const steps = distinct * neighbours * STEPS_PER_NEIGHBOUR * epochs;
  const fours = Math.ceil(dimensions / 4);
  const beyond = distinct * fours * 16 > CACHED_BYTES ? fours * BEYOND_CACHE : 0;
  const step = STEP + (fours - 1) * STEP_PER_FOUR_DIMENSIONS + beyond;
  return {
    PREPARING,
    NEIGHBOURS,
    GRAPH: distinct * (neighbours * (rowDimensions * 2e-9 + 1e-6) + rowDimensions * dimensions * 1e-9) + 1e-3,
    STEPS: steps * step * (portable ? PORTABLE : 1) + 1e-3,
  };
}
