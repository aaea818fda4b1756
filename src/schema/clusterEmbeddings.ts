import { longestIdempotencyKey, startClustering } from "../resolvers/clusterings/startClustering.js";
import { DomainError } from "../resolvers/errors.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import { builder } from "./builder.js";
import { clusteringResult } from "./clusteringResult.js";
import { forgetLoaded } from "./context.js";
import {
  idempotencyConflictError,
  invalidInputError,
  notEnoughEmbeddingsError,
  resourceLimitError,
} from "./errors.js";
import { clusteringAlgorithm, clusterSelectionMethod, distanceMetric } from "./hdbscanParameters.js";
import { payload } from "./payload.js";
import { nullWithFailure } from "./rootFields.js";

const intRange = builder.inputType("IntRange", {
  description: "A range of whole numbers, both ends inclusive.",
  fields: (t) => ({
    min: t.int({ description: "The least, any Int. Absent: no lower end." }),
    max: t.int({ description: "The greatest, any Int not below min. Absent: no upper end." }),
  }),
});

const embeddingFilter = builder.inputType("EmbeddingFilter", {
  description: "What matches all of it.",
  fields: (t) => ({
    runIds: t.idList({ description: "Of these runs. Absent: of any." }),
    networks: t.field({
      type: [t.listRef("String", { required: true })],
      description: "Of runs with one of these networks: the same models in the same order. Absent: with any.",
    }),
    initialPrompts: t.stringList({
      description: "Of runs with one of these prompts, exactly. Absent: with any.",
    }),
    models: t.stringList({ description: "Of invocations of one of these models. Absent: of any." }),
    sequenceNumber: t.field({
      type: intRange,
      description:
        "Of invocations with sequence numbers in this range, which count from 0. Absent: with any.",
    }),
    everyNth: t.int({
      description:
        "Within each run, of what the rest leaves, in sequence order: keeps the 1st, the (n+1)th, …; n is 1 or more. Absent: all.",
    }),
  }),
});

const clusterEmbeddingsInput = builder.inputType("ClusterEmbeddingsInput", {
  description: "What to cluster, and how.",
  fields: (t) => ({
    embeddingModel: t.string({
      required: true,
      description: "The name of the embedding model whose embeddings are clustered.",
    }),
    filter: t.field({ type: embeddingFilter, description: "Absent: all of the model's embeddings." }),
    algorithm: t.field({
      type: clusteringAlgorithm,
      defaultValue: "HDBSCAN",
      description: "Exact unless asked: APPROXIMATE_HDBSCAN is never chosen in silence. Default: HDBSCAN.",
    }),
    minClusterSize: t.int({
      description:
        "The fewest members of a cluster, 2 or more. Absent: max(5, floor(n / 1000)), where n embeddings match.",
    }),
    minSamples: t.int({
      description:
        "Which neighbour's distance is a point's core distance, the point itself counted: 1 or more, and no more than embeddings match. Absent: minClusterSize.",
    }),
    clusterSelectionMethod: t.field({
      type: clusterSelectionMethod,
      defaultValue: "EXCESS_OF_MASS",
      description: "Which clusters of the tree are taken. Default: EXCESS_OF_MASS.",
    }),
    clusterSelectionEpsilon: t.float({
      defaultValue: 0,
      description:
        "Clusters closer than this are not split: a distance of the metric, 0 or more. Default: 0.",
    }),
    maxClusterSize: t.int({
      description:
        "The most members of a cluster that EXCESS_OF_MASS chooses, minClusterSize or more: larger ones give way to those within them. It bounds that choice alone: clusters that clusterSelectionEpsilon joins afterwards may be larger. Refused with LEAF. Absent: no limit.",
    }),
    alpha: t.float({
      defaultValue: 1,
      description: "The factor that distances are divided by, above 0. Default: 1.",
    }),
    allowSingleCluster: t.boolean({
      defaultValue: false,
      description: "Whether one cluster alone is an answer. Default: false.",
    }),
    metric: t.field({
      type: distanceMetric,
      defaultValue: "EUCLIDEAN",
      description: "The distance between two vectors. Default: EUCLIDEAN.",
    }),
    normalize: t.boolean({
      defaultValue: true,
      description: "Scale every vector to length 1 first (COSINE always does). Default: true.",
    }),
    idempotencyKey: t.string({
      description: `1 to ${longestIdempotencyKey} characters. Per API key, until the result is deleted: the same key and input give the same result, a FAILED one too; another input is an IdempotencyConflictError. Absent: each call is a clustering of its own.`,
    }),
  }),
});

const clusterEmbeddingsPayload = payload(
  "ClusterEmbeddingsPayload",
  "What clusterEmbeddings returns: the clustering in its current state, or why there is none. A new clustering is QUEUED, or RUNNING where a worker was free; one that an earlier call with the same idempotency key started may be in any state.",
  () => [
    clusteringResult,
    invalidInputError,
    notEnoughEmbeddingsError,
    resourceLimitError,
    idempotencyConflictError,
  ],
);

builder.mutationField("clusterEmbeddings", (t) =>
  t.field({
    type: clusterEmbeddingsPayload,
    nullable: true,
    description: `Starts a clustering and returns at once; it runs outside the request. Watch it with clusteringProgress, or poll. ${nullWithFailure}`,
    args: { input: t.arg({ type: clusterEmbeddingsInput, required: true, description: "What, and how." }) },
    resolve: async (_, { input }, context) => {
      const { app, caller, cancellation } = context;
      const outcome = await startClustering(app, input, caller, cancellation.signal);
      forgetLoaded(context);
      return outcome instanceof DomainError ? outcome : present(context.loaders.clusteringResult, outcome.id);
    },
  }),
);
