import { type JoiningCount, joiningOutliers, mostFactors } from "../resolvers/analysis/outlierJoins.js";
import { cancelClustering } from "../resolvers/clusterings/cancelClustering.js";
import { deleteClusteringResult } from "../resolvers/clusterings/deleteClusteringResult.js";
import type { StoredEmbeddingFilter } from "../resolvers/clusterings/embeddingFilter.js";
import { latestClusteringResult } from "../resolvers/clusterings/latestClusteringResult.js";
import { type ErrorCode, NotFoundError } from "../resolvers/errors.js";
import { formatGlobalId } from "../resolvers/globalId.js";
import { layoutCounts, reductionMethodOf } from "../resolvers/layoutCounts.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import {
  assignmentsOfResult,
  clusteringResults,
  clusters,
  defaultDirection,
  outliers,
  type ScoredEmbedding,
} from "../resolvers/pagination/clusteringResultKeysets.js";
import { connection, type ReadConnection } from "../resolvers/pagination/connection.js";
import { jobProgress } from "../resolvers/requests/jobProgress.js";
import { type ClusteringResultRow, clusteringResultColumns } from "../resolvers/rows.js";
import { requireStorable } from "../resolvers/storableText.js";
import { builder } from "./builder.js";
import { cluster, clusterConnection } from "./cluster.js";
import { clusterAssignment, clusterAssignmentConnection } from "./clusterAssignment.js";
import { forgetLoaded } from "./context.js";
import { embedding } from "./embedding.js";
import { embeddingModel } from "./embeddingModel.js";
import { clusteringInProgressError, errorCode, notFoundError } from "./errors.js";
import { clusteringAlgorithm, hdbscanParameters } from "./hdbscanParameters.js";
import { idOf } from "./node.js";
import { payload } from "./payload.js";
import { nullWithError, nullWithFailure } from "./rootFields.js";

const clusteringStatus = builder.enumType("ClusteringStatus", {
  description: "The states of a clustering. SUCCEEDED, FAILED and CANCELLED are final.",
  values: {
    QUEUED: { description: "The clustering waits for a worker." },
    RUNNING: { description: "A worker computes the clustering." },
    SUCCEEDED: { description: "The clusters are stored, and never change." },
    FAILED: { description: "The clustering failed; `failure` gives the reason." },
    CANCELLED: { description: "The clustering was cancelled before it was done." },
  },
});

const clusteringStage = builder.enumType("ClusteringStage", {
  description:
    "The stages of a running clustering, in the order LOADING, PREPARING, REDUCING, NEIGHBOURS, SPANNING_TREE, CLUSTERS, MEDOIDS, STORING.",
  values: {
    LOADING: { description: "Reads the embeddings." },
    PREPARING: { description: "Checks and scales the vectors, and finds those that are equal." },
    REDUCING: { description: "Reduces the vectors to fewer dimensions, if that was requested." },
    NEIGHBOURS: { description: "Finds nearest neighbours and computes core distances." },
    SPANNING_TREE: { description: "Computes the minimum spanning tree." },
    CLUSTERS: { description: "Condenses the tree and selects clusters from it." },
    MEDOIDS: { description: "Finds each cluster's medoid." },
    STORING: { description: "Stores the clusters and assignments." },
  },
});

export const clusteringFailure = builder
  .objectRef<{ code: ErrorCode; message: string }>("ClusteringFailure")
  .implement({
    description: "The reason why a clustering, or a map, failed.",
    fields: (t) => ({
      code: t.field({
        type: errorCode,
        description: "The kind of error, for programs.",
        resolve: ({ code }) => code,
      }),
      message: t.exposeString("message", { description: "What is wrong, as text for people." }),
    }),
  });

