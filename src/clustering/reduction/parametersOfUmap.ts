import { fault, type InvalidClusteringInputError, requireObject } from "../invalidClusteringInput.js";

/** The parameters that UMAP has and PCA does not. */
const parametersOfUmap = ["neighbours", "minDistance", "seed"] as const;

/** Values of these parameters; what is absent or null was not given. */
type GivenToUmap = { [Name in (typeof parametersOfUmap)[number]]?: number | null | undefined };

/**
 * All parameters of UMAP that are given with PCA, where they would have no effect. A parameter that has its default is
 * accepted, because a caller may have filled in the defaults, as GraphQL does.
 *
 * @throws {InvalidClusteringInputError} "given" or "defaults" if they are not objects
 */
export function parametersOfUmapWithPca(
  given: GivenToUmap,
  defaults: GivenToUmap,
): InvalidClusteringInputError[] {
  requireObject(given, "given");
  requireObject(defaults, "defaults");
  return parametersOfUmap
    .filter((name) => (given[name] ?? defaults[name]) !== defaults[name])
    .map((name) => fault(name, given[name], "null with method PCA, as it is a parameter of UMAP"));
}
