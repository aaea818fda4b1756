import { type Command, InvalidArgumentError, Option } from "commander";
import { parameterNames } from "../clustering/index.js";
import type { ClusterEmbeddingsInput } from "../resolvers/clusterings/startClustering.js";
import { parseIdOf } from "../resolvers/globalId.js";
import { largestPageSize } from "../resolvers/pagination/pageArguments.js";

/** Adds an option for each field of ClusterEmbeddingsInput and EmbeddingFilter, its name in kebab case. */
export function addClusterOptions(command: Command): Command {
  return command
    .option("--embedding-model <name>", "the embedding model (default: the only one there is)")
    .option("--run-ids <id...>", "only these runs")
    .option(
      "--networks <models...>",
      "only runs of these networks, each its models with commas between",
      (text, list) => [
        ...((list as string[][] | undefined) ?? []),
        text.split(",").map((name) => name.trim()),
      ],
    )
    .option("--initial-prompts <prompt...>", "only runs of these prompts")
    .option("--models <name...>", "only the output of these models")
    .option(
      "--sequence-number <range>",
      "only these steps, both ends inclusive: 10..20, 10.. or ..20",
      intRange,
    )
    .option("--every-nth <n>", "of what is left, every nth of each run", wholeNumber)
    .addOption(
      enumOption("--algorithm <name>", "exact, or approximate for more rows", [
        "HDBSCAN",
        "APPROXIMATE_HDBSCAN",
      ]),
    )
    .option("--min-cluster-size <n>", "at least 2 (default: max(5, embeddings / 1000))", wholeNumber)
    .option(
      "--min-samples <n>",
      "at least 1, the point itself counted (default: min-cluster-size)",
      wholeNumber,
    )
    .addOption(
      enumOption("--cluster-selection-method <name>", "which clusters of the tree", [
        "EXCESS_OF_MASS",
        "LEAF",
      ]),
    )
    .option(
      "--cluster-selection-epsilon <distance>",
      "merge what is born below this distance (default: 0)",
      decimal,
    )
    .option(
      "--max-cluster-size <n>",
      "no larger cluster is chosen by EXCESS_OF_MASS; not with LEAF (default: no limit)",
      wholeNumber,
    )
    .option("--alpha <factor>", "divides distances, above 0 (default: 1)", decimal)
    .option("--allow-single-cluster", "let all be one cluster")
    .addOption(enumOption("--metric <name>", "the distance", ["EUCLIDEAN", "COSINE"]))
    .option("--no-normalize", "take the vectors as they are, not scaled to length 1")
    .option("--idempotency-key <key>", "the same key and input give the same result");
}

/** What commander makes of those options. */
export interface ClusterOptions {
  embeddingModel?: string;
  runIds?: string[];
  networks?: string[][];
  initialPrompts?: string[];
  models?: string[];
  sequenceNumber?: { min?: number; max?: number };
  everyNth?: number;
  normalize: boolean;
  [parameter: string]: unknown;
}

const filterFields = ["runIds", "networks", "initialPrompts", "models", "sequenceNumber", "everyNth"];

/** The mutation's input: only the fields that were given, so that the API's defaults hold for the others. */
export function clusterInput(options: ClusterOptions, embeddingModel: string): ClusterEmbeddingsInput {
  const given = (fields: string[]) =>
    Object.fromEntries(
      fields.filter((field) => options[field] !== undefined).map((field) => [field, options[field]]),
    );
  const filter = given(filterFields);
  return {
    embeddingModel,
    ...(Object.keys(filter).length > 0 ? { filter } : {}),
    ...given([...parameterNames, "idempotencyKey"]),
  };
}

/** The option of an input field: ["input", "filter", "everyNth"] is --every-nth. */
export function optionOfField(path: string[]): string {
  const field = path.filter((part) => part !== "input" && part !== "filter")[0] ?? "";
  return `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

export function wholeNumber(text: string): number {
  if (!/^-?\d+$/.test(text) || Math.abs(Number(text)) > 2 ** 31 - 1) {
    throw new InvalidArgumentError("It must be a whole number.");
  }
  return Number(text);
}

/** How many rows of a page: as many as the API gives at once. */
export function pageSize(text: string): number {
  const size = wholeNumber(text);
  if (size < 1 || size > largestPageSize) {
    throw new InvalidArgumentError(`It must be from 1 to ${largestPageSize}.`);
  }
  return size;
}

/** The id of a clustering result, with its type in front or bare. */
export function resultId(text: string): string {
  const parsed = parseIdOf("ClusteringResult", text);
  if ("problem" in parsed) throw new InvalidArgumentError(`It ${parsed.problem}`);
  return text;
}

function decimal(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("It must be a number.");
  return value;
}

function intRange(text: string): { min?: number; max?: number } {
  const [, min, max] = /^(\d*)\.\.(\d*)$/.exec(text) ?? [];
  if (!min && !max) throw new InvalidArgumentError("It must be a range: 10..20, 10.. or ..20.");
  return { ...(min && { min: wholeNumber(min) }), ...(max && { max: wholeNumber(max) }) };
}

/** An option that takes a name of the API's enum, in any case, with hyphens or underscores. */
function enumOption(flags: string, description: string, names: string[]): Option {
  return new Option(flags, `${description}: ${names.join(" or ")} (default: ${names[0]})`).argParser(
    (text: string) => {
      const name = text.toUpperCase().replaceAll("-", "_");
      if (!names.includes(name)) throw new InvalidArgumentError(`It must be ${names.join(" or ")}.`);
      return name;
    },
  );
}
