import type { LineageKind } from "../analysis/lineage.js";
import {
  type ClusterPair,
  type ComparedResults,
  clusterOf,
  compareClusteringResults,
  lineageCountOf,
  lineageOf,
  mostLineage,
  overlapsOf,
} from "../resolvers/clusterings/compareClusteringResults.js";
import { builder } from "./builder.js";
import { cluster } from "./cluster.js";
import { clusteringResult } from "./clusteringResult.js";
import { idOf } from "./node.js";

const lineageKind = builder.enumType("LineageKind", {
  description: "What became of a cluster from one clustering to another.",
  values: {
    CONTINUED: {
      description:
        "Each of the two is the other's best match, and their Jaccard index is at least 0.5. Of equally good matches the one with the smallest label counts.",
    },
    SPLIT: {
      description:
        "At least half of the new cluster was in the old one, which is at least as large, and the pair is not CONTINUED.",
    },
    MERGED: {
      description:
        "At least half of the old cluster is in the new one, which is larger, and the pair is neither CONTINUED nor SPLIT.",
    },
    BORN: { description: "A new cluster to which none of the other kinds applies." },
    DIED: { description: "An old cluster to which none of the other kinds applies." },
  } satisfies Record<LineageKind, object>,
});

const lineage = builder.objectRef<ClusterPair & { kind: LineageKind }>("ClusterLineage").implement({
  description:
    "What became of a cluster. A cluster that split or merged has an entry for each of its counterparts.",
  fields: (t) => ({
    kind: t.field({
      type: lineageKind,
      description: "What became of it.",
      resolve: ({ kind }) => kind,
    }),
    from: t.field({
      type: cluster,
      nullable: true,
      description: "The old cluster; null for BORN.",
      resolve: (pair, _, { loaders }) => clusterOf(pair, "from", loaders),
    }),
    to: t.field({
      type: cluster,
      nullable: true,
      description: "The new cluster; null for DIED.",
      resolve: (pair, _, { loaders }) => clusterOf(pair, "to", loaders),
    }),
    sharedCount: t.int({
      description: "The number of embeddings that are in both; 0 for BORN and DIED.",
      resolve: ({ shared }) => shared,
    }),
    jaccard: t.float({
      description:
        "The Jaccard index: the shared embeddings, divided by those that are in either of the two clusters, 0 to 1, counting only embeddings that both results clustered. 0 for BORN and DIED.",
      resolve: ({ jaccard }) => jaccard,
    }),
  }),
});

const overlap = builder.objectRef<ClusterPair>("ClusterOverlap").implement({
  description: "A cluster of each result, or the outliers, that have embeddings in common.",
  fields: (t) => ({
    from: t.field({
      type: cluster,
      nullable: true,
      description: "The cluster of `from`; null for its outliers.",
      resolve: (pair, _, { loaders }) => clusterOf(pair, "from", loaders),
    }),
    to: t.field({
      type: cluster,
      nullable: true,
      description: "The cluster of `to`; null for its outliers.",
      resolve: (pair, _, { loaders }) => clusterOf(pair, "to", loaders),
    }),
    count: t.int({
      description: "The number of embeddings that are in both, 1 or more.",
      resolve: ({ shared }) => shared,
    }),
    jaccard: t.float({
      description:
        "The Jaccard index: the shared embeddings, divided by those that are in either of the two, above 0 and at most 1, counting only embeddings that both results clustered.",
      resolve: ({ jaccard }) => jaccard,
    }),
  }),
});

const overlapConnection = builder.connectionObject({ type: overlap, name: "ClusterOverlapConnection" });

const kindArgument = "Only entries of this kind. Absent: every kind.";

