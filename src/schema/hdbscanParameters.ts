import type { ReductionParameters } from "../clustering/index.js";
import type { SweptParameters } from "../clustering/sweepSettings.js";
import type { ClusteringResultRow } from "../resolvers/rows.js";
import { builder, type InputFields, type ObjectField, type ObjectFields } from "./builder.js";

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

const reduction = builder.objectRef<ReductionParameters>("Reduction").implement({
  description: "The reduction to fewer dimensions that a clustering used, with the defaults filled in.",
  fields: (t) => ({
    method: t.field({
      type: reductionMethod,
      description: "The method that reduced the vectors.",
      resolve: ({ method }) => method,
    }),
    dimensions: t.exposeInt("dimensions", {
      description: "The number of dimensions of the reduced vectors, 1 or more.",
    }),
    neighbours: t.exposeInt("neighbours", {
      nullable: true,
      description:
        "The number of distinct vectors that counted as a vector's neighbourhood, itself included: 1 or more, and once the clustering has succeeded no more than there were distinct vectors. Null for PCA.",
    }),
    minDistance: t.exposeFloat("minDistance", {
      nullable: true,
      description:
        "The distance between reduced vectors up to which they were as near as can be, 0 to 1; null for PCA.",
    }),
    seed: t.exposeInt("seed", {
      nullable: true,
      description: "The number, any Int, that determined the random choices; null for PCA.",
    }),
  }),
});

/** The parameters that select clusters from the hierarchy and that a sweep varies. */
export function sweptParameters<Shape extends SweptParameters>(
  t: ObjectFields<Shape>,
): Record<keyof SweptParameters, ObjectField> {
  return {
    minClusterSize: t.int({
      description: "The smallest number of members of a cluster, 2 or more.",
      resolve: (parameters) => parameters.minClusterSize,
    }),
    clusterSelectionMethod: t.field({
      type: clusterSelectionMethod,
      description: "The method that selects clusters from the hierarchy.",
      resolve: (parameters) => parameters.clusterSelectionMethod,
    }),
    clusterSelectionEpsilon: t.float({
      description:
        "The distance below which clusters are not split, in units of the metric, or between reduced vectors if there is a reduction, 0 or more.",
      resolve: (parameters) => parameters.clusterSelectionEpsilon,
    }),
  };
}

/** The values of these parameters that a sweep combines. */
export const sweptLists = (t: InputFields) => ({
  minClusterSizes: t.intList({
    required: true,
    description:
      "The smallest numbers of members of a cluster, at least one number, each 2 or more and, with EXCESS_OF_MASS, at most the result's maxClusterSize.",
  }),
  clusterSelectionMethods: t.field({
    type: [clusterSelectionMethod],
    description:
      "The methods that select clusters from the hierarchy, at least one. With LEAF, the result's maxClusterSize has no effect. Absent: the result's.",
  }),
  clusterSelectionEpsilons: t.floatList({
    description:
      "The distances below which clusters are not split, in units of the metric, each 0 or more; at least one. Absent: the result's.",
  }),
  allowSingleCluster: t.boolean({
    description: "Whether all embeddings may form a single cluster. Absent: as in the result.",
  }),
});

export const hdbscanParameters = builder.objectRef<ClusteringResultRow>("HdbscanParameters").implement({
  description: "The parameters that a clustering used, with the defaults filled in.",
  fields: (t) => {
    const { minClusterSize, ...selection } = sweptParameters(t);
    return {
      minClusterSize,
      minSamples: t.exposeInt("minSamples", {
        description:
          "An embedding's core distance is the distance to its minSamples-th nearest neighbour, counting the embedding itself as the first. 1 or more.",
      }),
      ...selection,
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
      reduction: t.field({
        type: reduction,
        nullable: true,
        description:
          "How the vectors were reduced to fewer dimensions before they were clustered; null if they were not.",
        resolve: (result): ReductionParameters | null =>
          result.reduction === null ? null : JSON.parse(result.reduction),
      }),
    };
  },
});
