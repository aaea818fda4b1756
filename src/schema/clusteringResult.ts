import { cancelClustering } from "../resolvers/clusterings/cancelClustering.js";
import { clusteringProgress } from "../resolvers/clusterings/clusteringProgress.js";
import { deleteClusteringResult } from "../resolvers/clusterings/deleteClusteringResult.js";
import type { StoredEmbeddingFilter } from "../resolvers/clusterings/embeddingFilter.js";
import { latestClusteringResult } from "../resolvers/clusterings/latestClusteringResult.js";
import { type ErrorCode, NotFoundError } from "../resolvers/errors.js";
import { formatGlobalId } from "../resolvers/globalId.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import {
  clusteringResults,
  clusters,
  defaultDirection,
  outliers,
  type ScoredEmbedding,
} from "../resolvers/pagination/clusteringResultKeysets.js";
import { connection, type ReadConnection } from "../resolvers/pagination/connection.js";
import { type ClusteringResultRow, clusteringResultColumns } from "../resolvers/rows.js";
import { requireStorable } from "../resolvers/storableText.js";
import { builder } from "./builder.js";
import { cluster, clusterConnection } from "./cluster.js";
import { forgetLoaded } from "./context.js";
import { embedding } from "./embedding.js";
import { embeddingModel } from "./embeddingModel.js";
import { clusteringInProgressError, errorCode, notFoundError } from "./errors.js";
import { clusteringAlgorithm, hdbscanParameters } from "./hdbscanParameters.js";
import { idOf } from "./node.js";
import { payload } from "./payload.js";
import { nullWithError, nullWithFailure } from "./rootFields.js";

export const clusteringStatus = builder.enumType("ClusteringStatus", {
  description: "How far a clustering has come. The last three are final.",
  values: {
    QUEUED: { description: "It waits for a worker." },
    RUNNING: { description: "A worker computes it." },
    SUCCEEDED: { description: "Its clusters are there, and never change." },
    FAILED: { description: "`failure` says why." },
    CANCELLED: { description: "It was stopped before it was done." },
  },
});

export const clusteringStage = builder.enumType("ClusteringStage", {
  description: "What a running clustering does, in this order.",
  values: {
    LOADING: { description: "Reads the embeddings." },
    PREPARING: { description: "Checks and scales the vectors, and finds those that are equal." },
    NEIGHBOURS: { description: "Computes core distances." },
    SPANNING_TREE: { description: "Computes the minimum spanning tree." },
    CLUSTERS: { description: "Condenses the tree and takes clusters from it." },
    MEDOIDS: { description: "Finds each cluster's medoid." },
    STORING: { description: "Writes clusters and assignments." },
  },
});

const clusteringFailure = builder
  .objectRef<{ code: ErrorCode; message: string }>("ClusteringFailure")
  .implement({
    description: "Why a clustering failed.",
    fields: (t) => ({
      code: t.field({ type: errorCode, description: "For programs.", resolve: ({ code }) => code }),
      message: t.exposeString("message", { description: "For people." }),
    }),
  });

const appliedIntRange = builder
  .objectRef<{ min?: number | null; max?: number | null }>("AppliedIntRange")
  .implement({
    description: "A range of whole numbers, both ends inclusive.",
    fields: (t) => ({
      min: t.exposeInt("min", { nullable: true, description: "The least, any Int; null: no lower end." }),
      max: t.exposeInt("max", {
        nullable: true,
        description: "The greatest, any Int not below min; null: no upper end.",
      }),
    }),
  });

