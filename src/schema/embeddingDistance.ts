import {
  defaultNeighbourLimit,
  largestNeighbourLimit,
  type Neighbour,
} from "../resolvers/loaders/neighboursLoader.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import { requireLimit } from "../resolvers/requireLimit.js";
import { builder } from "./builder.js";
import { embedding } from "./embedding.js";
import { idOf } from "./node.js";

const embeddingDistance = builder.objectRef<Neighbour>("EmbeddingDistance").implement({
  description: "Another embedding, and how far it is.",
  fields: (t) => ({
    embedding: t.field({
      type: embedding,
      description: "The other embedding.",
      resolve: ({ id }, _, { loaders }) => present(loaders.embedding, id),
    }),
    distance: t.exposeFloat("distance", {
      description:
        "The distance to it, 0 or more, by the metric of the clustering result: Euclidean, or with COSINE 1 minus the cosine of the angle between the vectors; of vectors scaled to length 1 if the result has normalize. 0 for a copy.",
    }),
  }),
});

builder.prismaObjectFields(embedding, (t) => ({
  neighbours: t.field({
    type: [embeddingDistance],
    extensions: { sizedBy: "limit", dependsOnResult: "clusteringResultId" },
    description:
      "The nearest other embeddings that took part in one clustering, nearest first. The distances are exact, and follow the result's metric and normalize; clusters play no part. With a reduction, they are those of the vectors before it, because reduced vectors are not stored. Equally distant ones are in the order of their vectors' components, equal vectors in the order of the embeddings' ids. Fewer than the limit only if fewer others took part; empty if this embedding did not take part, or if the clustering has not succeeded. All embeddings of a query whose neighbours in the same result are requested at the same level are sought together in one pass over the vectors of the result, which costs (embeddings of the result × components × (20 + sought embeddings)) / 80,000 besides the rows of the response. INVALID_INPUT names clusteringResultId if there is no such result, or it is one of another embedding model.",
    args: {
      clusteringResultId: t.arg.id({ required: true, description: "The id of the clustering result." }),
      limit: t.arg.int({
        defaultValue: defaultNeighbourLimit,
        description: `The number of neighbours, 1 to ${largestNeighbourLimit}. Default: ${defaultNeighbourLimit}.`,
      }),
    },
    resolve: (row, { clusteringResultId, limit }, { loaders }) => {
      const id = idOf("ClusteringResult", clusteringResultId, "clusteringResultId");
      const key = { embedding: row, limit: limit ?? defaultNeighbourLimit, given: clusteringResultId };
      requireLimit(key.limit, largestNeighbourLimit);
      return loaders.neighboursIn(id).load(key);
    },
  }),
}));
