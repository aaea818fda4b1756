import { type HdbscanParameters, resolveParameters } from "../../clustering/parameters.js";
import { optionOfField } from "../options/clusterOptions.js";
import type { ClusteringResultData } from "./clusteringResult.js";

/** What a clustering was computed from, as far as a command repeats it. */
type Clustered = Pick<ClusteringResultData, "embeddingModel" | "filter" | "algorithm"> & {
  parameters: HdbscanParameters;
};

/** The values that parameters have in the API where they are not given. */
const usual: Record<string, unknown> = { ...resolveParameters(), normalize: true };
/** Parameters whose defaults depend on the embeddings. */
const sizes = new Set(["minClusterSize", "minSamples"]);

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

  const { reduction, ...others } = { ...parameters, algorithm };
  for (const [name, value] of Object.entries(others)) {
    if (!sizes.has(name) && value === usual[name]) continue;
    const option = optionOfField([name]);
    if (value === true) words.push(option);
    else if (value === false) words.push(option.replace(/^--/, "--no-"));
    else add(option, value as string | number);
  }
  for (const [name, value] of Object.entries(reduction ?? {})) {
    if (value !== null) add(optionOfField(["reduction", name]), value);
  }
  return words;
}
