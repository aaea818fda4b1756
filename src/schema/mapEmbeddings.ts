import { DomainError } from "../resolvers/errors.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import { startMap } from "../resolvers/maps/startMap.js";
import { longestIdempotencyKey } from "../resolvers/requests/idempotencyKey.js";
import { builder } from "./builder.js";
import { embeddingFilter } from "./clusterEmbeddings.js";
import { forgetLoaded } from "./context.js";
import { embeddingMap } from "./embeddingMap.js";
import {
  idempotencyConflictError,
  invalidInputError,
  notEnoughEmbeddingsError,
  resourceLimitError,
} from "./errors.js";
import { distanceMetric, reductionMethod } from "./hdbscanParameters.js";
import { payload } from "./payload.js";
import { nullWithFailure } from "./rootFields.js";

const mapEmbeddingsInput = builder.inputType("MapEmbeddingsInput", {
  description: "The embeddings to lay out on a plane, and the parameters of the map.",
  fields: (t) => ({
    embeddingModel: t.string({
      required: true,
      description:
        "The name of the embedding model whose embeddings are on the map. Its vectors must have at least 2 components.",
    }),
    filter: t.field({
      type: embeddingFilter,
      description: "The conditions that embeddings must satisfy. Absent: all embeddings of the model.",
    }),
    method: t.field({
      type: reductionMethod,
      defaultValue: "UMAP",
      description: "The method that computes the positions. Default: UMAP.",
    }),
    neighbours: t.int({
      defaultValue: 15,
      description:
        "Of UMAP: the number of distinct vectors that count as a vector's neighbourhood, itself included, 2 to 1,000 (n_neighbors in umap-learn). If there are fewer distinct vectors, all are neighbours. With PCA, any other value than the default is an error. Default: 15.",
    }),
    minDistance: t.float({
      defaultValue: 0.1,
      description:
        "Of UMAP: the distance between positions up to which embeddings are as near as can be, 0 to 1 (min_dist in umap-learn). With PCA, any other value than the default is an error. Default: 0.1.",
    }),
    seed: t.int({
      defaultValue: 0,
      description:
        "Of UMAP: the number, any Int, that determines the random choices: the same one always gives the same map. With PCA, any other value than the default is an error. Default: 0.",
    }),
    metric: t.field({
      type: distanceMetric,
      defaultValue: "EUCLIDEAN",
      description: "The distance between two vectors. Default: EUCLIDEAN.",
    }),
    normalize: t.boolean({
      defaultValue: true,
      description:
        "Whether every vector is scaled to length 1 first, which COSINE always does. Default: true.",
    }),
    idempotencyKey: t.string({
      description: `A key of 1 to ${longestIdempotencyKey} characters that makes it safe to send the mutation again: until the map is deleted, calls with the same API key, idempotency key and input return the same map, even if it FAILED; a different input returns an IdempotencyConflictError. Keys of clusterEmbeddings are others. Absent: every call starts a new map.`,
    }),
  }),
});

const mapEmbeddingsPayload = payload(
  "MapEmbeddingsPayload",
  "The outcome of mapEmbeddings: the map in its current state, or an error. A new map is QUEUED, or RUNNING if a worker was free; a map that an earlier call with the same idempotency key started may be in any state.",
  () => [
    embeddingMap,
    invalidInputError,
    notEnoughEmbeddingsError,
    resourceLimitError,
    idempotencyConflictError,
  ],
);

builder.mutationField("mapEmbeddings", (t) =>
  t.field({
    type: mapEmbeddingsPayload,
    nullable: true,
    description: `Starts to lay embeddings out on a plane, and returns without waiting for it. Follow its progress by subscribing to mapProgress, or by polling the map. ${nullWithFailure}`,
    args: {
      input: t.arg({
        type: mapEmbeddingsInput,
        required: true,
        description: "The embeddings to lay out, and the parameters.",
      }),
    },
    resolve: async (_, { input }, context) => {
      const { app, caller, cancellation } = context;
      const outcome = await startMap(app, input, caller, cancellation.signal);
      forgetLoaded(context);
      return outcome instanceof DomainError ? outcome : present(context.loaders.embeddingMap, outcome.id);
    },
  }),
);