/** The reason why the job of a row failed; null unless it did. */
export const failureOf = (row: Pick<ClusteringResultRow, "status" | "failureCode" | "failureMessage">) =>
  row.status === "FAILED"
    ? { code: (row.failureCode ?? "INTERNAL_SERVER_ERROR") as ErrorCode, message: row.failureMessage ?? "" }
    : null;

const appliedIntRange = builder
  .objectRef<{ min?: number | null; max?: number | null }>("AppliedIntRange")
  .implement({
    description: "A range of whole numbers that includes both ends.",
    fields: (t) => ({
      min: t.exposeInt("min", {
        nullable: true,
        description: "The smallest value, any Int; null if there is no lower end.",
      }),
      max: t.exposeInt("max", {
        nullable: true,
        description: "The largest value, any Int not below min; null if there is no upper end.",
      }),
    }),
  });

export const appliedEmbeddingFilter = builder
  .objectRef<StoredEmbeddingFilter>("AppliedEmbeddingFilter")
  .implement({
    description:
      "The filter of a clustering or a map: it used the embeddings that satisfy every condition that is not null.",
    fields: (t) => ({
      runIds: t.idList({
        nullable: true,
        description: "Only embeddings of the runs with these ids; null for any run.",
        resolve: ({ runIds }) => runIds?.map((id) => formatGlobalId("Run", id)),
      }),
      networks: t.field({
        type: t.listRef(t.listRef("String")),
        nullable: true,
        description: "Only embeddings of runs with one of these networks; null for any network.",
        resolve: ({ networks }) => networks,
      }),
      initialPrompts: t.stringList({
        nullable: true,
        description: "Only embeddings of runs with one of these initial prompts; null for any prompt.",
        resolve: ({ initialPrompts }) => initialPrompts,
      }),
      models: t.stringList({
        nullable: true,
        description: "Only embeddings of invocations of one of these models; null for any model.",
        resolve: ({ models }) => models,
      }),
      sequenceNumber: t.field({
        type: appliedIntRange,
        nullable: true,
        description:
          "Only embeddings of invocations with a sequence number in this range, counted from 0; null for any.",
        resolve: ({ sequenceNumber }) => sequenceNumber,
      }),
      everyNth: t.exposeInt("everyNth", {
        nullable: true,
        description:
          "Within each run, only every nth of the embeddings that satisfy the other conditions, in sequence order: the 1st, the (n+1)th, …; n is 1 or more. Null if all of them were used.",
      }),
    }),
  });

const exportTable = builder.enumType("ExportTable", {
  description: "The tables of a clustering result that are exported as files.",
  values: {
    ASSIGNMENTS: {
      description:
        "One row per embedding, outliers included, with its invocation, run, label, scores and medoid, in the order of the embeddings' ids.",
    },
    CLUSTERS: {
      description: "One row per cluster, with its size, persistence and medoid, in the order of labels.",
    },
  },
});

const exportFormat = builder.enumType("ExportFormat", {
  description: "The formats of exported files.",
  values: {
    PARQUET: { description: "Apache Parquet, compressed by Snappy, with the parameters in its metadata." },
    CSV: {
      description: "CSV in UTF-8 with a header. Lists and metadata are JSON, vectors are float32 in base64.",
    },
    JSONL: { description: "One JSON object per line." },
  },
});
const defaultExportFormat = "PARQUET";

const clusterOrder = builder.inputType("ClusterOrder", {
  description: "An order of clusters; clusters that compare equal are ordered by label.",
  fields: (t) => ({
    field: t.field({
      type: builder.enumType("ClusterOrderField", {
        description: "The fields by which clusters can be ordered.",
        values: {
          SIZE: { description: "The number of members." },
          PERSISTENCE: { description: "The persistence of the cluster." },
        },
      }),
      required: true,
      description: "The field to order by.",
    }),
    direction: t.field({
      type: builder.enumType("OrderDirection", {
        description: "The direction of an order.",
        values: {
          ASCENDING: { description: "The smallest value first." },
          DESCENDING: { description: "The largest value first." },
        },
      }),
      defaultValue: defaultDirection,
      description: "The direction of the order. Default: DESCENDING.",
    }),
  }),
});

