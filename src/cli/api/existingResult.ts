import type { Cli } from "../cli.js";
import { name, number } from "../output/clusteringResult.js";
import { nextStep } from "../output/hints.js";
import { quoted } from "../output/printable.js";
import { ArgumentError, CommandError } from "../process.js";
import type { Api } from "./api.js";

const latestQuery = /* GraphQL */ `
  query Latest($embeddingModel: String) { latestClusteringResult(embeddingModel: $embeddingModel) { id } }
`;
const existingQuery = /* GraphQL */ `
  query ExistingResults { clusteringResults(first: 3) { totalCount edges { node { id status embeddingModel { name } } } } }
`;
const modelsQuery = /* GraphQL */ `
  query ExistingModels { embeddingModels { name embeddingCount } }
`;

interface ModelsData {
  embeddingModels: { name: string; embeddingCount: number }[];
}

interface ExistingData {
  clusteringResults: {
    totalCount: number;
    edges: { node: { id: string; status: string; embeddingModel: { name: string } } }[];
  };
}

/** The width in columns of a name that an error repeats. */
const nameWidth = 60;
/** The number of names that an error lists. */
const mostNames = 20;

/**
 * The id of the result that succeeded last, of an embedding model or of any.
 * @throws CommandError that says what there is instead, and what to do next
 */
export async function latestId(api: Api, cli: Cli, embeddingModel?: string): Promise<string> {
  const found = await findLatestId(api, embeddingModel);
  if (found !== null) return found;
  throw embeddingModel === undefined
    ? new CommandError((await nextStep(api, cli)) ?? "")
    : await noResultOf(api, cli, embeddingModel);
}

/** The error for an embedding model that has no results: it names those that have some. */
export async function noResultOf(api: Api, cli: Cli, embeddingModel: string): Promise<CommandError> {
  const names = await requireModel(api, cli, embeddingModel);
  const next = await nextStep(api, cli);
  const asked = quoted(embeddingModel, nameWidth);
  const clustered: string[] = [];
  for (const each of names) if ((await findLatestId(api, each)) !== null) clustered.push(each);
  return new CommandError(
    `No clustering of ${asked} has succeeded. ${clustered.length > 0 ? `There are results of ${listedNames(clustered)}.` : next}`,
  );
}

/**
 * The names of all embedding models, of which the given one is one.
 * @throws CommandError if it is not, with those that there are, or what to do if there are none
 */
export async function requireModel(api: Api, cli: Cli, embeddingModel: string): Promise<string[]> {
  const names = await modelNames(api);
  if (names.length === 0) throw new CommandError((await nextStep(api, cli)) ?? "");
  if (names.includes(embeddingModel)) return names;
  throw new CommandError(
    `There is no embedding model ${quoted(embeddingModel, nameWidth)}. There are: ${listedNames(names)}.`,
  );
}

/** The names of all embedding models, in their order. */
async function modelNames(api: Api): Promise<string[]> {
  const { embeddingModels } = await api.execute<ModelsData>(modelsQuery);
  return embeddingModels.map(({ name }) => name);
}

/** The names of the embedding models that have embeddings, in their order. */
export async function modelsWithEmbeddings(api: Api): Promise<string[]> {
  const { embeddingModels } = await api.execute<ModelsData>(modelsQuery);
  return embeddingModels.filter(({ embeddingCount }) => embeddingCount > 0).map(({ name }) => name);
}

/** The number of embeddings of a model; null if there is no such model. */
export async function embeddingCountOf(api: Api, name: string): Promise<number | null> {
  const { embeddingModels } = await api.execute<ModelsData>(modelsQuery);
  return embeddingModels.find((each) => each.name === name)?.embeddingCount ?? null;
}

/**
 * The name of the only embedding model that has embeddings.
 * @param options that choose one of several
 * @throws CommandError if there is none, ArgumentError if there are several
 */
export async function onlyModel(api: Api, cli: Cli, options: string): Promise<string> {
  const models = await modelsWithEmbeddings(api);
  if (models.length === 0) throw new CommandError((await nextStep(api, cli)) ?? "");
  if (models.length > 1) {
    throw new ArgumentError(
      `${options} is required, because there are several embedding models: ${listedNames(models)}.`,
    );
  }
  return models[0];
}

/** The id of the result that succeeded last; null if there is none. */
export async function findLatestId(api: Api, embeddingModel?: string): Promise<string | null> {
  const data = await api.execute<{ latestClusteringResult: { id: string } | null }>(latestQuery, {
    embeddingModel,
  });
  return data.latestClusteringResult?.id ?? null;
}

/** The error for an id that no result has: it names the newest results. */
export async function noSuchResult(api: Api, id: string, cli: Cli): Promise<CommandError> {
  const { clusteringResults } = await api.execute<ExistingData>(existingQuery);
  const { totalCount, edges } = clusteringResults;
  const newest = edges.map(
    ({ node }) => `\n  ${node.id}  ${node.status.toLowerCase()}, of ${name(node.embeddingModel.name)}`,
  );
  const more = totalCount > edges.length ? `\n  and ${number(totalCount - edges.length)} more` : "";
  const existing =
    edges.length === 0 ? ((await nextStep(api, cli)) ?? "") : `There are:${newest.join("")}${more}`;
  return new CommandError(`No clustering result has the id ${id}. ${existing}`);
}

/** Names in quotes, of very many the first. */
export function listedNames(names: string[]): string {
  const shown = names.slice(0, mostNames).map((each) => quoted(each, nameWidth));
  const more = names.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
