import { type ClusterMerge, mergesOfResult } from "../resolvers/analysis/mergesOfResult.js";
import { largestPageSize } from "../resolvers/pagination/pageArguments.js";
import { builder } from "./builder.js";
import { clusteringResult } from "./clusteringResult.js";

const clusterMerge = builder.objectRef<ClusterMerge>("ClusterMerge").implement({
  description:
    "A merge of two clusters, or of what earlier merges have made of clusters: a row of SciPy's linkage matrix.",
  fields: (t) => ({
    left: t.exposeInt("left", {
      description:
        "The number of what merges: below k, the number of clusters, the label of a cluster; otherwise k + i for what the i-th merge has made, from 0. The smaller of the two.",
    }),
    right: t.exposeInt("right", {
      description: "The number of the other, counted in the same way; above left.",
    }),
    distance: t.exposeFloat("distance", {
      description:
        "The distance at which the two merge, 0 or more, in units of the metric: the least possible longest step of a path from a member of the one to a member of the other, each step being the mutual reachability of two embeddings. With a reduction, between reduced vectors.",
    }),
    size: t.exposeInt("size", {
      description: "The number of clusters in what the merge makes, 2 or more.",
    }),
  }),
});

builder.prismaObjectField(clusteringResult, "merges", (t) =>
  t.field({
    type: [clusterMerge],
    extensions: { size: largestPageSize },
    description:
      "How the clusters would merge as the distance grows: one merge fewer than there are clusters, in the order of the distance. With left, right, distance and size as the columns, it is a linkage matrix of SciPy, whose dendrogram draws it as it is; outliers take no part. It is computed from the result's spanning tree (TREE_MISSING if it has none, TREE_UNREADABLE if it is damaged). Empty until the clustering has succeeded.",
    resolve: (row, _, { app, loaders }) => mergesOfResult(app, row, loaders.reader),
  }),
);
