import { present } from "../resolvers/loaders/nodeLoader.js";
import { assignmentColumns } from "../resolvers/rows.js";
import { builder } from "./builder.js";
import { cluster } from "./cluster.js";
import { clusteringResult } from "./clusteringResult.js";
import { embedding } from "./embedding.js";

export const clusterAssignment = builder.prismaObject("ClusterAssignment", {
  select: assignmentColumns,
  description:
    "The result of one clustering for one embedding: its cluster, or none for an outlier, and its scores.",
});

export const clusterAssignmentConnection = builder.connectionObject({
  type: clusterAssignment,
  name: "ClusterAssignmentConnection",
});

builder.prismaObjectFields(clusterAssignment, (t) => ({
  clusteringResult: t.field({
    type: clusteringResult,
    description: "The clustering result that the assignment belongs to; its status is always SUCCEEDED.",
    resolve: (row, _, { loaders }) => present(loaders.clusteringResult, row.clusteringResultId),
  }),
  embedding: t.field({
    type: embedding,
    description: "The embedding that was assigned.",
    resolve: (row, _, { loaders }) => present(loaders.embedding, row.embeddingId),
  }),
  cluster: t.field({
    type: cluster,
    nullable: true,
    description: "The cluster that the embedding belongs to; null if it is an outlier.",
    resolve: (row, _, { loaders }) =>
      row.clusterId === null ? null : present(loaders.cluster, row.clusterId),
  }),
  probability: t.float({
    description: "The strength of membership, 0 to 1: 1 at the core of the cluster, 0 for an outlier.",
    resolve: (row) => row.probability,
  }),
  outlierScore: t.float({
    description: "The GLOSH outlier score, 0 to 1: the higher, the more of an outlier the embedding is.",
    resolve: (row) => row.outlierScore,
  }),
  isMedoid: t.boolean({
    description: "Whether the embedding is the medoid of its cluster.",
    resolve: async (row, _, { loaders }) =>
      row.clusterId !== null &&
      (await present(loaders.cluster, row.clusterId)).medoidEmbeddingId === row.embeddingId,
  }),
}));
