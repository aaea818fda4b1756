import { formatGlobalId } from "../resolvers/globalId.js";
import {
  type CompositionBy,
  type CompositionKey,
  type CompositionRequest,
  defaultCompositionLimit,
  largestCompositionLimit,
  networkSeparator,
  requireCompositionRequest,
  type ValueCount,
} from "../resolvers/loaders/compositionLoader.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import { deletedMeanwhile } from "../resolvers/requestError.js";
import type { ClusteringResultRow } from "../resolvers/rows.js";
import { builder } from "./builder.js";
import { cluster } from "./cluster.js";
import { clusteringResult } from "./clusteringResult.js";
import type { Context } from "./context.js";
import { run } from "./run.js";

const compositionBy = builder.enumType("CompositionBy", {
  description: "What the embeddings of a cluster, or the outliers, are counted by.",
  values: {
    NETWORK: { description: "The network of the run." },
    INITIAL_PROMPT: { description: "The initial prompt of the run." },
    MODEL: { description: "The model of the invocation whose output is embedded." },
    RUN: { description: "The run." },
    SEQUENCE_DECILE: {
      description:
        "The place of the invocation in its run, in tenths from 0 to 9: 10 × sequenceNumber / (n + 1), rounded down, where n is the largest sequenceNumber of the run's invocations whose embeddings were clustered.",
    },
    METADATA: {
      description:
        "The value under a key of the invocation's metadata, or if that has none, under the same key of its run's metadata. A JSON null is no value, and embeddings without a value are not counted.",
    },
  },
});

/** What a share is a share of. */
interface CompositionShare extends ValueCount {
  by: CompositionBy;
  /** Number of embeddings of the cluster, or of outliers, and of all embeddings that took part. */
  size: number;
  total: number;
}

const compositionShare = builder.objectRef<CompositionShare>("CompositionShare").implement({
  description: "A value, and how much of a cluster, or of the outliers, has it.",
  fields: (t) => ({
    value: t.string({
      description: `The value: the models of a network joined by "${networkSeparator}", an initial prompt, the name of a model, the id of a run, a tenth from "0" to "9", or a value of metadata, which is a string itself or the JSON of anything else.`,
      resolve: ({ by, value }) => (by === "RUN" ? formatGlobalId("Run", value) : value),
    }),
    run: t.field({
      type: run,
      nullable: true,
      description: "The run, if the embeddings are counted by RUN; otherwise null.",
      resolve: ({ by, value }, _, { loaders }) => (by === "RUN" ? present(loaders.run, value) : null),
    }),
    count: t.exposeInt("count", {
      description: "The number of embeddings of the cluster, or of outliers, that have the value, 1 or more.",
    }),
    share: t.float({
      description: "The share of the cluster, or of the outliers, that has the value, above 0 and at most 1.",
      resolve: ({ count, size }) => count / size,
    }),
    lift: t.float({
      description:
        "The share divided by the value's share of all embeddings of the result, above 0: above 1 where the value is more frequent than among all.",
      resolve: ({ count, size, everywhere, total }) => count / size / (everywhere / total),
    }),
  }),
});

const order =
  "The most frequent values come first, equally frequent ones in the order of their code points. All clusters whose composition is requested alike at the same level of a query are counted together in one pass over the embeddings of the result, which counts for the rate limit as one object per 20 of them, or by METADATA as one per embedding, besides the rows of the response.";

interface Arguments {
  by: CompositionBy;
  key?: string | null;
  limit?: number | null;
}

async function sharesOf(
  { loaders }: Context,
  { by, key, limit }: Arguments,
  { size, total, ...of }: CompositionKey & Pick<CompositionShare, "size" | "total">,
): Promise<CompositionShare[]> {
  const request: CompositionRequest = { by, key: key ?? null, limit: limit ?? defaultCompositionLimit };
  requireCompositionRequest(request);
  if (size === 0) return [];
  const counts = await loaders.composition(request).load(of);
  // Every embedding has each of the others.
  if (counts.length === 0 && by !== "METADATA") throw deletedMeanwhile();
  return counts.map((count) => ({ ...count, by, size, total }));
}

const argumentsOf = {
  by: { type: compositionBy, required: true as const, description: "What to count by." },
  key: {
    description:
      "The key of the metadata whose values are counted, any text without a quotation mark. It must be given with METADATA, and only then. Absent: none.",
  },
  limit: {
    defaultValue: defaultCompositionLimit,
    description: `The number of values, 1 to ${largestCompositionLimit}. Default: ${defaultCompositionLimit}.`,
  },
};

builder.prismaObjectField(cluster, "composition", (t) =>
  t.field({
    type: [compositionShare],
    extensions: { sizedBy: "limit" },
    description: `What the members are: by network, initial prompt, model, run, place in the run, or metadata. ${order}`,
    args: {
      by: t.arg(argumentsOf.by),
      key: t.arg.string(argumentsOf.key),
      limit: t.arg.int(argumentsOf.limit),
    },
    resolve: async (row, args, context) => {
      const result = await present(context.loaders.clusteringResult, row.clusteringResultId);
      const ofCluster = { clusteringResult: result, clusterId: row.id };
      return sharesOf(context, args, { ...ofCluster, size: row.size, total: result.embeddingCount ?? 0 });
    },
  }),
);

builder.prismaObjectField(clusteringResult, "outlierComposition", (t) =>
  t.field({
    type: [compositionShare],
    extensions: { sizedBy: "limit" },
    description: `What the outliers are, as Cluster.composition says it of members. ${order} Empty until the clustering has succeeded.`,
    args: {
      by: t.arg(argumentsOf.by),
      key: t.arg.string(argumentsOf.key),
      limit: t.arg.int(argumentsOf.limit),
    },
    resolve: (row: ClusteringResultRow, args, context) => {
      const size = row.status === "SUCCEEDED" ? (row.outlierCount ?? 0) : 0;
      const ofOutliers = { clusteringResult: row, clusterId: null };
      return sharesOf(context, args, { ...ofOutliers, size, total: row.embeddingCount ?? 0 });
    },
  }),
);
