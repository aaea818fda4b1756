import { expect, test } from "vitest";
import {
  filterOf,
  initialValues,
  inputOf,
  unreadableFields,
  valuesOf,
} from "../../web/views/clusterFormValues.js";

const values = initialValues("words");

test("fields that are left empty are absent from the input, so that they have the API's defaults", () => {
  expect(JSON.parse(JSON.stringify(inputOf(values)))).toEqual({
    embeddingModel: "words",
    algorithm: "HDBSCAN",
    clusterSelectionMethod: "EXCESS_OF_MASS",
    metric: "EUCLIDEAN",
    normalize: true,
    allowSingleCluster: false,
  });
});

test("every field is in the input where it belongs", () => {
  const input = inputOf({
    embeddingModel: "words",
    minClusterSize: "7",
    minSamples: "3",
    algorithm: "APPROXIMATE_HDBSCAN",
    clusterSelectionMethod: "LEAF",
    clusterSelectionEpsilon: "0.5",
    maxClusterSize: "90",
    alpha: "0.9",
    metric: "COSINE",
    normalize: false,
    allowSingleCluster: true,
    reduction: "PCA",
    dimensions: "4",
    neighbours: "30", // of UMAP alone
    minDistance: "0.5",
    seed: "1",
    fromStep: "0",
    toStep: "9",
    everyNth: "2",
    initialPrompts: "one prompt\n\n two \n",
    models: "Painter",
    networks: "Painter → Viewer\nPainter->Viewer -> Critic",
    runIds: " Run:1\n",
  });
  expect(input).toEqual({
    embeddingModel: "words",
    minClusterSize: 7,
    minSamples: 3,
    algorithm: "APPROXIMATE_HDBSCAN",
    clusterSelectionMethod: "LEAF",
    clusterSelectionEpsilon: 0.5,
    maxClusterSize: 90,
    alpha: 0.9,
    metric: "COSINE",
    normalize: false,
    allowSingleCluster: true,
    reduction: { method: "PCA", dimensions: 4 },
    filter: {
      sequenceNumber: { min: 0, max: 9 },
      everyNth: 2,
      initialPrompts: ["one prompt", " two "], // prompts are compared exactly
      models: ["Painter"],
      networks: [
        ["Painter", "Viewer"],
        ["Painter", "Viewer", "Critic"],
      ],
      runIds: ["Run:1"],
    },
  });
});

const parameters = {
  minClusterSize: 7,
  minSamples: 3,
  clusterSelectionMethod: "LEAF",
  clusterSelectionEpsilon: 0.1,
  maxClusterSize: null,
  alpha: 0.9,
  allowSingleCluster: true,
  metric: "COSINE",
  normalize: true,
  reduction: { method: "UMAP", dimensions: 4, neighbours: 30, minDistance: 0.25, seed: -1 },
} as const;
const clustered = {
  embeddingModel: { name: "words" },
  algorithm: "APPROXIMATE_HDBSCAN",
  parameters,
  filter: {
    runIds: null,
    networks: [["a → b", "c"]],
    initialPrompts: ["one\nprompt", ""],
    models: null,
    sequenceNumber: { min: 3, max: null },
    everyNth: 2,
  },
} as const satisfies Parameters<typeof filterOf>[0];

test("the parameters and the filter of a clustering are given again as they were", () => {
  const { maxClusterSize, ...others } = parameters;
  const { networks, initialPrompts, sequenceNumber, everyNth } = clustered.filter;
  const given = inputOf(valuesOf(clustered), filterOf(clustered));
  expect(JSON.parse(JSON.stringify(given))).toEqual({
    embeddingModel: "words",
    algorithm: "APPROXIMATE_HDBSCAN",
    ...others,
    filter: { networks, initialPrompts, sequenceNumber, everyNth },
  });
  const bounded = { ...parameters, clusterSelectionMethod: "EXCESS_OF_MASS", maxClusterSize: 90 } as const;
  const reduced = { ...bounded, reduction: { ...parameters.reduction, method: "PCA" } } as const;
  const input = inputOf(valuesOf({ ...clustered, parameters: reduced }), filterOf(clustered));
  expect([input.maxClusterSize, input.reduction]).toEqual([90, { method: "PCA", dimensions: 4 }]);
  expect(inputOf(valuesOf({ ...clustered, parameters: { ...bounded, reduction: null } })).reduction).toBe(
    undefined,
  );
});

test("a number that no Int can be is found before it is sent", () => {
  expect(unreadableFields(values)).toEqual([]);
  expect(unreadableFields({ ...values, minClusterSize: "5", clusterSelectionEpsilon: "0.5" })).toEqual([]);
  expect(unreadableFields({ ...values, minSamples: "2.5" })).toEqual(["minSamples"]);
  expect(unreadableFields({ ...values, minDistance: "0.5", neighbours: "1.5", seed: "-1" })).toEqual([
    "neighbours",
  ]);
  expect(unreadableFields({ ...values, everyNth: "3000000000", toStep: "1e400" })).toEqual([
    "toStep",
    "everyNth",
  ]);
});