const comparison = builder.objectRef<ComparedResults>("ClusteringComparison").implement({
  description:
    "How two finished clusterings agree, and what became of the clusters of the first. Everything counts only what both clustered: the same embeddings, or, if their embedding models differ, embeddings of the same invocations.",
  fields: (t) => ({
    from: t.field({
      type: clusteringResult,
      description: "The first result; its clusters are the old ones.",
      resolve: ({ from }) => from,
    }),
    to: t.field({
      type: clusteringResult,
      description: "The second result; its clusters are the new ones.",
      resolve: ({ to }) => to,
    }),
    commonCount: t.int({
      description: "The number of embeddings that both clustered, outliers included, 0 or more.",
      resolve: async (of) => (await of.comparison()).commonCount,
    }),
    adjustedRandIndex: t.float({
      description:
        "The adjusted Rand index (Hubert and Arabie 1985), −0.5 to 1: 1 if the clusters are the same, about 0 if they agree as much as by chance. The outliers of each result count as one more cluster. 1 if nothing was clustered by both.",
      resolve: async (of) => (await of.comparison()).adjustedRandIndex,
    }),
    adjustedMutualInformation: t.float({
      description:
        "The adjusted mutual information (Vinh, Epps and Bailey 2010), divided by the mean of the two entropies, at most 1: 1 if the clusters are the same, about 0 if they agree as much as by chance. The outliers of each result count as one more cluster. 1 if nothing was clustered by both.",
      resolve: async (of) => (await of.comparison()).adjustedMutualInformation,
    }),
    adjustedRandIndexOfClustered: t.float({
      nullable: true,
      description:
        "The adjusted Rand index over the embeddings that are in a cluster in both results, −0.5 to 1; null if there are none.",
      resolve: async (of) => (await of.comparison()).adjustedRandIndexOfClustered,
    }),
    lineage: t.field({
      type: [lineage],
      extensions: { sizedBy: "limit" },
      description:
        "What became of each cluster, by the label of the old cluster, then of the new one; clusters that were born come last.",
      args: {
        kind: t.arg({ type: lineageKind, description: kindArgument }),
        skip: t.arg.int({
          defaultValue: 0,
          description:
            "The number of entries to leave out from the start, 0 or more, so that a lineage of any length can be read piece by piece. Default: 0.",
        }),
        limit: t.arg.int({
          defaultValue: mostLineage,
          description: `The number of entries, 1 to ${mostLineage}. Default: ${mostLineage}.`,
        }),
      },
      resolve: (of, { kind, skip, limit }) =>
        lineageOf(of, { kind: kind ?? null, skip: skip ?? 0, limit: limit ?? mostLineage }),
    }),
    lineageCount: t.int({
      description: "The number of entries that `lineage` has without a limit, 0 or more.",
      args: { kind: t.arg({ type: lineageKind, description: kindArgument }) },
      resolve: (of, { kind }) => lineageCountOf(of, kind ?? null),
    }),
    overlaps: t.connection(
      {
        type: overlap,
        description:
          "The pairs of clusters that have embeddings in common, most first, equal ones by the labels of the first cluster, then of the second, outliers before clusters. The outliers of each result count as one more cluster. Pages have 20 items by default and at most 500.",
        resolve: (of, args) => overlapsOf(of, args),
      },
      overlapConnection,
    ),
  }),
});

builder.queryField("compareClusteringResults", (t) =>
  t.field({
    type: comparison,
    nullable: true,
    extensions: { findsImmutable: { from: "ClusteringResult", to: "ClusteringResult" } },
    description:
      "Compares two results, over what both clustered: the same embeddings, or, if their embedding models differ, embeddings of the same invocations. Null if one of them does not exist or has not succeeded.",
    args: {
      from: t.arg.id({ required: true, description: "The id of the first clustering result." }),
      to: t.arg.id({ required: true, description: "The id of the second clustering result." }),
    },
    resolve: (_, { from, to }, { app, loaders }) => {
      const ids = { from: idOf("ClusteringResult", from, "from"), to: idOf("ClusteringResult", to, "to") };
      return compareClusteringResults(app, loaders, ids);
    },
  }),
);
