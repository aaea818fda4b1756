import { fault, isCount } from "../invalidClusteringInput.js";

/** The parameters of a projection onto principal components. */
export interface ProjectionParameters {
  /**
   * Dimensions of the places. At least 1, at most the dimensions of the rows.
   *
   * @default 2
   */
  dimensions: number;
  /**
   * Whether each row is first scaled to length 1.
   *
   * @default false
   */
  normalize: boolean;
}

/** The stages of a projection, in order. */
export const projectionStages = ["PREPARING", "COMPONENTS"] as const;

export interface ProjectionProgress {
  stage: (typeof projectionStages)[number];
  /** Share of the whole run that is done, 0 to 1; it never falls. */
  progress: number;
}

export interface ProjectionResult {
  /** n·dimensions, row-major: each row's place, ordered by the variance along its axes. */
  places: Float32Array;
  /** n: number of each row's distinct vector, from 0, in the order of content. */
  distinctPoints: Int32Array;
}

export const projectionParameterNames = ["dimensions", "normalize"] as const;

/**
 * Fills in the defaults and checks each value.
 *
 * @param rowDimensions the dimensions of the rows, if they are known
 * @throws {InvalidClusteringInputError} with the name and value of the first invalid parameter
 */
export function resolveProjectionParameters(
  { dimensions = 2, normalize = false }: Partial<ProjectionParameters>,
  rowDimensions = Infinity,
): ProjectionParameters {
  if (!isCount(dimensions, 1) || dimensions > rowDimensions) {
    const most =
      rowDimensions === Infinity ? "" : ` and at most the dimensions of the rows, ${rowDimensions}`;
    throw fault("dimensions", dimensions, `a whole number of at least 1${most}`);
  }
  if (typeof normalize !== "boolean") throw fault("normalize", normalize, "true or false");
  return { dimensions, normalize };
}
