import type { HdbscanParameters } from "../../clustering/parameters.js";
import type { ClusteringResultData } from "./clusteringResult.js";

/** What a clustering was computed from, as far as a command repeats it. */
type Clustered = Pick<ClusteringResultData, "embeddingModel" | "filter" | "algorithm"> & {
  parameters: HdbscanParameters;
};

/**
 * The words of the `medoid cluster` that clusters the same embeddings as a result, with these parameters: those that have
 * the default of every clustering are left out, but for the two sizes.
 *
 * @returns null if the options cannot say it: --networks separates models by commas
 */
export function clusterWords({ embeddingModel, filter, algorithm, parameters }: Clustered): string[] | null {
  const words = ["cluster"];
  const add = (option: string, value: string | number) => {
    // A word that begins with a hyphen would be taken for an option.
    if (String(value).startsWith("-")) words.push(`${option}=${value}`);
    else words.push(option, String(value));
  };
  add("--embedding-model", embeddingModel.name);
  for (const id of filter.runIds ?? []) add("--run-ids", id);
  for (const network of filter.networks ?? []) {
    if (network.some((model) => model.includes(",") || model.trim() !== model)) return null;
    add("--networks", network.join(","));
  }
  for (const prompt of filter.initialPrompts ?? []) add("--initial-prompts", prompt);
  for (const model of filter.models ?? []) add("--models", model);
  const lists = [filter.runIds, filter.networks, filter.initialPrompts, filter.models];
  if (lists.some((list) => list?.length === 0)) return null;
  const { sequenceNumber, everyNth } = filter;
  if (sequenceNumber !== null)
    add("--sequence-number", `${sequenceNumber.min ?? ""}..${sequenceNumber.max ?? ""}`);
  if (everyNth !== null) add("--every-nth", everyNth);

  const { minClusterSize, minSamples, clusterSelectionMethod, clusterSelectionEpsilon, maxClusterSize } =
    parameters;
  const { alpha, allowSingleCluster, metric, normalize, reduction } = parameters;
  if (algorithm !== "HDBSCAN") add("--algorithm", algorithm);
  add("--min-cluster-size", minClusterSize);
  add("--min-samples", minSamples);
  if (clusterSelectionMethod !== "EXCESS_OF_MASS") add("--cluster-selection-method", clusterSelectionMethod);
  if (clusterSelectionEpsilon !== 0) add("--cluster-selection-epsilon", clusterSelectionEpsilon);
  if (maxClusterSize !== null) add("--max-cluster-size", maxClusterSize);
  if (alpha !== 1) add("--alpha", alpha);
  if (allowSingleCluster) words.push("--allow-single-cluster");
  if (metric !== "EUCLIDEAN") add("--metric", metric);
  if (!normalize) words.push("--no-normalize");
  if (reduction !== null) {
    add("--reduce", reduction.method);
    add("--reduce-dimensions", reduction.dimensions);
    if (reduction.neighbours !== null) add("--reduce-neighbours", reduction.neighbours);
    if (reduction.minDistance !== null) add("--reduce-min-distance", reduction.minDistance);
    if (reduction.seed !== null) add("--reduce-seed", reduction.seed);
  }
  return words;
}
