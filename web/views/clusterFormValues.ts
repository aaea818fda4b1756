import type { ClusterEmbeddingsInput } from "../generated/operations.js";

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
  fromStep: "",
  toStep: "",
  everyNth: "",
  initialPrompts: "",
  models: "",
  networks: "",
  runIds: "",
});

/** The input of clusterEmbeddings that the fields stand for; what is left empty is absent. */
export function inputOf(values: FormValues): ClusterEmbeddingsInput {
  const {
    embeddingModel,
    algorithm,
    clusterSelectionMethod,
    metric,
    normalize,
    allowSingleCluster,
    reduction,
  } = values;
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
    reduction: reduction === "" ? undefined : { method: reduction, dimensions: numberOf(values.dimensions) },
    filter: Object.values(filter).some((condition) => condition !== undefined) ? filter : undefined,
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
