import { expect, test } from "vitest";
import { initialValues, inputOf, unreadableFields } from "../../web/views/clusterFormValues.js";

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

test("a number that no Int can be is found before it is sent", () => {
  expect(unreadableFields(values)).toEqual([]);
  expect(unreadableFields({ ...values, minClusterSize: "5", clusterSelectionEpsilon: "0.5" })).toEqual([]);
  expect(unreadableFields({ ...values, minSamples: "2.5" })).toEqual(["minSamples"]);
  expect(unreadableFields({ ...values, everyNth: "3000000000", toStep: "1e400" })).toEqual([
    "toStep",
    "everyNth",
  ]);
});
