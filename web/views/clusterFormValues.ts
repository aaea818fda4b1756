import type { ClusterEmbeddingsInput, ResultSummaryFragment } from "../generated/operations.js";

/** The values of the form's fields as they stand there: numbers are texts, empty for the default. */
export interface FormValues {
  embeddingModel: string;
  minClusterSize: string;
  minSamples: string;
  algorithm: "HDBSCAN" | "APPROXIMATE_HDBSCAN";
  clusterSelectionMethod: "EXCESS_OF_MASS" | "LEAF";
  clusterSelectionEpsilon: string;
  maxClusterSize: string;
  alpha: string;
  metric: "EUCLIDEAN" | "COSINE";
  normalize: boolean;
  allowSingleCluster: boolean;
  reduction: "" | "UMAP" | "PCA";
  dimensions: string;
  /** What follows up to the seed is of UMAP alone. */
  neighbours: string;
  minDistance: string;
  seed: string;
  fromStep: string;
  toStep: string;
  everyNth: string;
  /** One a line, like what follows. */
  initialPrompts: string;
  models: string;
  /** The models of each with arrows between them. */
  networks: string;
  runIds: string;
}

export type FormField = keyof FormValues;

export const initialValues = (embeddingModel: string): FormValues => ({
  embeddingModel,
  minClusterSize: "",
  minSamples: "",
  algorithm: "HDBSCAN",
  clusterSelectionMethod: "EXCESS_OF_MASS",
  clusterSelectionEpsilon: "",
  maxClusterSize: "",
  alpha: "",
  metric: "EUCLIDEAN",
  normalize: true,
  allowSingleCluster: false,
  reduction: "",
  dimensions: "",
  neighbours: "",
  minDistance: "",
  seed: "",
  fromStep: "",
  toStep: "",
  everyNth: "",
  initialPrompts: "",
  models: "",
  networks: "",
  runIds: "",
});

type Clustered = Pick<ResultSummaryFragment, "embeddingModel" | "algorithm" | "parameters" | "filter">;

/** The values with which the parameters of a clustering are given again; those of its filter are left empty. */
export function valuesOf({ embeddingModel, algorithm, parameters }: Clustered): FormValues {
  const { clusterSelectionMethod, metric, normalize, allowSingleCluster, reduction } = parameters;
  const text = (number: number | null | undefined) => (number == null ? "" : String(number));
  return {
    ...initialValues(embeddingModel.name),
    ...{ algorithm, clusterSelectionMethod, metric, normalize, allowSingleCluster },
    minClusterSize: text(parameters.minClusterSize),
    minSamples: text(parameters.minSamples),
    clusterSelectionEpsilon: text(parameters.clusterSelectionEpsilon),
    maxClusterSize: text(parameters.maxClusterSize),
    alpha: text(parameters.alpha),
    reduction: reduction?.method ?? "",
    dimensions: text(reduction?.dimensions),
    neighbours: text(reduction?.neighbours),
    minDistance: text(reduction?.minDistance),
    seed: text(reduction?.seed),
  };
}

/** The filter of a clustering as it is given again, exactly: texts may have line breaks, which fields do not keep. */
export function filterOf({ filter }: Clustered): NonNullable<ClusterEmbeddingsInput["filter"]> {
  const { runIds, networks, initialPrompts, models, sequenceNumber, everyNth } = filter;
  const conditions = {
    ...{ runIds, networks, initialPrompts, models, everyNth },
    sequenceNumber: sequenceNumber && { min: sequenceNumber.min, max: sequenceNumber.max },
  };
  return Object.fromEntries(Object.entries(conditions).filter(([, condition]) => condition !== null));
}

/**
 * The input of clusterEmbeddings that the fields stand for; what is left empty is absent.
 * @param givenFilter stands in the place of that of the fields
 */
export function inputOf(
  values: FormValues,
  givenFilter?: ClusterEmbeddingsInput["filter"],
): ClusterEmbeddingsInput {
  const { embeddingModel, algorithm, clusterSelectionMethod, metric, normalize, allowSingleCluster } = values;
  const filter = {
    initialPrompts: linesOf(values.initialPrompts),
    models: linesOf(values.models),
    networks: linesOf(values.networks)?.map((line) => line.split(/→|->/).map((model) => model.trim())),
    runIds: linesOf(values.runIds)?.map((line) => line.trim()),
    everyNth: numberOf(values.everyNth),
    sequenceNumber: rangeOf(numberOf(values.fromStep), numberOf(values.toStep)),
  };
  return {
    embeddingModel,
    algorithm,
    clusterSelectionMethod,
    metric,
    normalize,
    allowSingleCluster,
    minClusterSize: numberOf(values.minClusterSize),
    minSamples: numberOf(values.minSamples),
    clusterSelectionEpsilon: numberOf(values.clusterSelectionEpsilon),
    maxClusterSize: numberOf(values.maxClusterSize),
    alpha: numberOf(values.alpha),
    reduction: reductionOf(values),
    filter:
      givenFilter ??
      (Object.values(filter).some((condition) => condition !== undefined) ? filter : undefined),
  };
}

function reductionOf({ reduction, ...values }: FormValues): ClusterEmbeddingsInput["reduction"] {
  if (reduction === "") return undefined;
  const dimensions = numberOf(values.dimensions);
  if (reduction === "PCA") return { method: reduction, dimensions };
  return {
    ...{ method: reduction, dimensions },
    neighbours: numberOf(values.neighbours),
    minDistance: numberOf(values.minDistance),
    seed: numberOf(values.seed),
  };
}

function numberOf(text: string): number | undefined {
  return text.trim() === "" ? undefined : Number(text);
}

function rangeOf(min: number | undefined, max: number | undefined) {
  return min === undefined && max === undefined ? undefined : { min, max };
}

/** The lines of a text that are not blank, each with its number in the text, from 1. */
export const filledLines = (text: string): { line: string; number: number }[] =>
  text
    .split("\n")
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim() !== "");

function linesOf(text: string): string[] | undefined {
  const lines = filledLines(text).map(({ line }) => line);
  return lines.length > 0 ? lines : undefined;
}

const wholeFields = [
  "minClusterSize",
  "minSamples",
  "maxClusterSize",
  "dimensions",
  "neighbours",
  "seed",
  "fromStep",
  "toStep",
  "everyNth",
] as const;

/** The largest Int of GraphQL. */
const largestInt = 2 ** 31 - 1;

/** The fields whose values the API could not read: those of whole numbers that have others. */
export function unreadableFields(values: FormValues): FormField[] {
  const isReadable = (text: string) => {
    const number = numberOf(text) ?? 0;
    return Number.isInteger(number) && Math.abs(number) <= largestInt;
  };
  return wholeFields.filter((name) => !isReadable(values[name]));
}
