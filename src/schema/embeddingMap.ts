import type { StoredEmbeddingFilter } from "../resolvers/clusterings/embeddingFilter.js";
import { NotFoundError } from "../resolvers/errors.js";
import { formatGlobalId } from "../resolvers/globalId.js";
import { layoutCounts } from "../resolvers/layoutCounts.js";
import type { Position } from "../resolvers/loaders/mapLoaders.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import { cancelMap } from "../resolvers/maps/cancelMap.js";
import { deleteMap } from "../resolvers/maps/deleteMap.js";
import { connection } from "../resolvers/pagination/connection.js";
import { embeddingMaps } from "../resolvers/pagination/embeddingMapKeysets.js";
import { invalidArgument, RequestError } from "../resolvers/requestError.js";
import { jobProgress } from "../resolvers/requests/jobProgress.js";
import { type EmbeddingMapRow, embeddingMapColumns } from "../resolvers/rows.js";
import { builder } from "./builder.js";
import {
  appliedEmbeddingFilter,
  clusteringFailure,
  clusteringResult,
  failureOf,
} from "./clusteringResult.js";
import { type Context, forgetLoaded } from "./context.js";
import { embedding } from "./embedding.js";
import { embeddingModel } from "./embeddingModel.js";
import { notFoundError } from "./errors.js";
import { distanceMetric, reductionMethod } from "./hdbscanParameters.js";
import { idOf } from "./node.js";
import { payload } from "./payload.js";
import { nullWithError, nullWithFailure } from "./rootFields.js";

const jobStatus = builder.enumType("JobStatus", {
  description: "The states of work that workers do. SUCCEEDED, FAILED and CANCELLED are final.",
  values: {
    QUEUED: { description: "The work waits for a worker." },
    RUNNING: { description: "A worker does the work." },
    SUCCEEDED: { description: "The result is stored, and never changes." },
    FAILED: { description: "The work failed; `failure` gives the reason." },
    CANCELLED: { description: "The work was cancelled before it was done." },
  },
});

export const embeddingMap = builder.prismaNode("EmbeddingMap", {
  id: { field: "id" },
  select: embeddingMapColumns,
  description:
    "A map of embeddings of one model: a position on a plane for each, so that embeddings that are near each other have positions near each other; distances between positions that are far apart mean little. With equal inputDigests, parameters and engineVersions the positions are equal. Embeddings with equal vectors have equal positions.",
});

const embeddingMapConnection = builder.connectionObject({
  type: embeddingMap,
  name: "EmbeddingMapConnection",
});

