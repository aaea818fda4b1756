import { createHash } from "node:crypto";
import { resolveLayoutParameters } from "../../clustering/layout/layoutParameters.js";
import type { Api } from "../api/api.js";
import { embeddingCountOf, findLatestId, noSuchResult, onlyModel } from "../api/existingResult.js";
import { refusalFields, runToEnd, startedId } from "../api/runToEnd.js";
import type { Cli } from "../cli.js";
import { type FilterData, filterFields } from "../output/clusteringResult.js";
import { CommandError } from "../process.js";

/** What is mapped: the embeddings of a clustering result, or all embeddings of a model. */
export interface MappedEmbeddings {
  embeddingModel: string;
  /** The clustering that the map shows; null if there is none. */
  result: MappedResult | null;
}

interface MappedResult {
  id: string;
  status: string;
  embeddingModel: { name: string };
  filter: FilterData;
  parameters: { metric: string; normalize: boolean };
  clusterCount: number | null;
  outlierCount: number | null;
  embeddingCount: number | null;
  map: ({ id: string; method: string } & Record<string, unknown>) | null;
}

/** The parameters of a map that were given. */
export interface MapParameters {
  method?: "UMAP" | "PCA";
  neighbours?: number;
  minDistance?: number;
  seed?: number;
}

/** The parameters of a map, besides its method. */
const parameterNames = ["neighbours", "minDistance", "seed", "metric", "normalize"] as const;

const resultQuery = /* GraphQL */ `
  query MappedResult($id: ID!) {
    clusteringResult(id: $id) {
      id
      status
      embeddingModel { name }
      ${filterFields}
      parameters { metric normalize }
      clusterCount
      outlierCount
      embeddingCount
      map { id method ${parameterNames.join(" ")} }
    }
  }
`;
const statusQuery = /* GraphQL */ `
  query MapStatus($id: ID!) { embeddingMap(id: $id) { status } }
`;
const mapMutation = /* GraphQL */ `
  mutation Map($input: MapEmbeddingsInput!) {
    mapEmbeddings(input: $input) { ... on EmbeddingMap { id } ${refusalFields} }
  }
`;
const deleteMutation = /* GraphQL */ `
  mutation MapAgain($id: ID!) { deleteMap(id: $id) { __typename } }
`;

/**
 * Finds what to map: a clustering result, the latest one of an embedding model or of any, or if nothing has been
 * clustered, the embeddings of the model.
 * @throws CommandError that says what there is instead, and what to do next
 */
export async function embeddingsToMap(
  api: Api,
  id: string | undefined,
  embeddingModel: string | undefined,
  cli: Cli,
): Promise<MappedEmbeddings> {
  const resultId = id ?? (await findLatestId(api, embeddingModel));
  if (resultId === null) {
    return {
      embeddingModel: embeddingModel ?? (await onlyModel(api, cli, "--embedding-model")),
      result: null,
    };
  }
  const data = await api.execute<{ clusteringResult: MappedResult | null }>(resultQuery, { id: resultId });
  const result = data.clusteringResult;
  if (result === null) throw await noSuchResult(api, resultId, cli);
  if (result.status !== "SUCCEEDED") {
    throw new CommandError(
      `The clustering ${resultId} has the status ${result.status}: it has no clusters that a map could show.`,
    );
  }
  return { embeddingModel: result.embeddingModel.name, result };
}

/**
 * The id of a map of these embeddings that has succeeded: if no parameter is given, the newest one if it has the
 * defaults; otherwise the one that this command has requested with them before, or a new one, for which it waits.
 */
export async function finishedMap(
  api: Api,
  { embeddingModel, result }: MappedEmbeddings,
  parameters: MapParameters,
  cli: Cli,
): Promise<string> {
  const isGiven = Object.values(parameters).some((value) => value !== undefined);
  if (result?.map && !isGiven && hasDefaults(result.map, result)) return result.map.id;
  const input = {
    embeddingModel,
    ...parameters,
    ...(result && { filter: givenConditions(result.filter), ...result.parameters }),
  };
  const subject = result ? result.id : [embeddingModel, await embeddingCountOf(api, embeddingModel)];
  const digest = createHash("sha256")
    .update(JSON.stringify([subject, parameters]))
    .digest("hex");
  const withKey = { ...input, idempotencyKey: `medoid map ${digest}` };
  let id = await start(api, withKey);
  const { embeddingMap } = await api.execute<{ embeddingMap: { status: string } | null }>(statusQuery, {
    id,
  });
  if (embeddingMap?.status === "SUCCEEDED") return id;
  if (embeddingMap?.status === "FAILED" || embeddingMap?.status === "CANCELLED") {
    await api.execute(deleteMutation, { id });
    id = await start(api, withKey);
  }
  await runToEnd(api, { kind: "map", id }, cli);
  return id;
}

/** Whether a map has the parameters that this command gives a result's map. */
function hasDefaults(map: NonNullable<MappedResult["map"]>, { parameters }: MappedResult): boolean {
  const defaults = { ...resolveLayoutParameters(), ...parameters };
  return map.method === "UMAP" && parameterNames.every((name) => map[name] === defaults[name]);
}

async function start(api: Api, input: Record<string, unknown>): Promise<string> {
  const data = await api.execute<{ mapEmbeddings: Parameters<typeof startedId>[0] }>(mapMutation, { input });
  return startedId(data.mapEmbeddings);
}

/** The conditions of a filter that are there, as those of an input. */
function givenConditions<T extends object>(filter: T): Partial<T> {
  const conditions = Object.entries(filter)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [
      name,
      typeof value === "object" && !Array.isArray(value) ? givenConditions(value) : value,
    ]);
  return Object.fromEntries(conditions);
}
