import {
  fault,
  InvalidClusteringInputError,
  isCount,
  require,
  requireObject,
} from "../invalidClusteringInput.js";
import { knownOptions } from "../knownOptions.js";
import { checkedPoints, type Points, viewOf } from "../parameters.js";
import { requireRunOptions, runInThreads, runOptionNames } from "../threadedRun.js";
import type { ThreadedRunOptions } from "../threadedRunOptions.js";
import { expectedMeasuringTimes } from "./measureTrustworthiness.js";
import {
  resolveTrustworthinessParameters,
  type Trustworthiness,
  type TrustworthinessParameters,
  type TrustworthinessProgress,
  trustworthinessParameterNames,
} from "./trustworthinessParameters.js";

export interface TrustworthinessOptions
  extends Partial<TrustworthinessParameters>,
    ThreadedRunOptions<TrustworthinessProgress> {}

const optionNames = [...trustworthinessParameterNames, ...runOptionNames];

/**
 * Measures how well places keep the neighbours of rows (Venna & Kaski 2001, "Neighborhood preservation in nonlinear
 * projection methods", and as `sklearn.manifold.trustworthiness` defines it): a row that is among the k nearest on the
 * map, but only at rank r > k among the rows themselves, costs r − k,
 *
 *   T = 1 − 2 / (n·k·(2n − 3k − 1)) · Σᵢ Σⱼ max(0, r(i, j) − k).
 *
 * The ranks are exact, among all rows. Rows that are equally near are ordered by content, so that the value is the same
 * for any order of the rows and any number of threads. Of many rows, the first sum is estimated by a sample of them: one
 * row is drawn from each of equally large parts of all rows, sorted by content.
 *
 * The work runs in threads of its own, as that of `layOut`.
 *
 * @param points n·d float32
 * @param places n·e float32: the place of each row
 * @throws {InvalidClusteringInputError} for an unknown option or a value out of range; for points that `layOut` refuses
 *   (any number of distinct rows is accepted); "places" for another number of places than rows, or one that is not
 *   finite. Rejects with `signal.reason` when aborted
 */
export async function trustworthiness(
  points: Points,
  places: Points,
  options: TrustworthinessOptions = {},
): Promise<Trustworthiness> {
  const given = knownOptions(options, optionNames);
  const { rows, ...checked } = checkedPoints(points, null);
  const parameters = resolveTrustworthinessParameters(given);
  requireRunOptions(given);
  const laidOut = checkedPlaces(places, rows);
  const alone = () => {
    const times = expectedMeasuringTimes(rows, rows, checked.dimensions, parameters.sample, 1);
    return times.PREPARING + times.RANKS;
  };
  return runInThreads("trustworthiness", checked, { ...parameters, places: laidOut }, alone, given);
}

/**
 * Reads each property of the places once. They are copied, because all of the buffer that they are a part of would be
 * sent to the thread otherwise.
 *
 * @throws {InvalidClusteringInputError} "places"
 */
function checkedPlaces(places: Points, rows: number): Points {
  requireObject(places, "places", "an object with data and dimensions");
  const { data: given, dimensions } = places;
  if (!isCount(dimensions, 1)) {
    throw fault("places", dimensions, "of a whole number of dimensions, at least 1");
  }
  const data = viewOf(given, "places");
  const expected = rows * dimensions;
  const each = `${expected} numbers, ${dimensions} for each of ${rows} rows`;
  require(data.length === expected, "places", data.length, each);
  const wrong = data.findIndex((component) => !Number.isFinite(component));
  if (wrong >= 0) {
    const row = Math.floor(wrong / dimensions);
    const message = `places must be finite; that of row ${row} holds a component that is ${data[wrong]}`;
    throw new InvalidClusteringInputError("places", data[wrong], message, row);
  }
  return { data: data.slice(), dimensions };
}