const appliedEmbeddingFilter = builder.objectRef<StoredEmbeddingFilter>("AppliedEmbeddingFilter").implement({
  description: "Which embeddings took part: those that match all of it.",
  fields: (t) => ({
    runIds: t.idList({
      nullable: true,
      description: "Of these runs; null: of any.",
      resolve: ({ runIds }) => runIds?.map((id) => formatGlobalId("Run", id)),
    }),
    networks: t.field({
      type: t.listRef(t.listRef("String")),
      nullable: true,
      description: "Of runs with one of these networks; null: with any.",
      resolve: ({ networks }) => networks,
    }),
    initialPrompts: t.stringList({
      nullable: true,
      description: "Of runs with one of these prompts; null: with any.",
      resolve: ({ initialPrompts }) => initialPrompts,
    }),
    models: t.stringList({
      nullable: true,
      description: "Of invocations of one of these models; null: of any.",
      resolve: ({ models }) => models,
    }),
    sequenceNumber: t.field({
      type: appliedIntRange,
      nullable: true,
      description: "Of invocations with sequence numbers in this range, from 0; null: with any.",
      resolve: ({ sequenceNumber }) => sequenceNumber,
    }),
    everyNth: t.exposeInt("everyNth", {
      nullable: true,
      description:
        "Within each run, of what the rest left, in sequence order: the 1st, the (n+1)th, …; n is 1 or more. Null: all.",
    }),
  }),
});

const clusterOrder = builder.inputType("ClusterOrder", {
  description: "How clusters are ordered; equal ones by label.",
  fields: (t) => ({
    field: t.field({
      type: builder.enumType("ClusterOrderField", {
        description: "What clusters are ordered by.",
        values: {
          SIZE: { description: "Their members' number." },
          PERSISTENCE: { description: "How long they last." },
        },
      }),
      required: true,
      description: "By what.",
    }),
    direction: t.field({
      type: builder.enumType("OrderDirection", {
        description: "Which end comes first.",
        values: { ASCENDING: { description: "The least." }, DESCENDING: { description: "The greatest." } },
      }),
      defaultValue: defaultDirection,
      description: "Which end first. Default: DESCENDING.",
    }),
  }),
});

export const clusteringResult = builder.prismaNode("ClusteringResult", {
  id: { field: "id" },
  select: clusteringResultColumns,
  description: "A clustering, from the moment it is asked for.",
});

const clusteringResultConnection = builder.connectionObject({
  type: clusteringResult,
  name: "ClusteringResultConnection",
});

const outlierEdge = builder.edgeObject<typeof embedding, ReadConnection<{ node: ScoredEmbedding }>>({
  type: embedding,
  name: "OutlierEdge",
  fields: (t) => ({
    outlierScore: t.float({
      description: "GLOSH, 0 to 1: the higher, the more of an outlier.",
      resolve: ({ node }) => node.outlierScore,
    }),
  }),
});

