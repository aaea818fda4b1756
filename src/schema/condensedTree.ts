import {
  type CondensedTreeNode,
  condensedTreeOfResult,
} from "../resolvers/analysis/condensedTreeOfResult.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import { builder } from "./builder.js";
import { cluster } from "./cluster.js";
import { clusteringResult } from "./clusteringResult.js";

const condensedTreeNode = builder.objectRef<CondensedTreeNode>("CondensedTreeNode").implement({
  description:
    "A cluster of the condensed tree (Campello et al. 2015, McInnes and Healy 2017): a set of embeddings that holds together over a range of distances. As distances shrink, single embeddings and groups of fewer than minClusterSize leave it, until it splits into two or more clusters, or nothing of it is left.",
  fields: (t) => ({
    number: t.exposeInt("number", {
      description: "Its number, from 0, which is the root. It is above its parent's.",
    }),
    parent: t.exposeInt("parent", {
      nullable: true,
      description: "The number of the cluster that splits into it and others, from 0; null for the root.",
    }),
    birthDistance: t.exposeFloat("birthDistance", {
      description:
        "The distance at which it appears, where its parent splits, 0 or more, in units of the metric: at least deathDistance. Of the root it is the distance at which all embeddings are joined. With a reduction, it is between reduced vectors.",
    }),
    deathDistance: t.exposeFloat("deathDistance", {
      description:
        "The distance at which it splits, or at which the last of it leaves, 0 or more, in units of the metric. 0 if equal vectors are left, which never part.",
    }),
    size: t.exposeInt("size", {
      description: "The number of embeddings that it has when it appears, 1 or more, copies included.",
    }),
    stability: t.exposeFloat("stability", {
      description:
        "The excess of mass, 0 or more, in units of 1 / distance: the sum, over its embeddings, of 1 / the distance at which each leaves it or is split off, minus 1 / birthDistance; for the root the latter counts as 0. Equal vectors never part: in place of their distance, 0, it takes the least other one at which anything leaves a cluster of the tree.",
    }),
    cluster: t.field({
      type: cluster,
      nullable: true,
      description: "The cluster of the result that it is; null if it was not selected.",
      resolve: ({ clusteringResultId, label }, _, { loaders }) =>
        label < 0 ? null : present(loaders.clusterLabelled, { clusteringResultId, label }),
    }),
  }),
});

const condensedTreeConnection = builder.connectionObject({
  type: condensedTreeNode,
  name: "CondensedTreeConnection",
});

builder.prismaObjectField(clusteringResult, "condensedTree", (t) =>
  t.connection(
    {
      type: condensedTreeNode,
      description:
        "The condensed tree from which the clusters were selected, parents before children, the children of one cluster next to each other. Its root holds all embeddings, also where no cluster was selected; it is itself selected only if all embeddings may form a single cluster, and may then have fewer members than its size. The tree is computed from the result's spanning tree (TREE_MISSING if it has none, TREE_UNREADABLE if it is damaged). Empty until the clustering has succeeded. Pages have 20 items by default and at most 500.",
      resolve: (row, args, { app, loaders }) => condensedTreeOfResult(app, row, args, loaders.reader),
    },
    condensedTreeConnection,
  ),
);