builder.prismaObjectFields(embeddingMap, (t) => ({
  embeddingModel: t.field({
    type: embeddingModel,
    description: "The embedding model whose embeddings are on the map.",
    resolve: (row, _, { loaders }) => present(loaders.embeddingModel, row.embeddingModelId),
  }),
  filter: t.field({
    type: appliedEmbeddingFilter,
    description: "The filter as requested; every field is null if there was none.",
    resolve: (row) => JSON.parse(row.filter) as StoredEmbeddingFilter,
  }),
  method: t.field({
    type: reductionMethod,
    description: "The method that computes the positions.",
    resolve: (row) => row.method,
  }),
  neighbours: t.int({
    nullable: true,
    description:
      "The number of distinct vectors that count as a vector's neighbourhood, itself included: 1 or more, and once the map has succeeded no more than there are distinct vectors. Null for PCA.",
    resolve: (row) => row.neighbours,
  }),
  minDistance: t.float({
    nullable: true,
    description:
      "The distance between positions up to which embeddings are as near as can be, 0 to 1; null for PCA.",
    resolve: (row) => row.minDistance,
  }),
  seed: t.int({
    nullable: true,
    description: "The number, any Int, that determines the random choices; null for PCA.",
    resolve: (row) => row.seed,
  }),
  metric: t.field({
    type: distanceMetric,
    description: "The distance between two vectors.",
    resolve: (row) => row.metric,
  }),
  normalize: t.boolean({
    description: "Whether every vector is scaled to length 1 first.",
    resolve: (row) => row.normalize,
  }),
  status: t.field({
    type: jobStatus,
    description: "The state of the map.",
    resolve: (row) => row.status,
  }),
  progress: t.float({
    description: "The share of the work that is done, 0 to 1; within one attempt it never falls.",
    resolve: (row) => row.progress,
  }),
  createdAt: t.field({
    type: "DateTime",
    description: "When the map was requested.",
    resolve: (row) => row.createdAt,
  }),
  finishedAt: t.field({
    type: "DateTime",
    nullable: true,
    description: "When the map succeeded, failed or was cancelled; null before that.",
    resolve: (row) => row.finishedAt,
  }),
  failure: t.field({
    type: clusteringFailure,
    nullable: true,
    description: "The reason why the map failed; null unless the status is FAILED.",
    resolve: failureOf,
  }),
  engineVersion: t.string({
    description: "The version of the engine that computed the map, or will compute it.",
    resolve: (row) => row.engineVersion,
  }),
  embeddingCount: t.int({
    nullable: true,
    description: "The number of embeddings on the map, 1 or more; null until the map has succeeded.",
    resolve: (row) => row.embeddingCount,
  }),
  laidOutCount: t.int({
    nullable: true,
    description:
      "The number of embeddings that UMAP laid out, 0 or more: all of them, unless more than 250,000 vectors are distinct. Null for PCA, and until the map has succeeded.",
    resolve: (row) => layoutCounts(row.method, row).laidOutCount,
  }),
  placedCount: t.int({
    nullable: true,
    description:
      "The number of embeddings that UMAP did not lay out, 0 or more: each has the weighted mean of the positions of its nearest vectors that were laid out. Null for PCA, and until the map has succeeded.",
    resolve: (row) => layoutCounts(row.method, row).placedCount,
  }),
  inputDigest: t.string({
    nullable: true,
    description:
      "A digest (SHA-256, hexadecimal) of the ids and vectors of the embeddings on the map, equal to that of a clustering result of the same embeddings. Null until the map has succeeded.",
    resolve: (row) => row.inputDigest,
  }),
  trustworthiness: t.float({
    nullable: true,
    description:
      "How well the map keeps neighbours, 0 to 1, as defined by Venna and Kaski (2001): 1 if the 15 nearest positions of each embedding belong to its nearest vectors. It is estimated from a sample of 2,000 embeddings if there are more, and uses fewer neighbours if there are fewer than 32. Null until the map has succeeded, and for fewer than 3 embeddings.",
    resolve: (row) => row.trustworthiness,
  }),
  pointsUrl: t.string({
    nullable: true,
    extensions: { readsOthers: true },
    description:
      "The URL at which this server serves all points of the map as a stream of Arrow's IPC format: embedding_id (16 bytes), x and y, for a clustering label, probability and is_medoid, and with `origin` network, initial_prompt, model and sequence_number. The points are in the order of the embeddings' ids; for a clustering, those of a cluster follow one another in each record batch. The URL is signed if API keys are required; a signed URL is valid for at least an hour by default. If the map or the clustering result is deleted, or the server stops, while the points are sent, the connection is cut off. Null until the map has succeeded.",
    args: {
      clusteringResultId: t.arg.id({
        description:
          "The id of the clustering result whose clusters the points have. The label is −1 for outliers, and null for embeddings that the result did not cluster. A result that does not exist or has not succeeded is an error. Absent: no clusters.",
      }),
      origin: t.arg.boolean({
        defaultValue: false,
        description:
          "Whether the points have what their embeddings come from: the network, as a JSON array of the names of models, and the initial prompt of the run, and the model and the number of the invocation, from 0. Default: false.",
      }),
    },
    resolve: async (row, { clusteringResultId: given, origin }, { loaders, mapPointsUrl }) => {
      const clusteringResultId = given == null ? null : await succeededResult(given, loaders);
      if (row.status !== "SUCCEEDED") return null;
      return mapPointsUrl({ embeddingMapId: row.id, clusteringResultId, origin: origin ?? false });
    },
  }),
}));

/**
 * The result whose clusters the points have, as a bare UUID.
 * @throws RequestError if no result has the id (NOT_FOUND), or it has no clusters (INVALID_INPUT)
 */
async function succeededResult(given: string, { clusteringResult }: Context["loaders"]): Promise<string> {
  const argument = "clusteringResultId";
  const id = idOf("ClusteringResult", given, argument);
  const result = await clusteringResult.load(id);
  if (result === null) throw new RequestError(new NotFoundError(given));
  if (result.status !== "SUCCEEDED") {
    const problem = `must be the id of a clustering that has succeeded; this one has the status ${result.status}.`;
    throw invalidArgument([argument], problem, given);
  }
  return id;
}

const mapPosition = builder.objectRef<Position>("MapPosition").implement({
  description: "The position of an embedding on a map.",
  fields: (t) => ({
    x: t.exposeFloat("x", { description: "The first coordinate, any finite number." }),
    y: t.exposeFloat("y", { description: "The second coordinate, any finite number." }),
  }),
});

builder.prismaObjectField(embedding, "position", (t) =>
  t.field({
    type: mapPosition,
    nullable: true,
    extensions: { mutable: true },
    description:
      "The position of this embedding on a map. Null if the map does not exist, has not succeeded, or does not include the embedding.",
    args: { mapId: t.arg.id({ required: true, description: "The id of the map." }) },
    resolve: (row, { mapId }, { loaders }) =>
      loaders.positionOn(idOf("EmbeddingMap", mapId, "mapId")).load(row.id),
  }),
);

