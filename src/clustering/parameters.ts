import { isFloat32Array } from "node:util/types";
import {
  fault,
  type InvalidClusteringInputError,
  isCount,
  require,
  requireObject,
  typeOf,
} from "./invalidClusteringInput.js";
import { knownOptions } from "./knownOptions.js";
import type { Metric } from "./metric.js";
import {
  effectiveReduction,
  type ReductionOptions,
  type ReductionParameters,
  reductionFaults,
  reductionWithDefaults,
} from "./reduction/reductionParameters.js";
import { requireRowDimensions } from "./requireCounts.js";

/** The parameters of a clustering, under the names that the API uses. */
export interface HdbscanParameters {
  /**
   * HDBSCAN is exact; APPROXIMATE_HDBSCAN searches for neighbours approximately and is faster for many rows.
   *
   * @default "HDBSCAN"
   */
  algorithm: "HDBSCAN" | "APPROXIMATE_HDBSCAN";
  /**
   * The smallest number of rows that makes a cluster; copies of one vector count separately. At least 2.
   *
   * @default 5
   */
  minClusterSize: number;
  /**
   * Number of rows within a point's core distance, including the point itself and its copies. At least 1; if
   * given, at most the number of rows.
   *
   * @default minClusterSize
   */
  minSamples: number;
  /**
   * EXCESS_OF_MASS selects the most persistent clusters, LEAF the finest ones.
   *
   * @default "EXCESS_OF_MASS"
   */
  clusterSelectionMethod: "EXCESS_OF_MASS" | "LEAF";
  /**
   * A distance: clusters that split off below it are replaced by their nearest ancestor that did not. 0 or
   * more. With a reduction, it is a distance between reduced rows.
   *
   * @default 0
   */
  clusterSelectionEpsilon: number;
  /**
   * The largest number of rows of a cluster: a larger one is replaced by its descendants. It applies only to
   * the selection by EXCESS_OF_MASS, before clusterSelectionEpsilon merges clusters, and merged clusters may
   * be larger; refused with LEAF. At least minClusterSize; null for no limit.
   *
   * @default null
   */
  maxClusterSize: number | null;
  /**
   * Distances are divided by it before mutual reachability is computed; core distances are not. Above 0.
   *
   * @default 1
   */
  alpha: number;
  /**
   * Whether the root of the hierarchy may be selected, so that all data may form a single cluster.
   *
   * @default false
   */
  allowSingleCluster: boolean;
  /**
   * The distance between rows. COSINE is 1 − cos: half the squared Euclidean distance of the rows scaled to
   * length 1. With a reduction, rows are reduced by it; reduced rows are compared by their Euclidean distance.
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
  /**
   * Reduces the rows to fewer dimensions first, and clusters the reduced rows; null for no reduction. Medoids are
   * still rows of the input, those that the reduced rows choose.
   *
   * @default null
   */
  reduction: ReductionParameters | null;
}

/** The parameters as they are requested: what is absent has its default. */
export type HdbscanParameterOptions = Partial<Omit<HdbscanParameters, "reduction">> & {
  reduction?: ReductionOptions | null;
};

/**
 * The rows to cluster. `data` is n·d float32, row-major; it is read in place from a SharedArrayBuffer, and
 * otherwise copied. It may belong to another realm, such as a vm context.
 */
export interface Points {
  data: Float32Array;
  dimensions: number;
}

const choices = {
  algorithm: ["HDBSCAN", "APPROXIMATE_HDBSCAN"],
  clusterSelectionMethod: ["EXCESS_OF_MASS", "LEAF"],
  metric: ["EUCLIDEAN", "COSINE"],
} as const;

const defaults: Omit<HdbscanParameters, "minSamples"> & { minSamples: null } = {
  algorithm: "HDBSCAN",
  minClusterSize: 5,
  minSamples: null, // as minClusterSize
  clusterSelectionMethod: "EXCESS_OF_MASS",
  clusterSelectionEpsilon: 0,
  maxClusterSize: null,
  alpha: 1,
  allowSingleCluster: false,
  metric: "EUCLIDEAN",
  normalize: false,
  reduction: null,
};

/** The names of all parameters. */
export const parameterNames = Object.keys(defaults) as (keyof HdbscanParameters)[];

/**
 * The parameters of an object that has other properties too.
 *
 * @throws {InvalidClusteringInputError} "source" if it is not an object
 */
export function pickParameters<Source extends { [Name in keyof HdbscanParameters]?: unknown }>(
  source: Source,
): Pick<Source, keyof HdbscanParameters> {
  requireObject(source, "source");
  return Object.fromEntries(parameterNames.map((name) => [name, source[name]])) as Pick<
    Source,
    keyof HdbscanParameters
  >;
}

/**
 * Fills in the defaults and checks each value.
 *
 * @param rowDimensions the dimensions of the rows, if they are known
 * @returns every parameter with the value that takes effect: COSINE always normalizes
 * @throws {InvalidClusteringInputError} with the name and value of the first invalid parameter
 */
export function resolveParameters(
  options: HdbscanParameterOptions = {},
  rowDimensions = Infinity,
): HdbscanParameters {
  requireRowDimensions(rowDimensions);
  const parameters = withDefaults(options);
  const [first] = faultsOf(parameters, rowDimensions);
  if (first !== undefined) throw first;
  return {
    ...parameters,
    normalize: parameters.normalize || parameters.metric === "COSINE",
    reduction: parameters.reduction && effectiveReduction(parameters.reduction),
  };
}

