import { type Command, InvalidArgumentError, Option } from "commander";
import { type HdbscanParameters, parameterNames } from "../../clustering/parameters.js";
import type { ReductionOptions } from "../../clustering/reduction/reductionParameters.js";
import type { SweepInput, SweptParameters } from "../../clustering/sweepSettings.js";
import type { ClusterEmbeddingsInput } from "../../resolvers/clusterings/startClustering.js";
import { parseIdOf } from "../../resolvers/globalId.js";
import type { Settings } from "../../settings.js";
import { number } from "../output/clusteringResult.js";
import { ArgumentError } from "../process.js";

type SelectionMethod = HdbscanParameters["clusterSelectionMethod"];
const selectionMethods: [SelectionMethod, SelectionMethod] = ["EXCESS_OF_MASS", "LEAF"];

/**
 * Adds an option for each field of ClusterEmbeddingsInput and EmbeddingFilter, named after the field in kebab
 * case.
 */
export function addClusterOptions(command: Command): Command {
  // Each fits on a line of 80 columns; docs/clustering.md explains the parameters.
  return addFilterOptions(
    command.option("--embedding-model <name>", "whose embeddings (default: the only model)"),
  )
    .addOption(enumOption("--algorithm <name>", ["HDBSCAN", "APPROXIMATE_HDBSCAN"]))
    .option("--min-cluster-size <n>", "from 2 (default: max(5, embeddings / 1000))", wholeNumber)
    .option("--min-samples <n>", "from 1 (default: --min-cluster-size)", wholeNumber)
    .addOption(enumOption("--cluster-selection-method <m>", selectionMethods))
    .option("--cluster-selection-epsilon <x>", "least distance of a split (default: 0)", decimal)
    .option("--max-cluster-size <n>", "EXCESS_OF_MASS only, before epsilon applies", wholeNumber)
    .option("--alpha <x>", "divides the distances (default: 1)", decimal)
    .option("--allow-single-cluster", "one cluster may hold all embeddings")
    .addOption(enumOption("--metric <name>", ["EUCLIDEAN", "COSINE"]))
    .addOption(reductionMethod)
    .addOption(new Option("--reduce-dimensions <n>").argParser(wholeNumber).hideHelp())
    .addOption(new Option("--reduce-neighbours <n>").argParser(wholeNumber).hideHelp())
    .addOption(new Option("--reduce-min-distance <x>").argParser(decimal).hideHelp())
    .addOption(new Option("--reduce-seed <n>").argParser(wholeNumber).hideHelp())
    .option("--no-normalize", "do not scale the vectors to length 1 first")
    .option("--idempotency-key <key>", "the same key again returns the same result");
}

/** Adds an option for each field of EmbeddingFilter. */
export function addFilterOptions(command: Command): Command {
  return command
    .option("--run-ids <id...>", "only these runs")
    .option("--networks <models...>", "only runs of these networks: MODEL,MODEL", (text, list) => [
      ...((list as string[][] | undefined) ?? []),
      text.split(",").map((name) => name.trim()),
    ])
    .option("--initial-prompts <text...>", "only runs that began with these prompts")
    .option("--models <name...>", "only outputs of these models")
    .option("--sequence-number <range>", "sequence numbers: 10..20, 10.. or ..20", intRange)
    .option("--every-nth <n>", "of these, every nth embedding of each run", wholeNumber);
}

/** The settings that act on the work that a command starts, and on the work of others that it does meanwhile. */
export const settingsOfWork: (keyof Settings)[] = [
  "clusteringThreads",
  "clusteringConcurrency",
  "clusteringSecondsLimit",
  "clusteringBytesLimit",
];

/** The parsed options of a filter. */
export interface FilterOptions {
  runIds?: string[];
  networks?: string[][];
  initialPrompts?: string[];
  models?: string[];
  sequenceNumber?: { min?: number; max?: number };
  everyNth?: number;
}

/** The parsed options. */
export interface ClusterOptions extends FilterOptions {
  embeddingModel?: string;
  normalize: boolean;
  [parameter: string]: unknown;
}

/** The options of a reduction besides its method, by the field of ReductionInput: --help has no room for them. */
const reductionOptions = {
  dimensions: "reduceDimensions",
  neighbours: "reduceNeighbours",
  minDistance: "reduceMinDistance",
  seed: "reduceSeed",
} as const;