export const clusteringResult = builder.prismaNode("ClusteringResult", {
  id: { field: "id" },
  select: clusteringResultColumns,
  description:
    "A clustering from the moment it is requested: its state and parameters, and once it has succeeded its clusters and outliers.",
});

const clusteringResultConnection = builder.connectionObject({
  type: clusteringResult,
  name: "ClusteringResultConnection",
});

interface Outlier {
  node: ScoredEmbedding;
  /** Bare UUID. */
  clusteringResultId: string;
}

const outlierEdge = builder.edgeObject<typeof embedding, ReadConnection<Outlier>>({
  type: embedding,
  name: "OutlierEdge",
  fields: (t) => ({
    outlierScore: t.float({
      description: "The GLOSH outlier score, 0 to 1: the higher, the more of an outlier the embedding is.",
      resolve: ({ node }) => node.outlierScore,
    }),
    nearestCluster: t.field({
      type: cluster,
      nullable: true,
      description: `The cluster that the outlier meets first as the distance grows, at the distance joinsAt; if it meets several at once, the largest of them. It is null if the result has no cluster, and, with the error TREE_MISSING or TREE_UNREADABLE, if the result's spanning tree cannot be read.`,
      resolve: async ({ node, clusteringResultId }, _, { loaders }) => {
        const join = await loaders.outlierJoinIn(clusteringResultId).load(node.id);
        return join && present(loaders.cluster, join.clusterId);
      },
    }),
    joinsAt: t.float({
      nullable: true,
      description:
        "The distance at which the outlier meets nearestCluster, 0 or more, in units of the metric: the least possible longest step of a path from the outlier to a member, each step being the mutual reachability of two embeddings. With a reduction, it is between reduced vectors. It is null where nearestCluster is null.",
      resolve: async ({ node, clusteringResultId }, _, { loaders }) =>
        (await loaders.outlierJoinIn(clusteringResultId).load(node.id))?.joinsAt ?? null,
    }),
  }),
});

const joiningOutliersOf = builder.objectRef<JoiningCount>("JoiningOutliers").implement({
  description: "How many outliers meet their nearest cluster within a distance that depends on the cluster.",
  fields: (t) => ({
    within: t.exposeFloat("factor", {
      description: "The multiple of the nearest cluster's own largest height, 0 or more.",
    }),
    outlierCount: t.exposeInt("outlierCount", {
      description: "The number of outliers that meet their nearest cluster within it, 0 or more.",
    }),
  }),
});