/**
 * All errors that `resolveParameters` could throw for values of parameters: the first one of each parameter.
 *
 * @throws {InvalidClusteringInputError} for options that are not an object, an unknown one of them, or invalid
 *   dimensions of the rows
 */
export function parameterFaults(
  options: HdbscanParameterOptions,
  rowDimensions = Infinity,
): InvalidClusteringInputError[] {
  requireRowDimensions(rowDimensions);
  return faultsOf(withDefaults(options), rowDimensions);
}

function withDefaults(options: HdbscanParameterOptions): HdbscanParameters {
  const given = knownOptions(options, parameterNames);
  const minClusterSize = given.minClusterSize ?? defaults.minClusterSize;
  // An invalid value must not cause a second error: other parameters are checked against the default instead.
  const bySize = isCount(minClusterSize, 1) ? minClusterSize : defaults.minClusterSize;
  const { reduction } = given;
  const parameters: HdbscanParameters = {
    ...defaults,
    minClusterSize,
    minSamples: given.minSamples ?? bySize,
    reduction: reduction === undefined || reduction === null ? null : reductionWithDefaults(reduction),
  };
  for (const name of parameterNames) {
    if (given[name] !== undefined && name !== "minSamples" && name !== "reduction")
      Object.assign(parameters, { [name]: given[name] });
  }
  return parameters;
}

function faultsOf(parameters: HdbscanParameters, rowDimensions: number): InvalidClusteringInputError[] {
  const { minClusterSize, minSamples, clusterSelectionEpsilon, maxClusterSize, alpha } = parameters;
  const faults: InvalidClusteringInputError[] = [];
  const expect = (holds: boolean, field: keyof HdbscanParameters, expected: string): boolean => {
    if (!holds) faults.push(fault(field, parameters[field], expected));
    return holds;
  };
  for (const field of ["algorithm", "clusterSelectionMethod", "metric"] as const) {
    const known: readonly string[] = choices[field];
    expect(known.includes(parameters[field]), field, `one of ${known.join(", ")}`);
  }
  const sized = expect(isCount(minClusterSize, 2), "minClusterSize", "a whole number of at least 2");
  expect(isCount(minSamples, 1), "minSamples", "a whole number of at least 1");
  const isDistance = Number.isFinite(clusterSelectionEpsilon) && clusterSelectionEpsilon >= 0;
  expect(isDistance, "clusterSelectionEpsilon", "a finite number of at least 0");
  if (maxClusterSize !== null) {
    const least = sized ? minClusterSize : 1;
    const what = `a whole number of at least ${sized ? `minClusterSize, ${least}` : least}, or null for no limit`;
    const counted = expect(isCount(maxClusterSize, least), "maxClusterSize", what);
    const leaf = "null with clusterSelectionMethod LEAF, as it bounds the choice of EXCESS_OF_MASS alone";
    if (counted) expect(parameters.clusterSelectionMethod !== "LEAF", "maxClusterSize", leaf);
  }
  expect(Number.isFinite(alpha) && alpha > 0, "alpha", "a finite number above 0");
  for (const field of ["allowSingleCluster", "normalize"] as const) {
    expect(typeof parameters[field] === "boolean", field, "true or false");
  }
  if (parameters.reduction !== null) faults.push(...reductionFaults(parameters.reduction, rowDimensions));
  return faults;
}

/** Points that have passed the checks. */
export interface CheckedPoints extends Points {
  rows: number;
}

/**
 * Reads each property of the points once, and checks their shape and the only parameter that depends on the
 * number of rows.
 *
 * @param givenMinSamples the caller's own value: a default is never too large
 * @throws {InvalidClusteringInputError} for "points", "dimensions", "data" or "minSamples"
 */
export function checkedPoints(points: Points, givenMinSamples: number | null | undefined): CheckedPoints {
  requireObject(points, "points", "an object with data and dimensions");
  const { data: given, dimensions } = points;
  require(isCount(dimensions, 1), "dimensions", dimensions, "a whole number of at least 1");
  const data = viewOf(given, "data");
  const { length } = data;
  require(length % dimensions === 0, "data", length, `a multiple of ${dimensions} numbers long`);
  const rows = length / dimensions;
  if (givenMinSamples !== undefined && givenMinSamples !== null) {
    require(givenMinSamples <= rows, "minSamples", givenMinSamples, `at most the number of rows, ${rows}`);
  }
  return { data, dimensions, rows };
}

/**
 * The same numbers as a view of this realm, whose length stays the same even if the buffer grows, and whose properties
 * nobody has defined anew.
 *
 * @throws {InvalidClusteringInputError} for anything but a Float32Array whose memory this thread still has
 */
export function viewOf(data: unknown, field: string): Float32Array {
  if (!isFloat32Array(data)) throw fault(field, typeOf(data), "a Float32Array", typeOf(data));
  requireAttached(data, field);
  const [buffer, byteOffset, length] = ["buffer", "byteOffset", "length"].map((name) =>
    Reflect.get(arrayProperties, name, data),
  );
  return new Float32Array(buffer, byteOffset, length);
}

/** The object that all arrays of numbers inherit their properties from. */
const arrayProperties = Object.getPrototypeOf(Float32Array.prototype);

/**
 * An array whose memory was transferred to another thread, or whose buffer shrank below its end, has length
 * 0.
 */
export function requireAttached(data: Float32Array, field = "data"): void {
  try {
    Float32Array.prototype.keys.call(data);
  } catch {
    throw fault(field, "detached", "in memory that this thread still has", "detached or out of bounds");
  }
}
