import { describe, expect, test } from "vitest";
import { aboutDuration, ago, bytes, counted, networkName, percent } from "../../web/parts/format.js";
import { filterTexts, parameterTexts } from "../../web/parts/parameters.js";

describe("how numbers are written", () => {
  test.each([
    [0, "0 %"],
    [0.0004, "< 0.1 %"],
    [0.046, "4.6 %"],
    [0.2, "20 %"],
    [0.995, "99 %"],
    [0.9996, "99.9 %"],
    [1, "100 %"],
  ])("the share %d is %s: all and nothing are only what is exactly that", (share, text) => {
    expect(percent(share)).toBe(text);
  });

  test.each([
    [0, "0 steps"],
    [1, "1 step"],
    [1234567, "1,234,567 steps"],
  ])("%d are %s", (n, text) => {
    expect(counted(n, "step")).toBe(text);
  });

  test.each([
    [0.2, "less than a second"],
    [12.4, "about 12 s"],
    [600, "about 10 min"],
    [9000, "about 2.5 h"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(aboutDuration(seconds)).toBe(text);
  });

  test.each([
    [1, "1 kB"],
    [45_300_000, "45 MB"],
    [2_560_000_000, "2.6 GB"],
  ])("%d bytes are %s", (n, text) => {
    expect(bytes(n)).toBe(text);
  });

  test.each([
    ["2026-01-31T11:59:30.000Z", "just now"],
    ["2026-01-31T12:00:30.000Z", "just now"], // by a clock that is ahead
    ["2026-01-31T11:58:00.000Z", "2 minutes ago"],
    ["2026-01-31T09:00:00.000Z", "3 hours ago"],
    ["2026-01-30T11:00:00.000Z", "yesterday"],
    ["2025-10-31T12:00:00.000Z", "3 months ago"],
    ["2024-01-30T12:00:00.000Z", "2 years ago"],
  ])("%s is %s", (time, text) => {
    expect(ago(time, Date.parse("2026-01-31T12:00:00.000Z"))).toBe(text);
  });

  test("a network is its models in their turns", () => {
    expect(networkName(["Painter", "Viewer"])).toBe("Painter → Viewer");
  });
});

const parameters = {
  minClusterSize: 5,
  minSamples: 5,
  clusterSelectionMethod: "EXCESS_OF_MASS",
  clusterSelectionEpsilon: 0,
  maxClusterSize: null,
  alpha: 1,
  allowSingleCluster: false,
  metric: "EUCLIDEAN",
  normalize: true,
  reduction: null,
} as const;

describe("what is said of a clustering", () => {
  test("of the parameters only those that are not the defaults, and the smallest size", () => {
    expect(parameterTexts({ algorithm: "HDBSCAN", parameters })).toEqual(["clusters of 5 or more"]);
    expect(
      parameterTexts({
        algorithm: "APPROXIMATE_HDBSCAN",
        parameters: {
          minClusterSize: 1200,
          minSamples: 1,
          clusterSelectionMethod: "LEAF",
          clusterSelectionEpsilon: 0.25,
          maxClusterSize: 5000,
          alpha: 2,
          allowSingleCluster: true,
          metric: "EUCLIDEAN",
          normalize: false,
          reduction: { method: "UMAP", dimensions: 5, neighbours: 15, minDistance: 0, seed: 0 },
        },
      }),
    ).toEqual([
      "approximate",
      "clusters of 1,200 or more",
      "at most 5,000 each",
      "1 sample",
      "leaves",
      "epsilon 0.25",
      "alpha 2",
      "a single cluster allowed",
      "vectors not scaled",
      "UMAP to 5 dimensions",
    ]);
    // The cosine distance always scales.
    const cosine = { ...parameters, metric: "COSINE", normalize: false } as const;
    expect(parameterTexts({ algorithm: "HDBSCAN", parameters: cosine })).toEqual([
      "clusters of 5 or more",
      "cosine",
    ]);
  });

  const noFilter = {
    runIds: null,
    networks: null,
    initialPrompts: null,
    models: null,
    sequenceNumber: null,
    everyNth: null,
  };

  test.each([
    [{}, []],
    [{ runIds: ["Run:1"] }, ["1 run"]],
    [{ networks: [["a", "b"]] }, ["a → b"]],
    [{ networks: [["a"], ["b"]] }, ["2 networks"]],
    [{ initialPrompts: ["A prompt"] }, ["prompt “A prompt”"]],
    [{ models: ["a", "b"] }, ["a, b"]],
    [{ models: ["a", "b", "c"] }, ["3 models"]],
    [{ sequenceNumber: { min: 3, max: null } }, ["steps from 3"]],
    [{ sequenceNumber: { min: null, max: 3 } }, ["steps up to 3"]],
    [{ sequenceNumber: { min: 3, max: 3 } }, ["step 3"]],
    [{ sequenceNumber: { min: 3, max: 9 }, everyNth: 2 }, ["steps 3 to 9", "every 2nd step"]],
    [{ everyNth: 1 }, []],
    [{ everyNth: 13 }, ["every 13th step"]],
  ])("of the filter %j: %j", (filter, texts) => {
    expect(filterTexts({ ...noFilter, ...filter })).toEqual(texts);
  });
});