builder.prismaObjectFields(clusteringResult, (t) => ({
  embeddingModel: t.field({
    type: embeddingModel,
    description: "The embedding model whose embeddings are clustered.",
    resolve: (row, _, { loaders }) => present(loaders.embeddingModel, row.embeddingModelId),
  }),
  algorithm: t.field({
    type: clusteringAlgorithm,
    description: "The clustering algorithm.",
    resolve: (row) => row.algorithm,
  }),
  parameters: t.field({
    type: hdbscanParameters,
    description: "The value of every parameter, with the defaults filled in.",
    resolve: (row) => row,
  }),
  filter: t.field({
    type: appliedEmbeddingFilter,
    description: "The filter as requested; every field is null if there was none.",
    resolve: (row) => JSON.parse(row.filter) as StoredEmbeddingFilter,
  }),
  status: t.field({
    type: clusteringStatus,
    description: "The state of the clustering.",
    resolve: (row) => row.status,
  }),
  stage: t.field({
    type: clusteringStage,
    nullable: true,
    description: "The current stage; null unless the status is RUNNING.",
    resolve: (row) => row.stage,
  }),
  progress: t.float({
    description: "The share of the work that is done, 0 to 1; within one attempt it never falls.",
    resolve: (row) => row.progress,
  }),
  attempt: t.int({
    description: "The number of times that a worker has started the clustering, 0 or more.",
    resolve: (row) => row.attempt,
  }),
  createdAt: t.field({
    type: "DateTime",
    description: "When the clustering was requested.",
    resolve: (row) => row.createdAt,
  }),
  startedAt: t.field({
    type: "DateTime",
    nullable: true,
    description: "When a worker started the clustering; null before that.",
    resolve: (row) => row.startedAt,
  }),
  finishedAt: t.field({
    type: "DateTime",
    nullable: true,
    description: "When the clustering succeeded, failed or was cancelled; null before that.",
    resolve: (row) => row.finishedAt,
  }),
  failure: t.field({
    type: clusteringFailure,
    nullable: true,
    description: "The reason why the clustering failed; null unless the status is FAILED.",
    resolve: failureOf,
  }),
  engineVersion: t.string({
    description: "The version of the clustering engine that computed the result, or will compute it.",
    resolve: (row) => row.engineVersion,
  }),
  inputDigest: t.string({
    nullable: true,
    description:
      "A digest (SHA-256, hexadecimal) of the ids and vectors of the clustered embeddings, in an order that does not depend on how they were stored: with equal digests, algorithms, parameters and engine versions the results are equal. Null until the clustering has succeeded.",
    resolve: (row) => row.inputDigest,
  }),
  embeddingCount: t.int({
    nullable: true,
    description:
      "The number of embeddings that were clustered, 0 or more; null until the clustering has succeeded.",
    resolve: (row) => row.embeddingCount,
  }),
  clusterCount: t.int({
    nullable: true,
    description: "The number of clusters, 0 or more; null until the clustering has succeeded.",
    resolve: (row) => row.clusterCount,
  }),
  outlierCount: t.int({
    nullable: true,
    description:
      "The number of embeddings that are in no cluster, 0 or more; null until the clustering has succeeded.",
    resolve: (row) => row.outlierCount,
  }),
  laidOutCount: t.int({
    nullable: true,
    description:
      "The number of embeddings that a reduction by UMAP laid out, 0 or more: all of them, unless more than 250,000 vectors are distinct. Null for other clusterings, and until the clustering has succeeded.",
    resolve: (row) => layoutCounts(reductionMethodOf(row), row).laidOutCount,
  }),
  placedCount: t.int({
    nullable: true,
    description:
      "The number of embeddings that a reduction by UMAP did not lay out, 0 or more: each has as its reduced vector the weighted mean of those of its nearest vectors that were laid out. Null for other clusterings, and until the clustering has succeeded.",
    resolve: (row) => layoutCounts(reductionMethodOf(row), row).placedCount,
  }),
  spanningTreeFrom: t.field({
    type: clusteringResult,
    nullable: true,
    extensions: { mutable: true }, // null once that result is deleted
    description:
      "The clustering result whose minimum spanning tree was taken, because it had clustered the same embeddings with the same algorithm, minSamples, alpha, metric, normalize, reduction and engine version: the result is the same as if it had been computed from nothing. Null if the clustering computed its own tree, if that result was deleted, or if the clustering has not succeeded.",
    resolve: ({ id, spanningTreeId }, _, { loaders }) =>
      spanningTreeId === null || spanningTreeId === id ? null : loaders.clusteringResult.load(spanningTreeId),
  }),
  clusters: t.connection(
    {
      type: cluster,
      description:
        "The clusters, by default the largest first. Outliers do not form a cluster and are not among them. Empty until the clustering has succeeded. Pages have 20 items by default and at most 500.",
      args: {
        orderBy: t.arg({
          type: clusterOrder,
          description: "The order of the clusters. Absent: by size, descending.",
        }),
      },
      resolve: (row, { orderBy, ...args }, { loaders }) =>
        connection(loaders, clusters(orderBy ?? { field: "SIZE" }), row.id, args, {
          prime: loaders.cluster,
          count: row.clusterCount ?? 0,
          empty: isStaged(row),
        }),
    },
    clusterConnection,
  ),
  cluster: t.field({
    type: cluster,
    nullable: true,
    description:
      "The cluster with the given label; null if there is none, or the clustering has not succeeded.",
    args: { label: t.arg.int({ required: true, description: "The label of the cluster, any Int." }) },
    resolve: (row, { label }, { loaders }) =>
      loaders.clusterLabelled.load({ clusteringResultId: row.id, label }),
  }),
  outliers: t.connection(
    {
      type: embedding,
      description:
        "The embeddings that are in no cluster, the highest outlierScore first, equal scores in the order of the embeddings' ids. Empty until the clustering has succeeded. Pages have 20 items by default and at most 500.",
      resolve: (row, args, { loaders }) =>
        connection(loaders, outliers, row.id, args, {
          prime: loaders.embedding,
          count: row.outlierCount ?? 0,
          empty: isStaged(row),
          edge: (node) => ({ node, clusteringResultId: row.id }),
        }),
    },
    { name: "OutlierConnection" },
    outlierEdge,
  ),
  joiningOutliers: t.field({
    type: [joiningOutliersOf],
    extensions: { sizedBy: "within" },
    description:
      "How many outliers meet their nearest cluster within multiples of its own largest height, which is the distance at which all its members are joined: within 1.1, the step to the cluster is hardly longer than the longest within it. One item for each multiple, in the given order. Empty until the clustering has succeeded. It is computed from the result's spanning tree (TREE_MISSING if it has none, TREE_UNREADABLE if it is damaged).",
    args: {
      within: t.arg.floatList({
        required: true,
        description: `The multiples, each 0 or more; at most ${mostFactors}.`,
      }),
    },
    resolve: (row, { within }, { app, loaders }) => joiningOutliers(app, row, within, loaders.reader),
  }),
  assignments: t.connection(
    {
      type: clusterAssignment,
      description:
        "The assignments of all embeddings that were clustered, outliers included, in the order of the embeddings' ids. Empty until the clustering has succeeded. Pages have 20 items by default and at most 500.",
      resolve: (row, args, { loaders }) =>
        connection(loaders, assignmentsOfResult, row.id, args, {
          count: row.embeddingCount ?? 0,
          empty: isStaged(row),
        }),
    },
    clusterAssignmentConnection,
  ),
  exportUrl: t.string({
    nullable: true,
    extensions: { readsOthers: true },
    description:
      "The URL at which this server serves all rows of a table as one file, in constant memory. It is signed if API keys are required; a signed URL is valid for at least an hour by default. If the result is deleted, or the server stops, while the file is sent, the connection is cut off. Null until the clustering has succeeded.",
    args: {
      table: t.arg({ type: exportTable, required: true, description: "The rows of the file." }),
      format: t.arg({
        type: exportFormat,
        defaultValue: defaultExportFormat,
        description: "The format of the file. Default: PARQUET.",
      }),
      vectors: t.arg.boolean({
        defaultValue: false,
        description:
          "Whether the rows have the vectors of the embeddings, or of the clusters' medoids. Default: false.",
      }),
    },
    resolve: (row, { table, format, vectors }, { exportUrl }) =>
      isStaged(row)
        ? null
        : exportUrl({
            clusteringResultId: row.id,
            table,
            format: format ?? defaultExportFormat,
            vectors: vectors ?? false,
          }),
  }),
}));