builder.prismaObjectField(clusteringResult, "map", (t) =>
  t.field({
    type: embeddingMap,
    nullable: true,
    extensions: { mutable: true },
    description:
      "The newest map that has succeeded with exactly the embeddings of this clustering; null if there is none, or the clustering has not succeeded.",
    resolve: async (row, _, { loaders }) => {
      if (row.inputDigest === null) return null;
      const map = await loaders.mapOfDigest.load(row.inputDigest);
      if (map) loaders.embeddingMap.prime(map.id, map);
      return map;
    },
  }),
);

builder.queryFields((t) => ({
  embeddingMap: t.field({
    type: embeddingMap,
    nullable: true,
    description: "The map with the given id; null if there is none.",
    args: { id: t.arg.id({ required: true, description: "The id of the map." }) },
    resolve: (_, { id }, { loaders }) => loaders.embeddingMap.load(idOf("EmbeddingMap", id)),
  }),
  embeddingMaps: t.connection(
    {
      type: embeddingMap,
      nullable: true,
      description: `The maps, newest first. Pages have 20 items by default and at most 500. ${nullWithError}`,
      args: {
        embeddingModel: t.arg.string({
          description: "Only maps of the embedding model with this name. Absent: any model.",
        }),
      },
      resolve: (_, { embeddingModel, ...args }, { loaders }) =>
        connection(loaders, embeddingMaps(embeddingModel), null, args, { prime: loaders.embeddingMap }),
    },
    embeddingMapConnection,
  ),
}));

const cancelMapPayload = payload(
  "CancelMapPayload",
  "The outcome of cancelMap: the map, or an error.",
  () => [embeddingMap, notFoundError],
);

const deletedEmbeddingMap = builder.objectRef<{ deletedId: string }>("DeletedEmbeddingMap").implement({
  description: "The confirmation that a map was deleted.",
  fields: (t) => ({
    deletedId: t.exposeID("deletedId", { description: "The id of the deleted map." }),
  }),
});

const deleteMapPayload = payload(
  "DeleteMapPayload",
  "The outcome of deleteMap: the id of the deleted map, or an error.",
  () => [deletedEmbeddingMap, notFoundError],
);

builder.mutationFields((t) => ({
  cancelMap: t.field({
    type: cancelMapPayload,
    nullable: true,
    description: `Cancels a queued or running map. A map that has already ended is returned unchanged. ${nullWithFailure}`,
    args: { id: t.arg.id({ required: true, description: "The id of the map." }) },
    resolve: async (_, { id }, context) => {
      const uuid = idOf("EmbeddingMap", id);
      const cancelled = await cancelMap(context.app, uuid, context.cancellation.signal);
      forgetLoaded(context);
      return cancelled ? present(context.loaders.embeddingMap, uuid) : new NotFoundError(id);
    },
  }),
  deleteMap: t.field({
    type: deleteMapPayload,
    nullable: true,
    description: `Deletes a map with its positions, and cancels it first if it has not finished; the embeddings stay. ${nullWithFailure}`,
    args: { id: t.arg.id({ required: true, description: "The id of the map." }) },
    resolve: async (_, { id }, context) => {
      const uuid = idOf("EmbeddingMap", id);
      const deleted = await deleteMap(context.app, uuid, context.cancellation.signal);
      forgetLoaded(context);
      return deleted ? { deletedId: formatGlobalId("EmbeddingMap", uuid) } : new NotFoundError(id);
    },
  }),
}));

builder.subscriptionField("mapProgress", (t) =>
  t.field({
    type: embeddingMap,
    description:
      "Sends the current state of a map, then every change of it, and ends after the final state. If it is deleted before that state was sent, the last event has the status CANCELLED.",
    args: { id: t.arg.id({ required: true, description: "The id of the map." }) },
    subscribe: (_, { id: given }, { app, stopping, isStillAllowed }) => {
      const id = idOf("EmbeddingMap", given);
      const find = () =>
        app.database.prisma.embeddingMap.findUnique({ where: { id }, select: embeddingMapColumns });
      return jobProgress<EmbeddingMapRow>(app, find, id, given, { stopping, isStillAllowed });
    },
    resolve: (row: EmbeddingMapRow, _, context) => {
      // Each event is resolved like a new operation: rows loaded for the previous event are out of date.
      forgetLoaded(context);
      context.responseBudget?.reset();
      context.loaders.embeddingMap.prime(row.id, row);
      return row;
    },
  }),
);
