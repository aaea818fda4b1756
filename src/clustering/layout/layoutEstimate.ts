import { availableParallelism } from "node:os";
import { COPIES_BYTES, SORTING_BYTES, THREAD_BYTES } from "../estimatedBytes.js";
import { type Estimate, expectedTimes, PORTABLE, START } from "../expectedTimes.js";
import { fitsWebAssembly } from "../kernel/kernel.js";
import { listedNeighbours } from "../nearestNeighbours.js";
import { layoutFor } from "../quantisedRows.js";
import { requireCounts } from "../requireCounts.js";
import { pieceSize } from "../rowsInPieces.js";
import { eigenvectorBlock } from "./laplacianEigenvectors.js";
import { effectiveParameters, type LayoutParameters, resolveLayoutParameters } from "./layoutParameters.js";
import type { LayoutStage } from "./layoutProgress.js";
import { placingLayout } from "./placedRows.js";
import { SPECTRAL_AXES } from "./startingPlaces.js";
import { laidOutCount, subsetSizes } from "./subsetSizes.js";

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
  requireCounts({ rows, rowDimensions, threads, distinct });
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
  sizes = subsetSizes,
): Estimate {
  const laidOut = laidOutCount(distinct, sizes);
  const { dimensions, neighbours } = effectiveParameters(resolved, laidOut);
  const shared = layoutFor(
    laidOut,
    rowDimensions,
    listedNeighbours(laidOut, neighbours),
    threads,
    false,
  ).bytes;
  const portable = !fitsWebAssembly(shared);
  const times = expectedLayoutTimes(rows, distinct, rowDimensions, resolved, threads, portable, sizes);
  const others = distinct - laidOut;
  const spectralColumns = eigenvectorBlock(Math.min(dimensions, SPECTRAL_AXES));
  // The memory of the layout may not have been collected by then.
  const placing =
    others === 0
      ? 0
      : placingLayout(laidOut, others, rowDimensions, neighbours - 1, threads).bytes +
        pieceSize(others) * rowDimensions * 4 +
        distinct * PLACED_BYTES;
  return {
    bytes:
      shared +
      placing +
      laidOut * (rowDimensions * 4 + neighbours * GRAPH_BYTES + dimensions * 28 + spectralColumns * 3 * 8) +
      distinct * (SORTING_BYTES + dimensions * 4) +
      rows * (COPIES_BYTES + dimensions * 4) +
      threads * THREAD_BYTES,
    seconds: START + Object.values(times).reduce((sum, time) => sum + time, 0),
  };
}

/** Bytes per neighbour of the lists, of the graph, of its normalised entries and of its edges' schedule. */
const GRAPH_BYTES = 12 + 12 + 2 * 12 + 2 * 8 + 2 * 24;
/** Bytes per distinct row of the arrays that find the subset and the others. */
const PLACED_BYTES = 12;

/** Seconds that one thread takes for what several can share of a layout: only the searches for neighbours. */
export function secondsToShare(rows: number, rowDimensions: number, parameters: LayoutParameters): number {
  const { PREPARING, NEIGHBOURS, PLACING } = expectedLayoutTimes(rows, rows, rowDimensions, parameters, 1);
  return PREPARING + NEIGHBOURS + PLACING;
}

/** Steps of a row and epoch per neighbour: weak edges are due more seldom than in each epoch. */
const STEPS_PER_NEIGHBOUR = 0.43;
/** Seconds of a step, and of each further four dimensions. */
const STEP = 75e-9;
const STEP_PER_FOUR_DIMENSIONS = 15e-9;
/** Seconds per row, neighbour and vector of the spectral embedding. */
const SPECTRAL = 600e-9;
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
  sizes = subsetSizes,
): Record<LayoutStage, number> {
  const laidOut = laidOutCount(distinct, sizes);
  const { dimensions, neighbours, epochs } = effectiveParameters(parameters, laidOut);
  const { PREPARING, NEIGHBOURS } = expectedTimes(rows, laidOut, rowDimensions, threads, false, portable);
  const steps = laidOut * neighbours * STEPS_PER_NEIGHBOUR * epochs;
  const fours = Math.ceil(dimensions / 4);
  const beyond = laidOut * fours * 16 > CACHED_BYTES ? fours * BEYOND_CACHE : 0;
  const step = STEP + (fours - 1) * STEP_PER_FOUR_DIMENSIONS + beyond;
  const others = distinct - laidOut;
  // Each pair of tiles belongs to two of the rows that the search among laid-out rows compares, but here to one.
  const search = expectedTimes(0, laidOut, rowDimensions, threads, false, portable).NEIGHBOURS;
  return {
    PREPARING: PREPARING + others * rowDimensions * HASHED,
    NEIGHBOURS,
    GRAPH:
      laidOut * (neighbours * (rowDimensions * 2e-9 + 1e-6) + rowDimensions * dimensions * 1e-9) +
      (laidOut * neighbours * eigenvectorBlock(Math.min(dimensions, SPECTRAL_AXES)) * SPECTRAL) / threads +
      1e-3,
    STEPS: steps * step * (portable ? PORTABLE : 1) + 1e-3,
    PLACING:
      others === 0
        ? 0
        : (2 * search * others) / laidOut +
          (others * (neighbours * rowDimensions * 2e-9 + rowDimensions * 40e-9)) / threads,
  };
}

/** Seconds per component of the rows of which only a part is laid out: they are hashed and sorted. */
const HASHED = 10e-9;