/** Whether the clusters and assignments of a result may be incomplete: they are not returned until it has succeeded. */
function isStaged(row: ClusteringResultRow): boolean {
  return row.status !== "SUCCEEDED";
}

const clusteringResultFilter = builder.inputType("ClusteringResultFilter", {
  description: "Matches the clustering results that satisfy every given condition.",
  fields: (t) => ({
    embeddingModel: t.string({
      description: "Only results for the embedding model with this name. Absent: any model.",
    }),
    algorithm: t.field({
      type: clusteringAlgorithm,
      description: "Only results of this algorithm. Absent: any algorithm.",
    }),
    statuses: t.field({
      type: [clusteringStatus],
      description: "Only results in one of these states. Absent: any state.",
    }),
  }),
});

builder.queryFields((t) => ({
  clusteringResult: t.field({
    type: clusteringResult,
    nullable: true,
    extensions: { findsImmutable: { id: "ClusteringResult" } },
    description: "The clustering result with the given id; null if there is none.",
    args: { id: t.arg.id({ required: true, description: "The id of the clustering result." }) },
    resolve: (_, { id }, { loaders }) => loaders.clusteringResult.load(idOf("ClusteringResult", id)),
  }),
  clusteringResults: t.connection(
    {
      type: clusteringResult,
      nullable: true,
      description: `The clustering results, newest first. Pages have 20 items by default and at most 500. ${nullWithError}`,
      args: {
        filter: t.arg({
          type: clusteringResultFilter,
          description: "The conditions that results must satisfy. Absent: all results.",
        }),
      },
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
      "The clustering result that succeeded last, for one embedding model or for any; null if there is none.",
    args: {
      embeddingModel: t.arg.string({ description: "The name of the embedding model. Absent: any model." }),
    },
    resolve: async (_, { embeddingModel }, { loaders }) => {
      requireStorable(embeddingModel, ["embeddingModel"]);
      return latestClusteringResult(loaders.reader, embeddingModel);
    },
  }),
}));

