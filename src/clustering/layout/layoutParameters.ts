import { fault, type InvalidClusteringInputError, isCount } from "../invalidClusteringInput.js";
import { knownOptions } from "../knownOptions.js";
import type { Metric } from "../metric.js";
import { requireRowDimensions } from "../requireCounts.js";

/** The parameters of a layout. Names in brackets are umap-learn's. */
export interface LayoutParameters {
  /**
   * Dimensions of the places (n_components). At least 1, at most the dimensions of the rows.
   *
   * @default 2
   */
  dimensions: number;
  /**
   * Number of distinct rows that count as a row's neighbourhood, itself included (n_neighbors): few show detail, many
   * the large structure. 2 to 1,000. Where there are fewer distinct rows, their number takes effect.
   *
   * @default 15
   */
  neighbours: number;
  /**
   * The distance between places up to which rows are as near as can be (min_dist): 0 packs clusters densely. 0 to
   * spread.
   *
   * @default 0.1
   */
  minDistance: number;
  /**
   * The scale of the distances between places. 0.01 to 100.
   *
   * @default 1
   */
  spread: number;
  /**
   * Number of passes over the graph (n_epochs). 1 to 100,000; null for 500 passes for up to 10,000 distinct rows and
   * 200 for more.
   *
   * @default null
   */
  epochs: number | null;
  /**
   * Chooses the random numbers (random_state). A whole number from −2³¹ to 2³¹ − 1.
   *
   * @default 0
   */
  seed: number;
  /**
   * The distance between rows. COSINE is 1 − cos: half the squared Euclidean distance of the rows scaled to length 1.
   *
   * @default "EUCLIDEAN"
   */
  metric: Metric;
  /**
   * Whether each row is first scaled to length 1; COSINE always does so.
   *
   * @default false
   */
  normalize: boolean;
}

const defaults: LayoutParameters = {
  dimensions: 2,
  neighbours: 15,
  minDistance: 0.1,
  spread: 1,
  epochs: null,
  seed: 0,
  metric: "EUCLIDEAN",
  normalize: false,
};

/** The names of all parameters of a layout. */
export const layoutParameterNames = Object.keys(defaults) as (keyof LayoutParameters)[];

/**
 * Fills in the defaults and checks each value.
 *
 * @param rowDimensions the dimensions of the rows, if they are known
 * @throws {InvalidClusteringInputError} with the name and value of the first invalid parameter
 */
export function resolveLayoutParameters(
  options: Partial<LayoutParameters> = {},
  rowDimensions = Infinity,
): LayoutParameters {
  requireRowDimensions(rowDimensions);
  const parameters = withDefaults(options);
  const [first] = faultsOf(parameters, rowDimensions);
  if (first !== undefined) throw first;
  return { ...parameters, normalize: parameters.normalize || parameters.metric === "COSINE" };
}

/**
 * All errors that `resolveLayoutParameters` could throw for values of parameters: the first one of each parameter.
 *
 * @throws {InvalidClusteringInputError} for options that are not an object, an unknown one of them, or invalid
 *   dimensions of the rows
 */
export function layoutParameterFaults(
  options: Partial<LayoutParameters>,
  rowDimensions = Infinity,
): InvalidClusteringInputError[] {
  requireRowDimensions(rowDimensions);
  return faultsOf(withDefaults(options), rowDimensions);
}

function withDefaults(options: Partial<LayoutParameters>): LayoutParameters {
  const given = knownOptions(options, layoutParameterNames);
  const parameters = { ...defaults };
  for (const name of layoutParameterNames) {
    if (given[name] !== undefined) Object.assign(parameters, { [name]: given[name] });
  }
  return parameters;
}

const MOST_NEIGHBOURS = 1_000;
const LEAST_SPREAD = 0.01;
const MOST_SPREAD = 100;
const MOST_EPOCHS = 100_000;
const SEEDS = 2 ** 31;

function faultsOf(parameters: LayoutParameters, rowDimensions: number): InvalidClusteringInputError[] {
  const { dimensions, neighbours, minDistance, spread, epochs, seed, metric, normalize } = parameters;
  const faults: InvalidClusteringInputError[] = [];
  const expect = (holds: boolean, field: keyof LayoutParameters, expected: string): boolean => {
    if (!holds) faults.push(fault(field, parameters[field], expected));
    return holds;
  };
  const most = rowDimensions === Infinity ? "" : ` and at most the dimensions of the rows, ${rowDimensions}`;
  const isDimension = isCount(dimensions, 1) && dimensions <= rowDimensions;
  expect(isDimension, "dimensions", `a whole number of at least 1${most}`);
  const isNeighbours = isCount(neighbours, 2) && neighbours <= MOST_NEIGHBOURS;
  expect(isNeighbours, "neighbours", `a whole number from 2, as a row is in its own neighbourhood, to 1,000`);
  const isSpread = typeof spread === "number" && spread >= LEAST_SPREAD && spread <= MOST_SPREAD;
  expect(isSpread, "spread", `a number from ${LEAST_SPREAD} to ${MOST_SPREAD}`);
  const isDistance = Number.isFinite(minDistance) && minDistance >= 0;
  expect(
    isDistance && (!isSpread || minDistance <= spread),
    "minDistance",
    `a number from 0 to ${isSpread ? `${spread}, the spread` : "spread"}`,
  );
  const isEpochs = epochs === null || (isCount(epochs, 1) && epochs <= MOST_EPOCHS);
  expect(isEpochs, "epochs", "a whole number from 1 to 100,000, or null for the default");
  const isSeed = Number.isSafeInteger(seed) && seed >= -SEEDS && seed < SEEDS;
  expect(isSeed, "seed", `a whole number of 32 bits, from ${-SEEDS} to ${SEEDS - 1}`);
  expect(metric === "EUCLIDEAN" || metric === "COSINE", "metric", "one of EUCLIDEAN, COSINE");
  expect(typeof normalize === "boolean", "normalize", "true or false");
  return faults;
}

/** Up to this many distinct rows, the default is the larger number of epochs, as in umap-learn. */
const SMALL = 10_000;

/** The values that take effect for this many distinct rows. */
export function effectiveParameters(
  parameters: LayoutParameters,
  distinct: number,
): EffectiveLayoutParameters {
  return {
    ...parameters,
    neighbours: Math.min(parameters.neighbours, distinct),
    epochs: parameters.epochs ?? (distinct <= SMALL ? 500 : 200),
  };
}

/** The parameters as they took effect. */
export type EffectiveLayoutParameters = LayoutParameters & { epochs: number };
