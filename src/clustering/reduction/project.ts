import { availableParallelism } from "node:os";
import { COPIES_BYTES, THREAD_BYTES } from "../estimatedBytes.js";
import type { Estimate } from "../expectedTimes.js";
import { START } from "../expectedTimes.js";
import { knownOptions } from "../knownOptions.js";
import { checkedPoints, type Points } from "../parameters.js";
import { requireCounts } from "../requireCounts.js";
import { requireRunOptions, runInThreads, runOptionNames } from "../threadedRun.js";
import type { ThreadedRunOptions } from "../threadedRunOptions.js";
import {
  type ProjectionParameters,
  type ProjectionProgress,
  type ProjectionResult,
  projectionParameterNames,
  resolveProjectionParameters,
} from "./projectionParameters.js";
import { expectedProjectionTimes } from "./reducedTimes.js";

export interface ProjectionOptions
  extends Partial<ProjectionParameters>,
    ThreadedRunOptions<ProjectionProgress> {}

const optionNames = [...projectionParameterNames, ...runOptionNames];

/**
 * Projects rows onto the directions of their greatest variance (principal component analysis). Unlike a layout it keeps
 * large distances, and shows groups only where few directions tell them apart.
 *
 * The places are the same, bit for bit, for any order of the rows, any number of threads and any machine; equal rows
 * have equal places. The work runs in threads of its own, as that of `layOut`.
 *
 * @param points n·d float32
 * @throws {InvalidClusteringInputError} for an unknown option or a value out of range; for points that `layOut` refuses;
 *   for a row whose components float32 cannot hold. Rejects with `signal.reason` when aborted
 */
export async function project(points: Points, options: ProjectionOptions = {}): Promise<ProjectionResult> {
  const given = knownOptions(options, optionNames);
  const { rows, ...checked } = checkedPoints(points, null);
  const parameters = resolveProjectionParameters(given, checked.dimensions);
  requireRunOptions(given);
  const alone = () => {
    const times = expectedProjectionTimes(rows, rows, checked.dimensions, parameters.dimensions, 1);
    return times.PREPARING + times.COMPONENTS;
  };
  return runInThreads("projection", checked, parameters, alone, given);
}

/**
 * Estimates the memory and time of a projection, as `estimateLayout` does for a layout.
 *
 * @param distinct number of distinct rows, if known
 * @throws {InvalidClusteringInputError} with the name of the first invalid argument or parameter
 */
export function estimateProjection(
  rows: number,
  rowDimensions: number,
  parameters: Partial<ProjectionParameters> = {},
  threads = availableParallelism(),
  distinct = rows,
): Estimate {
  requireCounts({ rows, rowDimensions, threads, distinct });
  const given = knownOptions(parameters, projectionParameterNames);
  const { dimensions } = resolveProjectionParameters(given, rowDimensions);
  const times = expectedProjectionTimes(rows, distinct, rowDimensions, dimensions, threads);
  return {
    bytes:
      distinct * (rowDimensions + dimensions) * 4 +
      rows * (COPIES_BYTES + dimensions * 4) +
      threads * THREAD_BYTES,
    seconds: START + times.PREPARING + times.COMPONENTS,
  };
}