const filterFields = ["runIds", "networks", "initialPrompts", "models", "sequenceNumber", "everyNth"];

/** The mutation's input: only the options that were given, so that the API's defaults apply to the others. */
export function clusterInput(options: ClusterOptions, embeddingModel: string): ClusterEmbeddingsInput {
  const given = (fields: string[]) =>
    Object.fromEntries(
      fields.filter((field) => options[field] !== undefined).map((field) => [field, options[field]]),
    );
  const filter = given(filterFields);
  const reduction = reductionInput(options);
  return {
    embeddingModel,
    ...(Object.keys(filter).length > 0 ? { filter } : {}),
    ...given([...parameterNames, "idempotencyKey"]),
    ...(reduction ? { reduction } : {}),
  };
}

/** What `medoid sweep` varies, in the order of its table's columns. */
export const sweptParameters: {
  field: keyof SweptParameters;
  /** The field of SweepInput. */
  list: keyof SweepInput;
  /** Without its hyphens. */
  option: "min-cluster-size" | "method" | "epsilon";
  title: string;
  /** The value as its column shows it. */
  shown: (point: SweptParameters) => string;
  /** The value in a sentence. */
  inWords: (point: SweptParameters) => string;
}[] = [
  {
    ...{ field: "minClusterSize", list: "minClusterSizes", option: "min-cluster-size", title: "size" },
    shown: ({ minClusterSize }) => number(minClusterSize),
    inWords: ({ minClusterSize }) => `size ${number(minClusterSize)}`,
  },
  {
    ...{
      field: "clusterSelectionMethod",
      list: "clusterSelectionMethods",
      option: "method",
      title: "method",
    },
    shown: ({ clusterSelectionMethod: method }) => (method === "LEAF" ? "LEAF" : "EOM"),
    inWords: ({ clusterSelectionMethod }) => clusterSelectionMethod,
  },
  {
    ...{
      field: "clusterSelectionEpsilon",
      list: "clusterSelectionEpsilons",
      option: "epsilon",
      title: "epsilon",
    },
    shown: ({ clusterSelectionEpsilon }) => String(clusterSelectionEpsilon),
    inWords: ({ clusterSelectionEpsilon }) => `epsilon ${clusterSelectionEpsilon}`,
  },
];

/** The parsed options of `medoid sweep` that say what to try. */
export interface SweepOptions {
  minClusterSize?: number[];
  method?: SelectionMethod[];
  epsilon?: number[];
  allowSingleCluster?: boolean;
}

/** Sizes that make each step about a doubling. */
const usualSizes = [5, 10, 20, 50, 100, 200];

/** The usual sizes and the result's own, as far as its maxClusterSize allows them. */
export function sizesToTry({ minClusterSize, maxClusterSize }: SizesOfResult): number[] {
  const sizes = new Set([...usualSizes, minClusterSize]);
  return [...sizes].filter((size) => maxClusterSize === null || size <= maxClusterSize).sort((a, b) => a - b);
}

/** Fields of HdbscanParameters: the data of `SizesOfResult`. */
export const sizesOfResult = "minClusterSize maxClusterSize";
export interface SizesOfResult {
  minClusterSize: number;
  maxClusterSize: number | null;
}

export function addSweepOptions(command: Command): Command {
  const defaultSizes = `${usualSizes.join(",")} and the result's own, up to its maxClusterSize`;
  return command
    .addOption(
      new Option("--min-cluster-size <n,n>", `sizes to try (default: ${defaultSizes})`).argParser(
        listOf(wholeNumber),
      ),
    )
    .option(
      "--method <m,m>",
      "EXCESS_OF_MASS, LEAF or both (default: the result's)",
      listOf(enumValue(selectionMethods)),
    )
    .option("--epsilon <x,x>", "values of clusterSelectionEpsilon (default: the result's)", listOf(decimal))
    .option("--allow-single-cluster", "one cluster may hold all embeddings (default: as in the result)");
}

/** The input of a sweep, but for the sizes where none are given. */
export const sweepInput = ({
  minClusterSize,
  method,
  epsilon,
  allowSingleCluster,
}: SweepOptions): Partial<SweepInput> => ({
  minClusterSizes: minClusterSize,
  clusterSelectionMethods: method,
  clusterSelectionEpsilons: epsilon,
  allowSingleCluster,
});

