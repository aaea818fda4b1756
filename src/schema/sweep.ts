import { mostCombinations, type SweptSetting, sweepResult } from "../resolvers/analysis/sweepResult.js";
import { builder } from "./builder.js";
import { clusteringResult } from "./clusteringResult.js";
import { sweptLists, sweptParameters } from "./hdbscanParameters.js";

const sweepInput = builder.inputType("SweepInput", {
  description: `The parameters to combine, each with each: at most ${mostCombinations} combinations.`,
  fields: (t) => ({
    ...sweptLists(t),
  }),
});

const sweepPoint = builder.objectRef<SweptSetting>("SweepPoint").implement({
  description:
    "What a clustering of the same embeddings with these parameters would give, all others as in the result.",
  fields: (t) => ({
    ...sweptParameters(t),
    clusterCount: t.exposeInt("clusterCount", { description: "The number of clusters, 0 or more." }),
    outlierCount: t.exposeInt("outlierCount", {
      description: "The number of embeddings that are in no cluster, 0 or more.",
    }),
    largestClusterSize: t.exposeInt("largestClusterSize", {
      description: "The number of members of the largest cluster, 0 or more: 0 if there is no cluster.",
    }),
    adjustedRandIndex: t.exposeFloat("adjustedRandIndex", {
      description:
        "The agreement with this result (the adjusted Rand index, −0.5 to 1): 1 if the clusters are the same, about 0 if they agree only as much as by chance. Outliers count as one more cluster.",
    }),
    adjustedRandIndexToSmaller: t.exposeFloat("adjustedRandIndexToSmaller", {
      nullable: true,
      description:
        "The agreement with the point of the next smaller minClusterSize, method and epsilon being equal (−0.5 to 1): where it is high over several sizes, the choice of the size hardly matters. Null for the smallest size.",
    }),
  }),
});

builder.prismaObjectField(clusteringResult, "sweep", (t) =>
  t.field({
    type: [sweepPoint],
    extensions: { size: mostCombinations, sizedByCombinations: "input", weight: 90 },
    description: `What other parameters would give: one point for each combination, at most ${mostCombinations}, by size, then method, then epsilon, each in the given order. It is computed from the result's spanning tree (TREE_MISSING if it has none, TREE_UNREADABLE if it is damaged); nothing is stored. Empty until the clustering has succeeded.`,
    args: {
      input: t.arg({ type: sweepInput, required: true, description: "The parameters to combine." }),
    },
    resolve: (row, { input }, { app, loaders }) => sweepResult(app, row, input, loaders.reader),
  }),
);
