import { isCount, require } from "../invalidClusteringInput.js";
import type { HdbscanParameters } from "../parameters.js";

export interface TrustworthinessParameters {
  /**
   * Number of each row's nearest places that are examined. 1 to 1,000. The measure is defined for fewer than half as
   * many neighbours as rows; for fewer rows, the greatest number for which it is defined takes effect.
   *
   * @default 15
   */
  neighbours: number;
  /**
   * Most rows whose neighbours are examined. At least 1.
   *
   * @default 2000
   */
  sample: number;
  /**
   * The distance between rows, as in the layout.
   *
   * @default "EUCLIDEAN"
   */
  metric: HdbscanParameters["metric"];
  /**
   * Whether each row is first scaled to length 1, as in the layout; COSINE always does so.
   *
   * @default false
   */
  normalize: boolean;
}

export interface TrustworthinessProgress {
  stage: "PREPARING" | "RANKS";
  /** Share of the whole run that is done, 0 to 1; it never falls. */
  progress: number;
}

export interface Trustworthiness {
  /**
   * 0 to 1; 1 if all neighbours on the map are neighbours among the rows too. Null for fewer than three rows, for which
   * it is not defined.
   */
  value: number | null;
  /** Number of neighbours that were examined of each row: fewer than requested where there are few rows. */
  neighbours: number;
  /** Number of rows whose neighbours were examined: all of them, unless there are more than the sample may have. */
  sample: number;
}

const defaults: TrustworthinessParameters = {
  neighbours: 15,
  sample: 2_000,
  metric: "EUCLIDEAN",
  normalize: false,
};

export const trustworthinessParameterNames = Object.keys(defaults) as (keyof TrustworthinessParameters)[];

const MOST_NEIGHBOURS = 1_000;

/**
 * Fills in the defaults and checks each value.
 *
 * @throws {InvalidClusteringInputError} with the name and value of the first invalid parameter
 */
export function resolveTrustworthinessParameters(
  given: Partial<TrustworthinessParameters>,
): TrustworthinessParameters {
  const parameters = { ...defaults };
  for (const name of trustworthinessParameterNames) {
    if (given[name] !== undefined) Object.assign(parameters, { [name]: given[name] });
  }
  const { neighbours, sample, metric, normalize } = parameters;
  const isNeighbours = isCount(neighbours, 1) && neighbours <= MOST_NEIGHBOURS;
  require(isNeighbours, "neighbours", neighbours, "a whole number from 1 to 1,000");
  require(isCount(sample, 1), "sample", sample, "a whole number of at least 1");
  require(metric === "EUCLIDEAN" || metric === "COSINE", "metric", metric, "one of EUCLIDEAN, COSINE");
  require(typeof normalize === "boolean", "normalize", normalize, "true or false");
  return { ...parameters, normalize: normalize || metric === "COSINE" };
}
