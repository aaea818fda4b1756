import { secondsAlone } from "./estimate.js";
import { checkedTree } from "./givenTree.js";
import type { HdbscanResult } from "./hdbscanResult.js";
import { knownOptions } from "./knownOptions.js";
import { type SubsetSizes, subsetSizes } from "./layout/subsetSizes.js";
import {
  checkedPoints,
  type HdbscanParameterOptions,
  type Points,
  parameterNames,
  pickParameters,
  resolveParameters,
} from "./parameters.js";
import type { Progress } from "./progress.js";
import type { SpanningTreeOfRows } from "./spanningTreeOfRows.js";
import { requireRunOptions, runInThreads, runOptionNames } from "./threadedRun.js";
import type { ThreadedRunOptions } from "./threadedRunOptions.js";

export interface HdbscanOptions extends HdbscanParameterOptions, ThreadedRunOptions<Progress> {
  /**
   * The `spanningTree` of an earlier result of the same rows with the same algorithm, minSamples, alpha, metric,
   * normalize and reduction. The distances of all pairs are then not computed again, and the result is the same as
   * without it, bit for bit. Its heights are checked, and so are some of its core distances, of few rows all; that it
   * is minimal is not.
   */
  spanningTree?: SpanningTreeOfRows;
}

const optionNames = [...parameterNames, "spanningTree", ...runOptionNames] as const;

/**
 * Clusters rows by HDBSCAN*: exact, independent of the order of the rows, with the medoid of each cluster. With a
 * `reduction`, rows are first reduced to fewer dimensions, and it is the reduced rows that are clustered; medoids are
 * rows of the input all the same, and equal rows are treated as equal.
 *
 * The work runs in threads of its own, and the rows must not change while it does. When the promise settles,
 * all of these threads have stopped working. The threads of a small clustering stay idle for a second, so
 * that the next clustering can reuse them, and then end; idle threads do not keep the process alive.
 *
 * @throws {InvalidClusteringInputError} for an unknown option or a value out of range; for points of the
 *   wrong type or shape; for a row with a component that is not finite; for a row of zeros where rows are
 *   scaled to length 1; for rows that cannot be reduced; for a spanning tree of other rows or parameters. Rejects with `signal.reason` when aborted
 */
export const hdbscan = (points: Points, options: HdbscanOptions = {}): Promise<HdbscanResult> =>
  hdbscanInSizes(points, options, subsetSizes);

/** The same with other sizes of a reduction's layout, so that a test needs no hundreds of thousands of rows. */
export async function hdbscanInSizes(
  points: Points,
  options: HdbscanOptions,
  sizes: SubsetSizes,
): Promise<HdbscanResult> {
  const given = knownOptions(options, optionNames);
  const requested = resolveParameters(pickParameters(given));
  const { rows, ...checked } = checkedPoints(points, given.minSamples);
  const parameters = resolveParameters(requested, checked.dimensions);
  const spanningTree = given.spanningTree === undefined ? undefined : checkedTree(given.spanningTree, rows);
  requireRunOptions(given);
  const alone = () => secondsAlone(rows, checked.dimensions, parameters);
  return runInThreads("hdbscan", checked, { ...parameters, sizes, spanningTree }, alone, given);
}
