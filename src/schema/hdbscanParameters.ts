import type { ClusteringResultRow } from "../resolvers/rows.js";
import { builder } from "./builder.js";

export const clusteringAlgorithm = builder.enumType("ClusteringAlgorithm", {
  description: "How clusters are found.",
  values: {
    HDBSCAN: { description: "Exact HDBSCAN*." },
    APPROXIMATE_HDBSCAN: { description: "HDBSCAN* over an approximate neighbour graph, for large inputs." },
  },
});

export const clusterSelectionMethod = builder.enumType("ClusterSelectionMethod", {
  description: "Which clusters of the tree are taken.",
  values: {
    EXCESS_OF_MASS: { description: "Those that persist longest: fewer and larger ones." },
    LEAF: { description: "The leaves of the tree: more, smaller and more uniform ones." },
  },
});

export const distanceMetric = builder.enumType("DistanceMetric", {
  description: "The distance between two vectors.",
  values: {
    EUCLIDEAN: {
      description: "Of the vectors scaled to length 1 (0 to 2), unless `normalize` is false (0 or more).",
    },
    COSINE: {
      description:
        "1 − cos of the angle between them, 0 to 2: half the square of the Euclidean distance of the vectors scaled to length 1.",
    },
  },
});

export const hdbscanParameters = builder.objectRef<ClusteringResultRow>("HdbscanParameters").implement({
  description: "The parameters of a clustering as they were used, the defaults resolved.",
  fields: (t) => ({
    minClusterSize: t.exposeInt("minClusterSize", {
      description: "The fewest members of a cluster, 2 or more.",
    }),
    minSamples: t.exposeInt("minSamples", {
      description:
        "Which neighbour's distance is a point's core distance, the point itself counted, 1 or more.",
    }),
    clusterSelectionMethod: t.field({
      type: clusterSelectionMethod,
      description: "Which clusters of the tree were taken.",
      resolve: (result) => result.clusterSelectionMethod,
    }),
    clusterSelectionEpsilon: t.exposeFloat("clusterSelectionEpsilon", {
      description: "Clusters closer than this were not split: a distance of the metric, 0 or more.",
    }),
    maxClusterSize: t.exposeInt("maxClusterSize", {
      nullable: true,
      description:
        "The most members of a cluster that EXCESS_OF_MASS chooses, before clusterSelectionEpsilon joins clusters, minClusterSize or more; null: no limit.",
    }),
    alpha: t.exposeFloat("alpha", { description: "The factor that distances were divided by, above 0." }),
    allowSingleCluster: t.exposeBoolean("allowSingleCluster", {
      description: "Whether one cluster alone was an answer.",
    }),
    metric: t.field({
      type: distanceMetric,
      description: "The distance between two vectors.",
      resolve: (result) => result.metric,
    }),
    normalize: t.exposeBoolean("normalize", {
      description: "Whether every vector was scaled to length 1 first.",
    }),
  }),
});
