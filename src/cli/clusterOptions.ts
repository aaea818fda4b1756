import { type Command, InvalidArgumentError, Option } from "commander";
import { parameterNames } from "../clustering/index.js";
import type { ClusterEmbeddingsInput } from "../resolvers/clusterings/startClustering.js";
import { parseIdOf } from "../resolvers/globalId.js";
import { largestPageSize } from "../resolvers/pagination/pageArguments.js";

/**
 * Adds an option for each field of ClusterEmbeddingsInput and EmbeddingFilter, named after the field in kebab
 * case.
 */
export function addClusterOptions(command: Command): Command {
  return command
    .option(
      "--embedding-model <name>",
      "the embedding model whose embeddings are clustered (default: the only one in the database)",
    )
    .option("--run-ids <id...>", "cluster only the runs with these ids")
    .option(
      "--networks <models...>",
      "only runs of these networks, each given as its models separated by commas",
      (text, list) => [
        ...((list as string[][] | undefined) ?? []),
        text.split(",").map((name) => name.trim()),
      ],
    )
    .option("--initial-prompts <prompt...>", "only runs that began with one of these prompts")
    .option("--models <name...>", "only outputs of these models")
    .option(
      "--sequence-number <range>",
      "only invocations with these sequence numbers, both ends included: 10..20, 10.. or ..20",
      intRange,
    )
    .option("--every-nth <n>", "after the other filters, only every nth embedding of each run", wholeNumber)
    .addOption(
      enumOption("--algorithm <name>", "the algorithm, exact or approximate (faster for many embeddings)", [
        "HDBSCAN",
        "APPROXIMATE_HDBSCAN",
      ]),
    )
    .option(
      "--min-cluster-size <n>",
      "the smallest number of embeddings of a cluster, at least 2 (default: max(5, embeddings / 1000))",
      wholeNumber,
    )
    .option(
      "--min-samples <n>",
      "the core distance is the distance to the n-th nearest neighbour, the embedding itself counted as the first; at least 1 (default: min-cluster-size)",
      wholeNumber,
    )
    .addOption(
      enumOption("--cluster-selection-method <name>", "how clusters are selected from the hierarchy", [
        "EXCESS_OF_MASS",
        "LEAF",
      ]),
    )
    .option(
      "--cluster-selection-epsilon <distance>",
      "merge clusters that split off below this distance (default: 0)",
      decimal,
    )
    .option(
      "--max-cluster-size <n>",
      "the largest number of embeddings of a cluster that EXCESS_OF_MASS selects; not with LEAF (default: no limit)",
      wholeNumber,
    )
    .option("--alpha <factor>", "number by which distances are divided, above 0 (default: 1)", decimal)
    .option("--allow-single-cluster", "allow all embeddings to form a single cluster")
    .addOption(enumOption("--metric <name>", "the distance between embeddings", ["EUCLIDEAN", "COSINE"]))
    .option("--no-normalize", "do not scale the vectors to length 1 first")
    .option(
      "--idempotency-key <key>",
      "a key that makes the command repeatable: the same key and input return the result that was started first",
    );
}

/** The parsed options. */
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

/** The mutation's input: only the options that were given, so that the API's defaults apply to the others. */
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

/** The option of an input field: the path ["input", "filter", "everyNth"] is --every-nth. */
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

export function fromOne(text: string): number {
  const value = wholeNumber(text);
  if (value < 1) throw new InvalidArgumentError("It must be 1 or more.");
  return value;
}

/** The number of rows of a page, up to the largest page of the API. */
export function pageSize(text: string): number {
  const size = wholeNumber(text);
  if (size < 1 || size > largestPageSize) {
    throw new InvalidArgumentError(`It must be from 1 to ${largestPageSize}.`);
  }
  return size;
}

/** The id of a clustering result: a global id with the type in front, or the bare UUID. */
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

/** An option for a value of an API enum. It accepts upper and lower case, hyphens and underscores. */
function enumOption(flags: string, description: string, names: string[]): Option {
  return new Option(flags, `${description}: ${names.join(" or ")} (default: ${names[0]})`).argParser(
    (text: string) => {
      const name = text.toUpperCase().replaceAll("-", "_");
      if (!names.includes(name)) throw new InvalidArgumentError(`It must be ${names.join(" or ")}.`);
      return name;
    },
  );
}
