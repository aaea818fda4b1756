import type { ResultSummaryFragment } from "../generated/operations.js";
import { count, counted, inWords, networkName } from "./format.js";

type Parameters = ResultSummaryFragment["parameters"];
type Filter = ResultSummaryFragment["filter"];

/** The parameters of a clustering that differ from the defaults, and the smallest size of a cluster. */
export function parameterTexts({
  algorithm,
  parameters,
}: Pick<ResultSummaryFragment, "algorithm" | "parameters">) {
  const { minClusterSize, minSamples, clusterSelectionMethod, clusterSelectionEpsilon } = parameters;
  const { maxClusterSize, alpha, allowSingleCluster, metric, normalize, reduction } = parameters;
  return [
    algorithm === "APPROXIMATE_HDBSCAN" && "approximate",
    `clusters of ${count(minClusterSize)} or more`,
    maxClusterSize !== null && `at most ${count(maxClusterSize)} each`,
    minSamples !== minClusterSize && `${counted(minSamples, "sample")}`,
    clusterSelectionMethod === "LEAF" && "leaves",
    clusterSelectionEpsilon !== 0 && `epsilon ${clusterSelectionEpsilon}`,
    alpha !== 1 && `alpha ${alpha}`,
    allowSingleCluster && "a single cluster allowed",
    metric !== "EUCLIDEAN" && inWords(metric),
    !normalize && metric !== "COSINE" && "vectors not scaled",
    reduction && reductionText(reduction),
  ].filter((text) => text !== false && text !== null);
}

function reductionText({ method, dimensions }: NonNullable<Parameters["reduction"]>): string {
  return `${method} to ${counted(dimensions, "dimension")}`;
}

/** The conditions of a filter; none if all embeddings of the model were clustered. */
export function filterTexts({ runIds, networks, initialPrompts, models, sequenceNumber, everyNth }: Filter) {
  return [
    runIds && counted(runIds.length, "run"),
    networks && (networks.length === 1 ? networkName(networks[0]) : counted(networks.length, "network")),
    initialPrompts &&
      (initialPrompts.length === 1
        ? `prompt “${initialPrompts[0]}”`
        : counted(initialPrompts.length, "prompt")),
    models && (models.length <= 2 ? models.join(", ") : counted(models.length, "model")),
    sequenceNumber && stepsText(sequenceNumber),
    everyNth !== null && everyNth !== 1 && `every ${ordinal(everyNth)} step`,
  ].filter((text) => text !== false && text !== null);
}

function stepsText({ min, max }: NonNullable<Filter["sequenceNumber"]>): string {
  if (min === null) return max === null ? "all steps" : `steps up to ${max}`;
  return max === null ? `steps from ${min}` : min === max ? `step ${min}` : `steps ${min} to ${max}`;
}

function ordinal(n: number): string {
  const rule = new Intl.PluralRules("en", { type: "ordinal" }).select(n);
  return `${n}${{ one: "st", two: "nd", few: "rd" }[rule as string] ?? "th"}`;
}
