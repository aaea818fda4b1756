import {
  assignToResult,
  mostAssigned,
  type PredictedAssignment,
} from "../resolvers/analysis/assignToResult.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import { builder } from "./builder.js";
import { cluster } from "./cluster.js";
import { clusteringResult } from "./clusteringResult.js";
import { embedding } from "./embedding.js";
import { vectorInput } from "./vectorInput.js";

const predictedAssignment = builder.objectRef<PredictedAssignment>("PredictedAssignment").implement({
  description: "Where an embedding or a vector belongs in a clustering.",
  fields: (t) => ({
    embedding: t.field({
      type: embedding,
      nullable: true,
      description: "The embedding that was asked for; null if it was a vector.",
      resolve: ({ embeddingId }, _, { loaders }) =>
        embeddingId === null ? null : present(loaders.embedding, embeddingId),
    }),
    cluster: t.field({
      type: cluster,
      nullable: true,
      description: "The cluster to which it belongs; null if it is an outlier.",
      resolve: ({ clusterId }, _, { loaders }) =>
        clusterId === null ? null : present(loaders.cluster, clusterId),
    }),
    probability: t.exposeFloat("probability", {
      description:
        "How strongly it belongs to the cluster, 0 to 1, on the scale of the members: 1 for what is as dense as the cluster's core; 0 for an outlier.",
    }),
    nearest: t.field({
      type: embedding,
      description:
        "The embedding that took part and that is nearest by mutual reachability; of several, the one at the least distance by the metric, then the first by its vector's components, then by its id. For an embedding that took part, itself; for a copy of a vector that took part, the first of the embeddings that have it.",
      resolve: ({ nearestId }, _, { loaders }) => present(loaders.embedding, nearestId),
    }),
    distance: t.exposeFloat("distance", {
      description:
        "The mutual reachability of it and nearest, 0 or more, in units of the metric: the greatest of their distance divided by alpha, and of the distance from each to its minSamples-th nearest embedding that took part, itself included. It is 0 for an embedding that took part, and for a copy of its vector.",
    }),
  }),
});

builder.prismaObjectField(clusteringResult, "assign", (t) =>
  t.field({
    type: [predictedAssignment],
    extensions: { sizedBy: ["embeddingIds", "vectors"], size: mostAssigned, mutableWith: "embeddingIds" },
    description: `Where embeddings or vectors belong in this clustering, in the order in which they are given; nothing is stored, and the clusters stay as they are. An embedding that took part gets what it got. Any other is joined to the embedding that is nearest by mutual reachability, and belongs to the cluster that holds that one at this distance, if there is one, with all parameters of the result. With a reduction, only embeddings that took part have an answer. It is computed from the result's spanning tree (TREE_MISSING if it has none, or the clustering failed; TREE_UNREADABLE if it is damaged) and from the vectors that took part; CLUSTERING_IN_PROGRESS until the clustering has finished. It costs (different vectors of the result × components) × (1 / 4,000, or 1 / 60,000 if they are in memory, + (number given, in steps of 64) / 3,000,000) besides the rows of the response, and nothing if all took part.`,
    args: {
      embeddingIds: t.arg.idList({
        description: `The ids of embeddings of the result's embedding model, 1 to ${mostAssigned}. Absent: vectors must be given.`,
      }),
      vectors: t.arg({
        type: [vectorInput],
        description: `Vectors with as many components as those of the result's embedding model, 1 to ${mostAssigned}. Absent: embeddingIds must be given.`,
      }),
    },
    resolve: (row, args, { app, loaders }) => assignToResult(app, row, args, loaders),
  }),
);
