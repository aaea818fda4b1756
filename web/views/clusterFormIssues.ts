import type { EstimateQuery } from "../generated/operations.js";
import { counted } from "../parts/format.js";
import { type FormField, type FormValues, filledLines, unreadableFields } from "./clusterFormValues.js";

type EstimateError = NonNullable<NonNullable<EstimateQuery["clusteringEstimate"]>["error"]>;

/** The fields of the input, by their paths, and the fields of the form that they are in. */
const fieldOfPath: Readonly<Record<string, FormField>> = {
  embeddingModel: "embeddingModel",
  minClusterSize: "minClusterSize",
  minSamples: "minSamples",
  algorithm: "algorithm",
  clusterSelectionMethod: "clusterSelectionMethod",
  clusterSelectionEpsilon: "clusterSelectionEpsilon",
  maxClusterSize: "maxClusterSize",
  alpha: "alpha",
  metric: "metric",
  normalize: "normalize",
  allowSingleCluster: "allowSingleCluster",
  "reduction.dimensions": "dimensions",
  "reduction.neighbours": "neighbours",
  "reduction.minDistance": "minDistance",
  "reduction.seed": "seed",
  reduction: "reduction",
  "filter.sequenceNumber": "toStep",
  "filter.everyNth": "everyNth",
  "filter.initialPrompts": "initialPrompts",
  "filter.models": "models",
  "filter.networks": "networks",
  "filter.runIds": "runIds",
};

/** What is expected of a field, where the API's words are not those of the form. */
const expectations: {
  readonly [Field in FormField]?: (values: FormValues, path: readonly string[]) => string;
} = {
  minClusterSize: () => "Must be 2 or more.",
  minSamples: () => "Must be 1 or more.",
  maxClusterSize: ({ clusterSelectionMethod }) =>
    clusterSelectionMethod === "LEAF"
      ? "Leaves have no maximum size: leave this empty, or choose the clusters that persist longest."
      : "Must not be less than the minimum cluster size.",
  clusterSelectionEpsilon: () => "Must be 0 or more.",
  alpha: () => "Must be more than 0.",
  toStep: () => "Must not be less than the first step.",
  everyNth: () => "Must be 1 or more.",
  runIds: ({ runIds }, path) => {
    const wrong = filledLines(runIds).find((_, i) => String(i) === path.at(-1));
    // The error may be that of earlier values, which had more lines.
    return wrong ? `Line ${wrong.number} is not the id of a run.` : "A line is not the id of a run.";
  },
};

export interface FormIssues {
  /** What is wrong with fields. */
  readonly fields: ReadonlyMap<FormField, string>;
  /** Why the clustering cannot be started, if that is not wrong with any field; null otherwise. */
  readonly other: string | null;
}

/**
 * What is wrong with the values of the form, in its words.
 * @param error why the clustering of these values cannot be started; null if it can, or if this is not known yet
 */
export function formIssues(values: FormValues, error: EstimateError | null): FormIssues {
  const fields = new Map<FormField, string>();
  for (const field of unreadableFields(values)) fields.set(field, "Must be a whole number.");
  if (fields.size > 0 || error === null) return { fields, other: null };
  let other: string | null = null;
  if (error.__typename === "InvalidInputError") {
    for (const { path, message } of error.issues) {
      const [field, within] = fieldAt(path.slice(1));
      if (field === null) other = message;
      else if (!fields.has(field)) {
        fields.set(field, expectations[field]?.(values, within) ?? asSentence(message));
      }
    }
  } else if (error.__typename === "NotEnoughEmbeddingsError") {
    const { available } = error;
    const matching = `${counted(available, "embedding")} ${available === 1 ? "matches" : "match"}`;
    const isOfSamples = Number(values.minSamples) > available && !(Number(values.minClusterSize) > available);
    if (available === 0) other = "No embedding matches these conditions.";
    else if (available === 1) other = `Only ${matching}: too few to be clustered.`;
    else {
      fields.set(
        isOfSamples ? "minSamples" : "minClusterSize",
        `Only ${matching}, so this must be ${available.toLocaleString("en")} or less.`,
      );
    }
  } else other = error.message;
  return { fields, other };
}

/** The field that has the value at a path of the input, and the path within that value. */
function fieldAt(path: readonly string[]): [FormField | null, readonly string[]] {
  for (let length = path.length; length > 0; length--) {
    const field = fieldOfPath[path.slice(0, length).join(".")];
    if (field) return [field, path.slice(length)];
  }
  return [null, path];
}

const asSentence = (message: string) => message.charAt(0).toUpperCase() + message.slice(1);
