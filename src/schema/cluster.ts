import { defaultExemplarLimit, largestExemplarLimit } from "../resolvers/loaders/exemplarsLoader.js";
import type { Loaders } from "../resolvers/loaders/loaders.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import { defaultTextLimit, largestTextLimit } from "../resolvers/loaders/topTextsLoader.js";
import type { ScoredEmbedding } from "../resolvers/pagination/clusteringResultKeysets.js";
import { medoidOccurrences, members } from "../resolvers/pagination/clusterKeysets.js";
import { connection, type ReadConnection } from "../resolvers/pagination/connection.js";
import { type ClusterRow, clusterColumns } from "../resolvers/rows.js";
import { builder } from "./builder.js";
import { clusteringResult } from "./clusteringResult.js";
import { embedding, embeddingConnection } from "./embedding.js";
import { invocation } from "./invocation.js";
import { idOf } from "./node.js";
import { textCount } from "./textCount.js";

async function medoidInvocation(row: ClusterRow, loaders: Loaders) {
  const medoid = await present(loaders.embedding, row.medoidEmbeddingId);
  return present(loaders.invocation, medoid.invocationId);
}

export const cluster = builder.prismaNode("Cluster", {
  id: { field: "id" },
  select: clusterColumns,
  description: "Embeddings that lie close together, represented by one of them, the medoid.",
});

export const clusterConnection = builder.connectionObject({ type: cluster, name: "ClusterConnection" });

interface ClusterMember {
  node: ScoredEmbedding;
  isMedoid: boolean;
}

const clusterMemberEdge = builder.edgeObject<typeof embedding, ReadConnection<ClusterMember>>({
  type: embedding,
  name: "ClusterMemberEdge",
  fields: (t) => ({
    probability: t.float({
      description: "The strength of membership, 0 to 1: 1 at the core of the cluster.",
      resolve: ({ node }) => node.probability,
    }),
    outlierScore: t.float({
      description: "The GLOSH outlier score, 0 to 1: the higher, the more of an outlier the embedding is.",
      resolve: ({ node }) => node.outlierScore,
    }),
    isMedoid: t.boolean({
      description: "Whether the embedding is the cluster's medoid.",
      resolve: ({ isMedoid }) => isMedoid,
    }),
  }),
});

builder.prismaObjectFields(cluster, (t) => ({
  clusteringResult: t.field({
    type: clusteringResult,
    description: "The clustering result that the cluster belongs to.",
    resolve: (row, _, { loaders }) => present(loaders.clusteringResult, row.clusteringResultId),
  }),
  label: t.int({
    description:
      "The cluster's number in the result, from 0: the largest cluster first, clusters of equal size in the order of their medoids' vectors.",
    resolve: (row) => row.label,
  }),
  size: t.int({ description: "The number of members, 1 or more.", resolve: (row) => row.size }),
  share: t.float({
    description: "The cluster's share of all embeddings of the result, including outliers, 0 to 1.",
    resolve: async (row, _, { loaders }) =>
      row.size / ((await present(loaders.clusteringResult, row.clusteringResultId)).embeddingCount ?? 0),
  }),
  persistence: t.float({
    description:
      "How long the cluster persists as the density threshold rises, 0 to 1. If a single cluster was allowed and the root of the hierarchy is the only one, the value may exceed 1, because its stability counts embeddings that are not among its members.",
    resolve: (row) => row.persistence,
  }),
  medoidEmbedding: t.field({
    type: embedding,
    description:
      "The medoid: the member with the smallest sum of distances to all members, each weighted by that member's probability; of a large cluster, APPROXIMATE_HDBSCAN compares only the members nearest to its mean. If several members have the same vector or text, it is the one that the engine chose. It is never null, because a cluster without a medoid is not stored.",
    resolve: (row, _, { loaders }) => present(loaders.embedding, row.medoidEmbeddingId),
  }),
  medoidInvocation: t.field({
    type: invocation,
    description: "The invocation whose output is embedded by the medoid.",
    resolve: (row, _, { loaders }) => medoidInvocation(row, loaders),
  }),
  medoidText: t.string({
    nullable: true,
    extensions: { readsOthers: true },
    description: "The outputText of the medoid's invocation; null if its output is an image.",
    resolve: async (row, _, { loaders }) => (await medoidInvocation(row, loaders)).outputText,
  }),
  medoidOccurrences: t.connection(
    {
      type: embedding,
      description:
        "All members whose vector equals the medoid's, the medoid first, the others by run id and sequence number; several invocations may have produced the same text. Pages have 20 items by default and at most 500.",
      resolve: (row, args, { loaders }) =>
        connection(loaders, medoidOccurrences, row.id, args, { prime: loaders.embedding }),
    },
    embeddingConnection,
  ),
  members: t.connection(
    {
      type: embedding,
      description:
        "The members, those with the highest probability first, equal ones in the order of their ids. Pages have 20 items by default and at most 500.",
      resolve: (row, args, { loaders }) =>
        connection(loaders, members, row.id, args, {
          prime: loaders.embedding,
          count: row.size,
          edge: (node) => ({ node, isMedoid: node.id === row.medoidEmbeddingId }),
        }),
    },
    { name: "ClusterMemberConnection" },
    clusterMemberEdge,
  ),
  distinctTextCount: t.int({
    extensions: { readsOthers: true },
    description:
      "The number of different texts among the members, 0 or more: 0 if all outputs are images. It counts for the rate limit as one object per 20 members.",
    resolve: (row, _, { loaders }) => loaders.distinctTextCount.load(row),
  }),
  topTexts: t.field({
    type: [textCount],
    extensions: { sizedBy: "limit" },
    description:
      "The texts of the members, the most frequent first, equally frequent ones in the order of the texts.",
    args: {
      limit: t.arg.int({
        defaultValue: defaultTextLimit,
        description: `The number of texts, 1 to ${largestTextLimit}. Default: ${defaultTextLimit}.`,
      }),
    },
    resolve: (row, { limit }, { loaders }) => loaders.topTexts(limit ?? defaultTextLimit).load(row.id),
  }),
  exemplars: t.field({
    type: [embedding],
    extensions: { sizedBy: "limit" },
    description:
      "Members of its densest parts: those that last longest in the leaves of the condensed tree below it, as the distance shrinks. Only different texts, each by the first of its embeddings in the order of ids; the densest first, equally dense ones in the order of their vectors' components. Unlike the medoid, which is in the middle, they show each of the cluster's parts; the medoid is among them only if it is such a member. Fewer than the limit if these have fewer different texts. They are computed from the result's spanning tree (TREE_MISSING if it has none, TREE_UNREADABLE if it is damaged).",
    args: {
      limit: t.arg.int({
        defaultValue: defaultExemplarLimit,
        description: `The number of exemplars, 1 to ${largestExemplarLimit}. Default: ${defaultExemplarLimit}.`,
      }),
    },
    resolve: (row, { limit }, { loaders }) => loaders.exemplars(limit ?? defaultExemplarLimit).load(row),
  }),
}));

builder.queryField("cluster", (t) =>
  t.field({
    type: cluster,
    nullable: true,
    extensions: { findsImmutable: { id: "Cluster" } },
    description: "The cluster with the given id; null if there is none.",
    args: { id: t.arg.id({ required: true, description: "The id of the cluster." }) },
    resolve: (_, { id }, { loaders }) => loaders.cluster.load(idOf("Cluster", id)),
  }),
);
