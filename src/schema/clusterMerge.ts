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
        "The index of the first of the two, which is the smaller one. With k clusters in the result, an index below k is the label of a cluster, and k + i is what the merge i of this list has made; i begins at 0.",
    }),
    right: t.exposeInt("right", {
      description: "The index of the second of the two, by the same rule. It is greater than left.",
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
