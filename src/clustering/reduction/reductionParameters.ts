import { fault, InvalidClusteringInputError, requireObject } from "../invalidClusteringInput.js";
import { knownOptions } from "../knownOptions.js";
import { layoutParameterFaults } from "../layout/layoutParameters.js";
import { parametersOfUmapWithPca } from "./parametersOfUmap.js";

/** How rows are reduced to fewer dimensions before they are clustered. */
export interface ReductionParameters {
  /**
   * UMAP lays rows out so that near ones stay near each other, and finds groups of any shape; PCA projects them onto
   * the directions of their greatest variance, which keeps large distances.
   *
   * @default "UMAP"
   */
  method: "UMAP" | "PCA";
  /**
   * Dimensions of the reduced rows. At least 1, at most the dimensions of the rows.
   *
   * @default 5
   */
  dimensions: number;
  /**
   * Of UMAP: the number of distinct rows that count as a row's neighbourhood, itself included. 2 to 1,000. Where there
   * are fewer distinct rows, their number takes effect. With PCA, null.
   *
   * @default 15
   */
  neighbours: number | null;
  /**
   * Of UMAP: the distance between reduced rows up to which they are as near as can be. 0 to 1. With PCA, null.
   *
   * @default 0
   */
  minDistance: number | null;
  /**
   * Of UMAP: chooses the random numbers. A whole number from −2³¹ to 2³¹ − 1. With PCA, null.
   *
   * @default 0
   */
  seed: number | null;
}

/**
 * A reduction as it is requested: what is absent or null has its default. With PCA, a parameter of UMAP is refused
 * unless it has its default.
 */
export type ReductionOptions = { [Name in keyof ReductionParameters]?: ReductionParameters[Name] | null };

const defaults = {
  method: "UMAP",
  dimensions: 5,
  neighbours: 15,
  minDistance: 0,
  seed: 0,
} satisfies ReductionParameters;

const methods: readonly string[] = ["UMAP", "PCA"] satisfies ReductionParameters["method"][];

/** The names of all parameters of a reduction. */
export const reductionParameterNames = Object.keys(defaults) as (keyof ReductionParameters)[];

/**
 * Fills in the defaults.
 *
 * @throws {InvalidClusteringInputError} for options that are not an object, or an unknown one of them
 */
export function reductionWithDefaults(options: ReductionOptions): ReductionParameters {
  requireObject(options, "reduction", "an object, or null for none");
  const reduction: ReductionParameters = { ...defaults };
  const given = named(() => knownOptions(options, reductionParameterNames));
  for (const name of reductionParameterNames) {
    const value = given[name];
    if (value !== undefined && value !== null) Object.assign(reduction, { [name]: value });
  }
  return reduction;
}

/**
 * All that is wrong with the parameters: the first fault of each.
 *
 * @param rowDimensions the dimensions of the rows, if they are known
 */
export function reductionFaults(
  { method, ...layout }: ReductionParameters,
  rowDimensions: number,
): InvalidClusteringInputError[] {
  const ofMethod = methods.includes(method)
    ? []
    : [fault("reduction.method", method, `one of ${methods.join(", ")}`)];
  const ofLayout =
    method === "PCA"
      ? [
          ...layoutParameterFaults({ dimensions: layout.dimensions }, rowDimensions),
          ...parametersOfUmapWithPca(layout, defaults),
        ]
      : layoutParameterFaults(layout as LayoutOptions, rowDimensions);
  return [...ofMethod, ...ofLayout.map(ofReduction)];
}

type LayoutOptions = Parameters<typeof layoutParameterFaults>[0];

/** The parameters that take effect: PCA has only dimensions. */
export const effectiveReduction = (reduction: ReductionParameters): ReductionParameters =>
  reduction.method === "PCA"
    ? { ...reduction, neighbours: null, minDistance: null, seed: null }
    : { ...reduction };

function named<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw error instanceof InvalidClusteringInputError ? ofReduction(error) : error;
  }
}

/** The same fault, with its field as it is named in the options of a clustering. */
const ofReduction = ({ field, value, message }: InvalidClusteringInputError): InvalidClusteringInputError =>
  new InvalidClusteringInputError(`reduction.${field}`, value, `reduction.${message}`);
