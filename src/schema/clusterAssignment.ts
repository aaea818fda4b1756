import { present } from "../resolvers/loaders/nodeLoader.js";
import { assignmentColumns } from "../resolvers/rows.js";
import { builder } from "./builder.js";
import { cluster } from "./cluster.js";
import { clusteringResult } from "./clusteringResult.js";
import { embedding } from "./embedding.js";

export const clusterAssignment = builder.prismaObject("ClusterAssignment", {
  select: assignmentColumns,
  description: "What one clustering says of one embedding.",
});

export const clusterAssignmentConnection = builder.connectionObject({
  type: clusterAssignment,
  name: "ClusterAssignmentConnection",
});

builder.prismaObjectFields(clusterAssignment, (t) => ({
  clusteringResult: t.field({
    type: clusteringResult,
    description: "Which clustering says it; it succeeded.",
    resolve: (row, _, { loaders }) => present(loaders.clusteringResult, row.clusteringResultId),
  }),
  embedding: t.field({
    type: embedding,
    description: "Of which embedding.",
    resolve: (row, _, { loaders }) => present(loaders.embedding, row.embeddingId),
  }),
  cluster: t.field({
    type: cluster,
    nullable: true,
    description: "The cluster that it belongs to. Null: an outlier.",
    resolve: (row, _, { loaders }) =>
      row.clusterId === null ? null : present(loaders.cluster, row.clusterId),
  }),
  probability: t.float({
    description: "Strength of membership, 0 to 1: 1 at the core of the cluster, 0 for an outlier.",
    resolve: (row) => row.probability,
  }),
  outlierScore: t.float({
    description: "GLOSH, 0 to 1: the higher, the more of an outlier.",
    resolve: (row) => row.outlierScore,
  }),
  isMedoid: t.boolean({
    description: "Whether the embedding is the medoid of its cluster.",
    resolve: async (row, _, { loaders }) =>
      row.clusterId !== null &&
      (await present(loaders.cluster, row.clusterId)).medoidEmbeddingId === row.embeddingId,
  }),
}));