const cancelClusteringPayload = payload(
  "CancelClusteringPayload",
  "The outcome of cancelClustering: the clustering result, or an error.",
  () => [clusteringResult, notFoundError],
);

const deletedClusteringResult = builder
  .objectRef<{ deletedId: string }>("DeletedClusteringResult")
  .implement({
    description: "The confirmation that a clustering result was deleted.",
    fields: (t) => ({
      deletedId: t.exposeID("deletedId", { description: "The id of the deleted clustering result." }),
    }),
  });

const deleteClusteringResultPayload = payload(
  "DeleteClusteringResultPayload",
  "The outcome of deleteClusteringResult: the id of the deleted result, or an error.",
  () => [deletedClusteringResult, notFoundError, clusteringInProgressError],
);

builder.mutationFields((t) => ({
  cancelClustering: t.field({
    type: cancelClusteringPayload,
    nullable: true,
    description: `Cancels a queued or running clustering. A clustering that has already ended is returned unchanged. ${nullWithFailure}`,
    args: { id: t.arg.id({ required: true, description: "The id of the clustering result." }) },
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
    description: `Deletes a finished clustering result with its clusters and assignments; the embeddings stay, and so does its spanning tree if other results have it. ${nullWithFailure}`,
    args: { id: t.arg.id({ required: true, description: "The id of the clustering result." }) },
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
    description:
      "Sends the current state of a clustering, then every change of it, and ends after the final state. If it is deleted before that state was sent, the last event has the status CANCELLED.",
    args: { id: t.arg.id({ required: true, description: "The id of the clustering result." }) },
    subscribe: (_, { id: given }, { app, stopping, isStillAllowed }) => {
      const id = idOf("ClusteringResult", given);
      const find = () =>
        app.database.prisma.clusteringResult.findUnique({ where: { id }, select: clusteringResultColumns });
      return jobProgress<ClusteringResultRow>(app, find, id, given, { stopping, isStillAllowed });
    },
    resolve: (row: ClusteringResultRow, _, context) => {
      // Each event is resolved like a new operation: rows loaded for the previous event are out of date.
      forgetLoaded(context);
      context.responseBudget?.reset();
      context.loaders.clusteringResult.prime(row.id, row);
      return row;
    },
  }),
);
