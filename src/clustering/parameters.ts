import { isFloat32Array } from "node:util/types";
import {
  fault,
  type InvalidClusteringInputError,
  isCount,
  require,
  typeOf,
} from "./invalidClusteringInput.js";
import { knownOptions } from "./knownOptions.js";

/** What a clustering is asked to do, in the names of the API. */
export interface HdbscanParameters {
  /**
   * Exact, unless the approximate mode is named.
   * @default "HDBSCAN"
   */
  algorithm: "HDBSCAN" | "APPROXIMATE_HDBSCAN";
  /**
   * Rows that a cluster holds at least; copies of one vector count each. At least 2.
   * @default 5
   */
  minClusterSize: number;
  /**
   * Rows within a point's core distance, the point itself and its copies counted. At least 1, and where it is
   * given at most the number of rows.
   * @default minClusterSize
   */
  minSamples: number;
  /**
   * Excess of mass prefers persistent clusters, leaf the finest.
   * @default "EXCESS_OF_MASS"
   */
  clusterSelectionMethod: "EXCESS_OF_MASS" | "LEAF";
  /**
   * Clusters born below this distance give way to their ancestors. 0 or more.
   * @default 0
   */
  clusterSelectionEpsilon: number;
  /**
   * Larger clusters give way to those below them. It bounds the choice of EXCESS_OF_MASS alone, before
   * clusterSelectionEpsilon joins clusters, which may be larger then; refused with LEAF. At least minClusterSize;
   * null: no limit.
   * @default null
   */
  maxClusterSize: number | null;
  /**
   * Divides distances before mutual reachability, not the core distances. Above 0.
   * @default 1
   */
  alpha: number;
  /**
   * Whether the root may be a cluster, so that the data may be one cluster.
   * @default false
   */
  allowSingleCluster: boolean;
  /**
   * COSINE is 1 − cos: half the squared Euclidean distance of the rows scaled to length 1.
   * @default "EUCLIDEAN"
   */
  metric: "EUCLIDEAN" | "COSINE";
  /**
   * Scale each row to length 1 first; COSINE always does.
   * @default false
   */
  normalize: boolean;
}

/**
 * `data` is n·d float32, row-major; over a SharedArrayBuffer it is read in place, else it is copied. It may come
 * from another realm, such as a vm context.
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

const defaults: Omit<HdbscanParameters, "minSamples"> = {
  algorithm: "HDBSCAN",
  minClusterSize: 5,
  clusterSelectionMethod: "EXCESS_OF_MASS",
  clusterSelectionEpsilon: 0,
  maxClusterSize: null,
  alpha: 1,
  allowSingleCluster: false,
  metric: "EUCLIDEAN",
  normalize: false,
};

/** The names of all parameters. */
export const parameterNames = [...Object.keys(defaults), "minSamples"] as (keyof HdbscanParameters)[];

/**
 * Fills in the defaults and checks each value.
 *
 * @returns every parameter as it takes effect: COSINE always normalizes
 * @throws {InvalidClusteringInputError} with the name and value of the first parameter that is at fault
 */
export function resolveParameters(options: Partial<HdbscanParameters> = {}): HdbscanParameters {
  const parameters = withDefaults(options);
  const [first] = faultsOf(parameters);
  if (first !== undefined) throw first;
  return { ...parameters, normalize: parameters.normalize || parameters.metric === "COSINE" };
}

/** All that `resolveParameters` would refuse; of each parameter the first. */
export const parameterFaults = (options: Partial<HdbscanParameters>): InvalidClusteringInputError[] =>
  faultsOf(withDefaults(options));

function withDefaults(options: Partial<HdbscanParameters>): HdbscanParameters {
  const given = knownOptions(options, parameterNames);
  const minClusterSize = given.minClusterSize ?? defaults.minClusterSize;
  // What follows from a value at fault is not a fault of its own.
  const bySize = isCount(minClusterSize, 1) ? minClusterSize : defaults.minClusterSize;
  const parameters = { ...defaults, minClusterSize, minSamples: given.minSamples ?? bySize };
  for (const name of parameterNames) {
    if (given[name] !== undefined && name !== "minSamples")
      Object.assign(parameters, { [name]: given[name] });
  }
  return parameters;
}

function faultsOf(parameters: HdbscanParameters): InvalidClusteringInputError[] {
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
  return faults;
}

/** Points that have been checked. */
export interface CheckedPoints extends Points {
  rows: number;
}

/**
 * Reads the points, once, and checks their shape, and the one parameter that depends on how many there are.
 *
 * @param givenMinSamples as the caller gave it: only a value that was asked for can be too large
 * @throws {InvalidClusteringInputError} for "points", "dimensions", "data" or "minSamples"
 */
export function checkedPoints(points: Points, givenMinSamples: number | null | undefined): CheckedPoints {
  const type = typeOf(points);
  if (type !== "Object") throw fault("points", points, "an object with data and dimensions", type);
  const { data, dimensions } = points;
  require(isCount(dimensions, 1), "dimensions", dimensions, "a whole number of at least 1");
  if (!isFloat32Array(data)) throw fault("data", typeOf(data), "a Float32Array", typeOf(data));
  requireAttached(data);
  const { buffer, byteOffset, length } = data;
  require(length % dimensions === 0, "data", length, `a multiple of ${dimensions} numbers long`);
  const rows = length / dimensions;
  if (givenMinSamples !== undefined && givenMinSamples !== null) {
    require(givenMinSamples <= rows, "minSamples", givenMinSamples, `at most the number of rows, ${rows}`);
  }
  // Of this realm, and of this length even where the buffer grows.
  return { data: new Float32Array(buffer, byteOffset, length), dimensions, rows };
}

/** Of an array whose memory was transferred to another thread, or has shrunk below it, the length is 0. */
export function requireAttached(data: Float32Array): void {
  try {
    Float32Array.prototype.keys.call(data);
  } catch {
    throw fault("data", "detached", "in memory that this thread still has", "detached or out of bounds");
  }
}