builder.prismaObjectFields(clusteringResult, (t) => ({
  embeddingModel: t.field({
    type: embeddingModel,
    description: "Whose embeddings are clustered.",
    resolve: (row, _, { loaders }) => present(loaders.embeddingModel, row.embeddingModelId),
  }),
  algorithm: t.field({
    type: clusteringAlgorithm,
    description: "How clusters are found.",
    resolve: (row) => row.algorithm,
  }),
  parameters: t.field({
    type: hdbscanParameters,
    description: "Every effective value, the defaults resolved.",
    resolve: (row) => row,
  }),
  filter: t.field({
    type: appliedEmbeddingFilter,
    description: "The filter as it was asked; every field null where there was none.",
    resolve: (row) => JSON.parse(row.filter) as StoredEmbeddingFilter,
  }),
  status: t.field({
    type: clusteringStatus,
    description: "How far it has come.",
    resolve: (row) => row.status,
  }),
  stage: t.field({
    type: clusteringStage,
    nullable: true,
    description: "What it is doing now; null unless RUNNING.",
    resolve: (row) => row.stage,
  }),
  progress: t.float({
    description: "The part of the work that is done, 0 to 1, never falling within an attempt.",
    resolve: (row) => row.progress,
  }),
  attempt: t.int({
    description: "How many times a worker took it up, 0 or more.",
    resolve: (row) => row.attempt,
  }),
  createdAt: t.field({
    type: "DateTime",
    description: "When it was asked for.",
    resolve: (row) => row.createdAt,
  }),
  startedAt: t.field({
    type: "DateTime",
    nullable: true,
    description: "When a worker took it up; null before.",
    resolve: (row) => row.startedAt,
  }),
  finishedAt: t.field({
    type: "DateTime",
    nullable: true,
    description: "When it succeeded, failed or was cancelled; null before.",
    resolve: (row) => row.finishedAt,
  }),
  failure: t.field({
    type: clusteringFailure,
    nullable: true,
    description: "Why it failed; null unless FAILED.",
    resolve: (row) =>
      row.status === "FAILED"
        ? {
            code: (row.failureCode ?? "INTERNAL_SERVER_ERROR") as ErrorCode,
            message: row.failureMessage ?? "",
          }
        : null,
  }),
  engineVersion: t.string({
    description: "Of the engine that computed it, or is to.",
    resolve: (row) => row.engineVersion,
  }),
  inputDigest: t.string({
    nullable: true,
    description:
      "Digest (SHA-256, hex) of the embeddings that went in, and of their order: equal digests, parameters and engine give equal results. Null until it succeeded.",
    resolve: (row) => row.inputDigest,
  }),
  embeddingCount: t.int({
    nullable: true,
    description: "How many embeddings took part, 0 or more; null until it succeeded.",
    resolve: (row) => row.embeddingCount,
  }),
  clusterCount: t.int({
    nullable: true,
    description: "How many clusters there are, 0 or more; null until it succeeded.",
    resolve: (row) => row.clusterCount,
  }),
  outlierCount: t.int({
    nullable: true,
    description: "How many embeddings are in no cluster, 0 or more; null until it succeeded.",
    resolve: (row) => row.outlierCount,
  }),
  clusters: t.connection(
    {
      type: cluster,
      description:
        "Largest first unless told. Outliers are no cluster: they are never among these nor counted by first. Empty until it succeeded. Pages of 20 unless told, at most 500.",
      args: { orderBy: t.arg({ type: clusterOrder, description: "Absent: by size, descending." }) },
      resolve: (row, { orderBy, ...args }, { loaders }) =>
        connection(loaders, clusters(orderBy ?? { field: "SIZE" }), row.id, args, {
          prime: loaders.cluster,
          count: row.clusterCount ?? 0,
          empty: isStaged(row),
        }),
    },
    clusterConnection,
  ),
  outliers: t.connection(
    {
      type: embedding,
      description:
        "Highest outlierScore first, equal ones by embedding id. Empty until it succeeded. Pages of 20 unless told, at most 500.",
      resolve: (row, args, { loaders }) =>
        connection(loaders, outliers, row.id, args, {
          prime: loaders.embedding,
          count: row.outlierCount ?? 0,
          empty: isStaged(row),
        }),
    },
    { name: "OutlierConnection" },
    outlierEdge,
  ),
}));

/** Whether the clusters and assignments of a result, if there are any, are still being written: nobody sees them. */
function isStaged(row: ClusteringResultRow): boolean {
  return row.status !== "SUCCEEDED";
}

const clusteringResultFilter = builder.inputType("ClusteringResultFilter", {
  description: "What matches all of it.",
  fields: (t) => ({
    embeddingModel: t.string({ description: "Of the embedding model of this name. Absent: of any." }),
    algorithm: t.field({ type: clusteringAlgorithm, description: "Of this algorithm. Absent: of any." }),
    statuses: t.field({ type: [clusteringStatus], description: "In one of these states. Absent: in any." }),
  }),
});

