import { startClustering } from "../resolvers/clusterings/startClustering.js";
import { DomainError } from "../resolvers/errors.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import { longestIdempotencyKey } from "../resolvers/requests/idempotencyKey.js";
import { builder } from "./builder.js";
import { clusteringResult } from "./clusteringResult.js";
import { forgetLoaded } from "./context.js";
import {
  idempotencyConflictError,
  invalidInputError,
  notEnoughEmbeddingsError,
  resourceLimitError,
} from "./errors.js";
import {
  clusteringAlgorithm,
  clusterSelectionMethod,
  distanceMetric,
  reductionMethod,
} from "./hdbscanParameters.js";
import { payload } from "./payload.js";
import { nullWithFailure } from "./rootFields.js";

const intRange = builder.inputType("IntRange", {
  description: "A range of whole numbers that includes both ends.",
  fields: (t) => ({
    min: t.int({ description: "The smallest value, any Int. Absent: no lower end." }),
    max: t.int({ description: "The largest value, any Int not below min. Absent: no upper end." }),
  }),
});

export const embeddingFilter = builder.inputType("EmbeddingFilter", {
  description: "Selects the embeddings that satisfy every given condition.",
  fields: (t) => ({
    runIds: t.idList({ description: "Only embeddings of the runs with these ids. Absent: any run." }),
    networks: t.field({
      type: [t.listRef("String", { required: true })],
      description:
        "Only embeddings of runs with one of these networks: the same models in the same order. Absent: any network.",
    }),
    initialPrompts: t.stringList({
      description:
        "Only embeddings of runs whose initial prompt is exactly one of these. Absent: any prompt.",
    }),
    models: t.stringList({
      description: "Only embeddings of invocations of one of these models. Absent: any model.",
    }),
    sequenceNumber: t.field({
      type: intRange,
      description:
        "Only embeddings of invocations with a sequence number in this range, counted from 0. Absent: any.",
    }),
    everyNth: t.int({
      description:
        "Within each run, only every nth of the embeddings that satisfy the other conditions, in sequence order: the 1st, the (n+1)th, …; n is 1 or more. Absent: all of them.",
    }),
  }),
});

const reductionInput = builder.inputType("ReductionInput", {
  description:
    "A reduction to fewer dimensions. It finds clusters where the vectors themselves have too many dimensions for it, but distances between reduced clusters mean little.",
  fields: (t) => ({
    method: t.field({
      type: reductionMethod,
      defaultValue: "UMAP",
      description: "The method that reduces the vectors. Default: UMAP.",
    }),
    dimensions: t.int({
      defaultValue: 5,
      description:
        "The number of dimensions of the reduced vectors, 1 or more, and at most the dimensions of the embedding model. Default: 5.",
    }),
    neighbours: t.int({
      defaultValue: 15,
      description:
        "Of UMAP: the number of distinct vectors that count as a vector's neighbourhood, itself included, 2 to 1,000 (n_neighbors in umap-learn). If there are fewer distinct vectors, all are neighbours. With PCA, any other value than the default is an error. Default: 15.",
    }),
    minDistance: t.float({
      defaultValue: 0,
      description:
        "Of UMAP: the distance between reduced vectors up to which they are as near as can be, 0 to 1 (min_dist in umap-learn); 0 packs clusters densely. With PCA, any other value than the default is an error. Default: 0.",
    }),
    seed: t.int({
      defaultValue: 0,
      description:
        "Of UMAP: the number, any Int, that determines the random choices: the same one always gives the same result. With PCA, any other value than the default is an error. Default: 0.",
    }),
  }),
});

export const clusterEmbeddingsInput = builder.inputType("ClusterEmbeddingsInput", {
  description: "The embeddings to cluster, and the parameters of the clustering.",
  fields: (t) => ({
    embeddingModel: t.string({
      required: true,
      description: "The name of the embedding model whose embeddings are clustered.",
    }),
    filter: t.field({
      type: embeddingFilter,
      description: "The conditions that embeddings must satisfy. Absent: all embeddings of the model.",
    }),
    algorithm: t.field({
      type: clusteringAlgorithm,
      defaultValue: "HDBSCAN",
      description:
        "The clustering algorithm. APPROXIMATE_HDBSCAN is never chosen automatically. Default: HDBSCAN.",
    }),
    minClusterSize: t.int({
      description:
        "The smallest number of members of a cluster, 2 or more. Absent: max(5, floor(n / 1000)), where n is the number of matching embeddings.",
    }),
    minSamples: t.int({
      description:
        "An embedding's core distance is the distance to its minSamples-th nearest neighbour, counting the embedding itself as the first. 1 or more, and at most the number of matching embeddings. Absent: minClusterSize.",
    }),
    clusterSelectionMethod: t.field({
      type: clusterSelectionMethod,
      defaultValue: "EXCESS_OF_MASS",
      description: "The method that selects clusters from the hierarchy. Default: EXCESS_OF_MASS.",
    }),
    clusterSelectionEpsilon: t.float({
      defaultValue: 0,
      description:
        "The distance below which clusters are not split, in units of the metric, or between reduced vectors if there is a reduction, 0 or more. Default: 0.",
    }),
    maxClusterSize: t.int({
      description:
        "The largest number of members of a cluster that EXCESS_OF_MASS selects, minClusterSize or more: a larger cluster is replaced by the clusters within it. Clusters that clusterSelectionEpsilon merges afterwards may be larger. It cannot be given with LEAF. Absent: no limit.",
    }),
    alpha: t.float({
      defaultValue: 1,
      description: "The number by which distances are divided, above 0. Default: 1.",
    }),
    allowSingleCluster: t.boolean({
      defaultValue: false,
      description: "Whether all embeddings may form a single cluster. Default: false.",
    }),
    metric: t.field({
      type: distanceMetric,
      defaultValue: "EUCLIDEAN",
      description:
        "The distance between two vectors. With a reduction it is the distance by which the vectors are reduced. Default: EUCLIDEAN.",
    }),
    normalize: t.boolean({
      defaultValue: true,
      description:
        "Whether every vector is scaled to length 1 first, which COSINE always does. Default: true.",
    }),
    reduction: t.field({
      type: reductionInput,
      description:
        "How the vectors are reduced to fewer dimensions first; the reduced vectors are then clustered by their Euclidean distance. Medoids are embeddings all the same, and equal vectors stay equal. Absent: they are not reduced.",
    }),
    idempotencyKey: t.string({
      description: `A key of 1 to ${longestIdempotencyKey} characters that makes it safe to send the mutation again: until the result is deleted, calls with the same API key, idempotency key and input return the same clustering result, even if it FAILED; a different input returns an IdempotencyConflictError. Absent: every call starts a new clustering.`,
    }),
  }),
});

const clusterEmbeddingsPayload = payload(
  "ClusterEmbeddingsPayload",
  "The outcome of clusterEmbeddings: the clustering in its current state, or an error. A new clustering is QUEUED, or RUNNING if a worker was free; a clustering that an earlier call with the same idempotency key started may be in any state.",
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
    description: `Starts a clustering and returns without waiting for it. Follow its progress by subscribing to clusteringProgress, or by polling the result. ${nullWithFailure}`,
    args: {
      input: t.arg({
        type: clusterEmbeddingsInput,
        required: true,
        description: "The embeddings to cluster, and the parameters.",
      }),
    },
    resolve: async (_, { input }, context) => {
      const { app, caller, cancellation } = context;
      const outcome = await startClustering(app, input, caller, cancellation.signal);
      forgetLoaded(context);
      return outcome instanceof DomainError ? outcome : present(context.loaders.clusteringResult, outcome.id);
    },
  }),
);
