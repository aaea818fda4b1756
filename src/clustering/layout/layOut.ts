import { knownOptions } from "../knownOptions.js";
import { checkedPoints, type Points } from "../parameters.js";
import { requireRunOptions, runInThreads, runOptionNames } from "../threadedRun.js";
import type { ThreadedRunOptions } from "../threadedRunOptions.js";
import { secondsToShare } from "./layoutEstimate.js";
import { type LayoutParameters, layoutParameterNames, resolveLayoutParameters } from "./layoutParameters.js";
import type { LayoutProgress } from "./layoutProgress.js";
import type { LayoutResult } from "./layoutResult.js";
import { type SubsetSizes, subsetSizes } from "./subsetSizes.js";

export interface LayoutOptions extends Partial<LayoutParameters>, ThreadedRunOptions<LayoutProgress> {}

const optionNames = [...layoutParameterNames, ...runOptionNames];

/**
 * Lays rows out in few dimensions, so that rows that are near each other have places near each other: UMAP (McInnes,
 * Healy & Melville 2018, "UMAP: Uniform manifold approximation and projection for dimension reduction") on the exact
 * nearest neighbours, beginning from the spectral embedding of their graph. Two dimensions make a map; HDBSCAN of five
 * or so finds clusters where the rows themselves have too many dimensions for it.
 *
 * The places are the same, bit for bit, for any order of the rows, any number of threads and any machine; equal rows
 * have equal places. Only the search for neighbours and the spectral embedding run in several threads.
 *
 * Of more than 250,000 distinct rows, 50,000 are laid out, drawn by hashes of their content and the seed. Each of the
 * others is placed at the mean of its exact nearest laid-out rows, weighted by the strengths that the graph would give
 * them. The result says how many rows were laid out, and how many placed.
 *
 * The work runs in threads of its own, and the rows must not change while it does. When the promise settles, all of
 * these threads have stopped working.
 *
 * @param points n·d float32
 * @throws {InvalidClusteringInputError} for an unknown option or a value out of range; for points of the wrong type or
 *   shape; for a row with a component that is not finite; for a row of zeros where rows are scaled to length 1. Rejects
 *   with `signal.reason` when aborted
 */
export const layOut = (points: Points, options: LayoutOptions = {}): Promise<LayoutResult> =>
  layOutInSizes(points, options, subsetSizes);

/** The same with other sizes, so that a test needs no hundreds of thousands of rows. */
export async function layOutInSizes(
  points: Points,
  options: LayoutOptions,
  sizes: SubsetSizes,
): Promise<LayoutResult> {
  const given = knownOptions(options, optionNames);
  const { rows, ...checked } = checkedPoints(points, null);
  const parameters = resolveLayoutParameters(
    Object.fromEntries(layoutParameterNames.map((name) => [name, given[name]])),
    checked.dimensions,
  );
  requireRunOptions(given);
  const alone = () => secondsToShare(rows, checked.dimensions, parameters);
  return runInThreads("layout", checked, { ...parameters, sizes }, alone, given);
}