builder.queryFields((t) => ({
  clusteringResult: t.field({
    type: clusteringResult,
    nullable: true,
    extensions: { findsImmutable: true },
    description: "A clustering by its id. Null: there is none.",
    args: { id: t.arg.id({ required: true, description: "Of a ClusteringResult." }) },
    resolve: (_, { id }, { loaders }) => loaders.clusteringResult.load(idOf("ClusteringResult", id)),
  }),
  clusteringResults: t.connection(
    {
      type: clusteringResult,
      nullable: true,
      description: `Newest first. Pages of 20 unless told, at most 500. ${nullWithError}`,
      args: { filter: t.arg({ type: clusteringResultFilter, description: "Absent: all of them." }) },
      resolve: (_, { filter, ...args }, { loaders }) =>
        connection(loaders, clusteringResults(filter ?? {}, loaders.reader.dialect), null, args, {
          prime: loaders.clusteringResult,
        }),
    },
    clusteringResultConnection,
  ),
  latestClusteringResult: t.field({
    type: clusteringResult,
    nullable: true,
    description:
      "The result that was the last to succeed, of one embedding model or of any. Null: there is none.",
    args: {
      embeddingModel: t.arg.string({ description: "The embedding model's name. Absent: any." }),
    },
    resolve: async (_, { embeddingModel }, { loaders }) => {
      requireStorable(embeddingModel, ["embeddingModel"]);
      return latestClusteringResult(loaders.reader, embeddingModel);
    },
  }),
}));

const cancelClusteringPayload = payload("CancelClusteringPayload", "What cancelClustering returns.", () => [
  clusteringResult,
  notFoundError,
]);

const deletedClusteringResult = builder
  .objectRef<{ deletedId: string }>("DeletedClusteringResult")
  .implement({
    description: "A clustering result that is no more.",
    fields: (t) => ({ deletedId: t.exposeID("deletedId", { description: "The id that the result had." }) }),
  });

const deleteClusteringResultPayload = payload(
  "DeleteClusteringResultPayload",
  "What deleteClusteringResult returns.",
  () => [deletedClusteringResult, notFoundError, clusteringInProgressError],
);

builder.mutationFields((t) => ({
  cancelClustering: t.field({
    type: cancelClusteringPayload,
    nullable: true,
    description: `Stops a queued or running clustering. Asking again changes nothing. ${nullWithFailure}`,
    args: { id: t.arg.id({ required: true, description: "Of a ClusteringResult." }) },
    resolve: async (_, { id }, context) => {
      const uuid = idOf("ClusteringResult", id);
      const cancelled = await cancelClustering(context.app, uuid, context.cancellation.signal);
      forgetLoaded(context);
      return cancelled ? present(context.loaders.clusteringResult, uuid) : new NotFoundError(id);
    },
  }),
  deleteClusteringResult: t.field({
    type: deleteClusteringResultPayload,
    nullable: true,
    description: `Removes a finished result with its clusters and assignments, never the embeddings. ${nullWithFailure}`,
    args: { id: t.arg.id({ required: true, description: "Of a ClusteringResult." }) },
    resolve: async (_, { id }, context) => {
      const uuid = idOf("ClusteringResult", id);
      const outcome = await deleteClusteringResult(context.app, uuid, context.cancellation.signal);
      forgetLoaded(context);
      if (outcome === null) return new NotFoundError(id);
      return "deleted" in outcome ? { deletedId: formatGlobalId("ClusteringResult", uuid) } : outcome;
    },
  }),
}));

builder.subscriptionField("clusteringProgress", (t) =>
  t.field({
    type: clusteringResult,
    description: "The current state at once, then every change, ending after the final one.",
    args: { id: t.arg.id({ required: true, description: "Of a ClusteringResult." }) },
    subscribe: (_, { id }, { app, stopping, isStillAllowed }) =>
      clusteringProgress(app, idOf("ClusteringResult", id), id, { stopping, isStillAllowed }),
    resolve: (row: ClusteringResultRow, _, context) => {
      // Each event is an operation of its own: what the event before loaded is out of date.
      forgetLoaded(context);
      context.responseBudget?.reset();
      context.loaders.clusteringResult.prime(row.id, row);
      return row;
    },
  }),
);
