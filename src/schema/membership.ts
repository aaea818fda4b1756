import {
  defaultMembershipLimit,
  largestMembershipLimit,
  type Membership,
} from "../resolvers/loaders/membershipsLoader.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import { requireLimit } from "../resolvers/requireLimit.js";
import { builder } from "./builder.js";
import { cluster } from "./cluster.js";
import { embedding } from "./embedding.js";
import { idOf } from "./node.js";

const membership = builder.objectRef<Membership>("Membership").implement({
  description: "How much an embedding belongs to a cluster.",
  fields: (t) => ({
    cluster: t.field({
      type: cluster,
      description: "The cluster.",
      resolve: ({ clusterId }, _, { loaders }) => present(loaders.cluster, clusterId),
    }),
    share: t.exposeFloat("share", {
      description:
        "The share of the embedding that belongs to the cluster, 0 to 1. The shares of an embedding in all clusters, and its share of noise, have the sum 1.",
    }),
  }),
});

builder.prismaObjectFields(embedding, (t) => ({
  memberships: t.field({
    type: [membership],
    extensions: { sizedBy: "limit", dependsOnResult: "clusteringResultId" },
    description:
      "How much the embedding belongs to the clusters of one clustering that it belongs to most, greatest share first, equal ones by label: soft clustering as the Python package hdbscan defines it (all_points_membership_vectors). The shares depend on the distance to the nearest exemplar of each cluster, and on where the embedding and the cluster meet in the condensed tree; what they lack to 1, over all clusters, is noise. Of a member their sum is the probability of its assignment; the greatest share need not be that of its own cluster. With a reduction, the distances are those of the vectors before it. Fewer than the limit only if the result has fewer clusters; empty if the embedding did not take part, if there is no cluster, or if the clustering has not succeeded. All embeddings of a query whose memberships in the same result are requested at the same level are compared with the exemplars together. It is computed from the result's spanning tree (TREE_MISSING if it has none, TREE_UNREADABLE if it is damaged). INVALID_INPUT names clusteringResultId if there is no such result, or it is one of another embedding model.",
    args: {
      clusteringResultId: t.arg.id({ required: true, description: "The id of the clustering result." }),
      limit: t.arg.int({
        defaultValue: defaultMembershipLimit,
        description: `The number of clusters, 1 to ${largestMembershipLimit}. Default: ${defaultMembershipLimit}.`,
      }),
    },
    resolve: (row, { clusteringResultId, limit }, { loaders }) => {
      const id = idOf("ClusteringResult", clusteringResultId, "clusteringResultId");
      const key = { embedding: row, limit: limit ?? defaultMembershipLimit, given: clusteringResultId };
      requireLimit(key.limit, largestMembershipLimit);
      return loaders.membershipsIn(id).load(key);
    },
  }),
}));
