import type { Loaders } from "../resolvers/loaders/loaders.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import { defaultTextLimit, largestTextLimit, type TextCount } from "../resolvers/loaders/topTextsLoader.js";
import type { ScoredEmbedding } from "../resolvers/pagination/clusteringResultKeysets.js";
import { medoidOccurrences, members } from "../resolvers/pagination/clusterKeysets.js";
import { connection, type ReadConnection } from "../resolvers/pagination/connection.js";
import { type ClusterRow, clusterColumns } from "../resolvers/rows.js";
import { builder } from "./builder.js";
import { clusteringResult } from "./clusteringResult.js";
import { embedding, embeddingConnection } from "./embedding.js";
import { invocation } from "./invocation.js";
import { idOf } from "./node.js";

async function medoidInvocation(row: ClusterRow, loaders: Loaders) {
  const medoid = await present(loaders.embedding, row.medoidEmbeddingId);
  return present(loaders.invocation, medoid.invocationId);
}

const textCount = builder.objectRef<TextCount>("TextCount").implement({
  description: "A text, and how often it came.",
  fields: (t) => ({
    text: t.exposeString("text", { description: "The outputText of invocations." }),
    count: t.exposeInt("count", { description: "How many members have it, 1 or more." }),
  }),
});

export const cluster = builder.prismaNode("Cluster", {
  id: { field: "id" },
  select: clusterColumns,
  description: "Embeddings that lie close together, and the one among them that stands for them all.",
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
      description: "Strength of membership, 0 to 1: 1 at the core of the cluster.",
      resolve: ({ node }) => node.probability,
    }),
    outlierScore: t.float({
      description: "GLOSH, 0 to 1: the higher, the more of an outlier.",
      resolve: ({ node }) => node.outlierScore,
    }),
    isMedoid: t.boolean({
      description: "Whether it is the cluster's medoid.",
      resolve: ({ isMedoid }) => isMedoid,
    }),
  }),
});

builder.prismaObjectFields(cluster, (t) => ({
  clusteringResult: t.field({
    type: clusteringResult,
    description: "The clustering that found it.",
    resolve: (row, _, { loaders }) => present(loaders.clusteringResult, row.clusteringResultId),
  }),
  label: t.int({
    description:
      "Its number in the result, from 0: the largest first, equal sizes by the content of the medoid's vector.",
    resolve: (row) => row.label,
  }),
  size: t.int({ description: "How many members it has, 1 or more.", resolve: (row) => row.size }),
  share: t.float({
    description: "Its part of all embeddings of its result, outliers among them, 0 to 1.",
    resolve: async (row, _, { loaders }) =>
      row.size / ((await present(loaders.clusteringResult, row.clusteringResultId)).embeddingCount ?? 0),
  }),
  persistence: t.float({
    description:
      "How long it lasts as the density threshold rises, 0 to 1; the root as the only cluster may exceed 1, as it gives up rows that its stability counts.",
    resolve: (row) => row.persistence,
  }),
  medoidEmbedding: t.field({
    type: embedding,
    description:
      "The member that the algorithm chose, by its index. Never null: a cluster without it cannot be stored.",
    resolve: (row, _, { loaders }) => present(loaders.embedding, row.medoidEmbeddingId),
  }),
  medoidInvocation: t.field({
    type: invocation,
    description: "The invocation that produced it.",
    resolve: (row, _, { loaders }) => medoidInvocation(row, loaders),
  }),
  medoidText: t.string({
    nullable: true,
    description: "That invocation's outputText; null where its output is an image.",
    resolve: async (row, _, { loaders }) => (await medoidInvocation(row, loaders)).outputText,
  }),
  medoidOccurrences: t.connection(
    {
      type: embedding,
      description:
        "Every member whose vector equals the medoid's, the medoid first, the others by run id and sequence number: one text may have come from several invocations. Pages of 20 unless told, at most 500.",
      resolve: (row, args, { loaders }) =>
        connection(loaders, medoidOccurrences, row.id, args, { prime: loaders.embedding }),
    },
    embeddingConnection,
  ),
  members: t.connection(
    {
      type: embedding,
      description: "Strongest first, equal ones by embedding id. Pages of 20 unless told, at most 500.",
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
  topTexts: t.field({
    type: [textCount],
    extensions: { sizedBy: "limit" },
    description: "The members' texts, most frequent first, equal counts in the order of the texts.",
    args: {
      limit: t.arg.int({
        defaultValue: defaultTextLimit,
        description: `How many texts, 1 to ${largestTextLimit}. Default: ${defaultTextLimit}.`,
      }),
    },
    resolve: (row, { limit }, { loaders }) => loaders.topTexts(limit ?? defaultTextLimit).load(row.id),
  }),
}));

builder.queryField("cluster", (t) =>
  t.field({
    type: cluster,
    nullable: true,
    extensions: { findsImmutable: true },
    description: "A cluster by its id. Null: there is none.",
    args: { id: t.arg.id({ required: true, description: "Of a Cluster." }) },
    resolve: (_, { id }, { loaders }) => loaders.cluster.load(idOf("Cluster", id)),
  }),
);
