/** What a clustering is asked to do, in the names of the API; the defaults stand in `resolveParameters`. */
export interface HdbscanParameters {
  /** Exact, unless the approximate mode is named. */
  algorithm: "HDBSCAN" | "APPROXIMATE_HDBSCAN";
  /** Rows that a cluster holds at least; copies of one vector count each. At least 2. */
  minClusterSize: number;
  /** Rows within a point's core distance, the point itself and its copies counted. At least 1. */
  minSamples: number;
  /** Excess of mass prefers persistent clusters, leaf the finest. */
  clusterSelectionMethod: "EXCESS_OF_MASS" | "LEAF";
  /** Clusters born below this distance give way to their ancestors. 0 or more. */
  clusterSelectionEpsilon: number;
  /** With excess of mass, larger clusters give way to what is below them. Null: no limit. */
  maxClusterSize: number | null;
  /** Divides distances before mutual reachability, not the core distances. Above 0. */
  alpha: number;
  /** Whether the root may be a cluster, so that the data may be one cluster. */
  allowSingleCluster: boolean;
  /** COSINE is 1 − cos: half the squared Euclidean distance of the rows scaled to length 1. */
  metric: "EUCLIDEAN" | "COSINE";
  /** Scale each row to length 1 first; COSINE always does. */
  normalize: boolean;
}

/** `data` is n·d float32, row-major; over a SharedArrayBuffer it is read in place, else it is copied. */
export interface Points {
  data: Float32Array;
  dimensions: number;
}

/** An input or parameter that cannot be clustered, by name; thrown before any clustering work. */
export class InvalidClusteringInputError extends Error {
  override name = "InvalidClusteringInputError";

  /**
   * @param field the parameter's name, or "data" or "dimensions"
   * @param value what was given; for a row, the component that is not finite, or 0 for a row of zeros
   * @param row the row of `data` that is at fault, from 0
   */
  constructor(
    readonly field: string,
    readonly value: unknown,
    message: string,
    readonly row?: number,
  ) {
    super(message);
  }
}

const choices = {
  algorithm: ["HDBSCAN", "APPROXIMATE_HDBSCAN"],
  clusterSelectionMethod: ["EXCESS_OF_MASS", "LEAF"],
  metric: ["EUCLIDEAN", "COSINE"],
} as const;

/**
 * Fills in the defaults and checks each value.
 *
 * @returns every parameter as it takes effect: COSINE always normalizes
 * @throws {InvalidClusteringInputError} with the name and value of the first parameter that is out of range
 */
export function resolveParameters(options: Partial<HdbscanParameters> = {}): HdbscanParameters {
  const {
    algorithm = "HDBSCAN",
    minClusterSize = 5,
    clusterSelectionMethod = "EXCESS_OF_MASS",
    clusterSelectionEpsilon = 0,
    maxClusterSize = null,
    alpha = 1,
    allowSingleCluster = false,
    metric = "EUCLIDEAN",
    normalize = false,
  } = options;
  const minSamples = options.minSamples ?? minClusterSize;
  const parameters: HdbscanParameters = {
    algorithm,
    minClusterSize,
    minSamples,
    clusterSelectionMethod,
    clusterSelectionEpsilon,
    maxClusterSize,
    alpha,
    allowSingleCluster,
    metric,
    normalize: normalize || metric === "COSINE",
  };

  for (const field of ["algorithm", "clusterSelectionMethod", "metric"] as const) {
    const known: readonly string[] = choices[field];
    require(known.includes(parameters[field]), field, parameters[field], `one of ${known.join(", ")}`);
  }
  require(isCount(minClusterSize, 2), "minClusterSize", minClusterSize, "a whole number of at least 2");
  require(isCount(minSamples, 1), "minSamples", minSamples, "a whole number of at least 1");
  require(Number.isFinite(clusterSelectionEpsilon) &&
    clusterSelectionEpsilon >=
      0, "clusterSelectionEpsilon", clusterSelectionEpsilon, "a finite number of at least 0");
  require(maxClusterSize === null ||
    isCount(
      maxClusterSize,
      1,
    ), "maxClusterSize", maxClusterSize, "a whole number of at least 1, or null for no limit");
  require(Number.isFinite(alpha) && alpha > 0, "alpha", alpha, "a finite number above 0");
  for (const field of ["allowSingleCluster", "normalize"] as const) {
    const given = options[field] ?? false;
    require(typeof given === "boolean", field, given, "true or false");
  }
  return parameters;
}

/**
 * Checks the shape of the points, and the one parameter that depends on how many there are.
 *
 * @param givenMinSamples as the caller gave it: only a value that was asked for can be too large
 * @returns the number of rows
 * @throws {InvalidClusteringInputError} for "dimensions", "data" or "minSamples"
 */
export function countRows(points: Points, givenMinSamples: number | null | undefined): number {
  const { data, dimensions } = points;
  require(isCount(dimensions, 1), "dimensions", dimensions, "a whole number of at least 1");
  require(data instanceof Float32Array, "data", typeof data, "a Float32Array");
  require(data.length % dimensions === 0, "data", data.length, `a multiple of ${dimensions} numbers long`);
  const rows = data.length / dimensions;
  if (givenMinSamples !== undefined && givenMinSamples !== null) {
    require(givenMinSamples <= rows, "minSamples", givenMinSamples, `at most the number of rows, ${rows}`);
  }
  return rows;
}

const isCount = (value: unknown, least: number): boolean =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= least;

function require(holds: boolean, field: string, value: unknown, expected: string): void {
  if (!holds) {
    throw new InvalidClusteringInputError(
      field,
      value,
      `${field} must be ${expected}; it was ${String(value)}`,
    );
  }
}
