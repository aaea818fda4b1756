import type { ClusteringResultRow } from "../resolvers/rows.js";
import { builder } from "./builder.js";

export const clusteringAlgorithm = builder.enumType("ClusteringAlgorithm", {
  description: "The algorithm that finds clusters.",
  values: {
    HDBSCAN: { description: "HDBSCAN*, computed exactly." },
    APPROXIMATE_HDBSCAN: {
      description:
        "HDBSCAN* from approximately computed nearest neighbours, which is faster for large inputs.",
    },
  },
});

export const clusterSelectionMethod = builder.enumType("ClusterSelectionMethod", {
  description: "The method that selects clusters from the hierarchy.",
  values: {
    EXCESS_OF_MASS: { description: "Selects the clusters that persist longest: fewer and larger ones." },
    LEAF: { description: "Selects the leaves of the hierarchy: more, smaller and more uniform clusters." },
  },
});

export const distanceMetric = builder.enumType("DistanceMetric", {
  description: "The distance between two vectors.",
  values: {
    EUCLIDEAN: {
      description:
        "The Euclidean distance: 0 to 2 between vectors scaled to length 1, 0 or more if `normalize` is false.",
    },
    COSINE: {
      description:
        "The cosine distance, 1 − cos of the angle between the vectors, 0 to 2: half the square of the Euclidean distance of the vectors scaled to length 1.",
    },
  },
});

export const reductionMethod = builder.enumType("ReductionMethod", {
  description: "The method that reduces vectors to fewer dimensions.",
  values: {
    UMAP: {
      description:
        "Uniform manifold approximation and projection: keeps near neighbours near each other, whatever the shape of their groups.",
    },
    PCA: { description: "Principal components: the directions of greatest variance." },
  },
});

export const hdbscanParameters = builder.objectRef<ClusteringResultRow>("HdbscanParameters").implement({
  description: "The parameters that a clustering used, with the defaults filled in.",
  fields: (t) => ({
    minClusterSize: t.exposeInt("minClusterSize", {
      description: "The smallest number of members of a cluster, 2 or more.",
    }),
    minSamples: t.exposeInt("minSamples", {
      description:
        "An embedding's core distance is the distance to its minSamples-th nearest neighbour, counting the embedding itself as the first. 1 or more.",
    }),
    clusterSelectionMethod: t.field({
      type: clusterSelectionMethod,
      description: "The method that selected clusters from the hierarchy.",
      resolve: (result) => result.clusterSelectionMethod,
    }),
    clusterSelectionEpsilon: t.exposeFloat("clusterSelectionEpsilon", {
      description: "The distance below which clusters were not split, in units of the metric, 0 or more.",
    }),
    maxClusterSize: t.exposeInt("maxClusterSize", {
      nullable: true,
      description:
        "The largest number of members of a cluster that EXCESS_OF_MASS selected, before clusterSelectionEpsilon merged clusters: minClusterSize or more; null for no limit.",
    }),
    alpha: t.exposeFloat("alpha", { description: "The number by which distances were divided, above 0." }),
    allowSingleCluster: t.exposeBoolean("allowSingleCluster", {
      description: "Whether all embeddings were allowed to form a single cluster.",
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
