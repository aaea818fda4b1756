import {
  checkClustering,
  type PlannedClustering,
  planClustering,
} from "../resolvers/clusterings/plannedClustering.js";
import { type InputIssue, InvalidInputError } from "../resolvers/errors.js";
import { builder } from "./builder.js";
import { clusterEmbeddingsInput } from "./clusterEmbeddings.js";
import { errorInterface } from "./errors.js";
import { nullWithError } from "./rootFields.js";

type Estimated = Omit<PlannedClustering, "available"> & { available: number | null };

const clusteringEstimate = builder.objectRef<Estimated>("ClusteringEstimate").implement({
  description: "What a clustering would cluster, and the time and memory that it is estimated to take.",
  fields: (t) => ({
    embeddingCount: t.int({
      nullable: true,
      description:
        "The number of embeddings that match the filter, 0 or more; null if the input is not valid.",
      resolve: ({ available }) => available,
    }),
    minClusterSize: t.int({
      nullable: true,
      description:
        "The minClusterSize of the clustering, 2 or more: the given one, or else its default. Null if the input is not valid, or too few embeddings match.",
      resolve: ({ parameters }) => parameters?.minClusterSize,
    }),
    minSamples: t.int({
      nullable: true,
      description:
        "The minSamples of the clustering, 1 or more: the given one, or else its default. Null if the input is not valid, or too few embeddings match.",
      resolve: ({ parameters }) => parameters?.minSamples,
    }),
    seconds: t.float({
      nullable: true,
      description:
        "The estimated duration in seconds, above 0, once a worker has started. Null if the input is not valid, or too few embeddings match.",
      resolve: ({ needed }) => needed?.seconds,
    }),
    bytes: t.float({
      nullable: true,
      description:
        "The estimated memory in bytes, above 0, the vectors included. Null if the input is not valid, or too few embeddings match.",
      resolve: ({ needed }) => needed?.bytes,
    }),
    error: t.field({
      type: errorInterface,
      nullable: true,
      description:
        "The error that clusterEmbeddings would return for this input, apart from its idempotencyKey, which is ignored; null if it would start the clustering.",
      resolve: ({ error }) => error,
    }),
  }),
});

builder.queryField("clusteringEstimate", (t) =>
  t.field({
    type: clusteringEstimate,
    nullable: true,
    description: `What clusterEmbeddings would do with an input. Nothing is started. ${nullWithError}`,
    args: {
      input: t.arg({
        type: clusterEmbeddingsInput,
        required: true,
        description: "The embeddings to cluster, and the parameters.",
      }),
    },
    resolve: async (_, { input }, { app, cancellation }): Promise<Estimated> => {
      const issues: InputIssue[] = [];
      const checked = await checkClustering(app, input, issues);
      if (checked) return planClustering(app, checked, cancellation.signal);
      return { available: null, parameters: null, needed: null, error: new InvalidInputError(issues) };
    },
  }),
);