/** Reads a list whose values are separated by commas. */
function listOf<Value>(read: (text: string) => Value): (text: string) => Value[] {
  return (text) => text.split(",").map((part) => read(part.trim()));
}

/** The parameters of a map. */
const mapParameterNames = ["method", "neighbours", "minDistance", "seed"];

function reductionInput(options: ClusterOptions): ReductionOptions | null {
  const method = options.reduce as ReductionOptions["method"];
  const given = Object.entries(reductionOptions).filter(([, option]) => options[option] !== undefined);
  const [unused] = given.filter(([field]) => !method || (method === "PCA" && field !== "dimensions"));
  if (unused) {
    const needed = unused[0] === "dimensions" ? "--reduce umap or --reduce pca" : "--reduce umap";
    throw new ArgumentError(`${optionOfField(["reduction", unused[0]])} has an effect only with ${needed}.`);
  }
  return method
    ? { method, ...Object.fromEntries(given.map(([field, name]) => [field, options[name]])) }
    : null;
}

/**
 * The option of an input field: the path ["input", "filter", "everyNth"] is --every-nth, and
 * ["input", "reduction", "seed"] is --reduce-seed.
 */
export function optionOfField(path: string[]): string {
  const [first = "", second] = path.filter((part) => part !== "input" && part !== "filter");
  const ofReduction = reductionOptions[second as keyof typeof reductionOptions] ?? "reduce";
  const field = first === "reduction" ? ofReduction : first;
  return `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The fields that are options, in messages of the API. */
const optionFields = new Set<string>([
  ...parameterNames,
  ...filterFields,
  ...mapParameterNames,
  "embeddingModel",
  "idempotencyKey",
]);

/** A message of the API in the command line's words: options instead of fields, and no null, which it has no word for. */
export function inOptionWords(message: string): string {
  return message
    .replace(", or null for no limit", ", or left out for no limit")
    .replace("must be null with", "must be left out with")
    .replace(/\b[a-z]+[A-Z]\w*/g, (word) => (optionFields.has(word) ? optionOfField([word]) : word));
}

/** A value of the API's type Int. */
export function wholeNumber(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  const value = Number(text);
  if (value < leastInt || value > greatestInt) {
    throw new InvalidArgumentError(`It must be a whole number from ${leastInt} to ${greatestInt}.`);
  }
  return value;
}

const leastInt = -(2 ** 31);
const greatestInt = 2 ** 31 - 1;

export function fromOne(text: string): number {
  const value = wholeNumber(text);
  if (value < 1) throw new InvalidArgumentError("It must be 1 or more.");
  return value;
}

/** The id of a clustering result: a global id with the type in front, or the bare UUID. */
export function resultId(text: string): string {
  const parsed = parseIdOf("ClusteringResult", text);
  if ("problem" in parsed) throw new InvalidArgumentError(`It ${parsed.problem}`);
  return text;
}

export function decimal(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("It must be a number.");
  return value;
}

function intRange(text: string): { min?: number; max?: number } {
  const [, min, max] = /^(\d*)\.\.(\d*)$/.exec(text) ?? [];
  if (!min && !max) throw new InvalidArgumentError("It must be a range: 10..20, 10.. or ..20.");
  return { ...(min && { min: wholeNumber(min) }), ...(max && { max: wholeNumber(max) }) };
}

const reductionMethod = enumOption("--reduce <method>", ["UMAP", "PCA"]);
reductionMethod.description = "umap or pca first; also --reduce-dimensions 5";

/** An option for a value of an API enum, first the default. */
export function enumOption(flags: string, names: [string, ...string[]]): Option {
  const [first, ...others] = names;
  const option = new Option(flags, `${first} (default) or ${others.join(" or ")}`).argParser(
    enumValue(names),
  );
  option.argChoices = names;
  return option;
}

/** Reads a value of an API enum, in lower case and with hyphens, too. */
function enumValue<Name extends string>(names: readonly Name[]): (text: string) => Name {
  return (text) => {
    const given = text.toUpperCase().replaceAll("-", "_");
    const name = names.find((name) => name === given);
    if (name === undefined) throw new InvalidArgumentError(`It must be ${names.join(" or ")}.`);
    return name;
  };
}
