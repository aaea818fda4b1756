import { describe, expect, it } from "vitest";
import {
  type HdbscanOptions,
  hdbscan,
  InvalidClusteringInputError,
  resolveParameters,
} from "../../src/clustering/index.js";
import { random } from "./shuffled.js";

const plane = (rows: number, dimensions = 2, seed = 1): { data: Float32Array; dimensions: number } => {
  const next = random(seed);
  return { data: Float32Array.from({ length: rows * dimensions }, () => next() - 0.5), dimensions };
};

describe("what cannot be clustered is rejected by name", () => {
  const rejected: [string, HdbscanOptions, string, unknown][] = [
    ["a cluster of one", { minClusterSize: 1 }, "minClusterSize", 1],
    ["a fraction of a row", { minClusterSize: 5.5 }, "minClusterSize", 5.5],
    ["no cluster size", { minClusterSize: Number.NaN }, "minClusterSize", Number.NaN],
    ["no samples", { minSamples: 0 }, "minSamples", 0],
    ["more samples than rows", { minSamples: 21 }, "minSamples", 21],
    ["alpha 0", { alpha: 0 }, "alpha", 0],
    ["an infinite alpha", { alpha: Infinity }, "alpha", Infinity],
    ["an alpha that spoils every distance", { alpha: 1e-320, minSamples: 1 }, "alpha", 1e-320],
    ["a negative epsilon", { clusterSelectionEpsilon: -1 }, "clusterSelectionEpsilon", -1],
    [
      "an epsilon that is no number",
      { clusterSelectionEpsilon: Number.NaN },
      "clusterSelectionEpsilon",
      Number.NaN,
    ],
    ["a largest cluster of none", { maxClusterSize: 0 }, "maxClusterSize", 0],
    ["an unknown metric", { metric: "MANHATTAN" as "COSINE" }, "metric", "MANHATTAN"],
    ["an unknown selection", { clusterSelectionMethod: "EOM" as "LEAF" }, "clusterSelectionMethod", "EOM"],
    ["an unknown algorithm", { algorithm: "KMEANS" as "HDBSCAN" }, "algorithm", "KMEANS"],
    ["a flag that is a text", { normalize: "no" as unknown as boolean }, "normalize", "no"],
    ["no threads", { threads: 0 }, "threads", 0],
  ];
  it.each(rejected)("%s", async (_, options, field, value) => {
    const failure = hdbscan(plane(20), options);
    await expect(failure).rejects.toBeInstanceOf(InvalidClusteringInputError);
    await expect(failure).rejects.toMatchObject({ field, value, message: expect.stringContaining(field) });
  });

  it.each([Number.NaN, Infinity, -Infinity])("a row that holds %s", async (value) => {
    const points = plane(20, 3);
    points.data[7 * 3 + 1] = value;
    points.data[12 * 3] = value;
    const failure = hdbscan(points);
    await expect(failure).rejects.toBeInstanceOf(InvalidClusteringInputError);
    await expect(failure).rejects.toMatchObject({ field: "data", value, row: 7 });
  });

  it.each<HdbscanOptions>([{ metric: "COSINE" }, { normalize: true }])(
    "a row of zeros under %o",
    async (options) => {
      const points = plane(20, 3);
      points.data.fill(0, 4 * 3, 5 * 3);
      points.data[4 * 3 + 1] = -0;
      await expect(hdbscan(points, options)).rejects.toMatchObject({ field: "data", value: 0, row: 4 });
    },
  );

  it("but a row of zeros has a place in a Euclidean space", async () => {
    const points = plane(20, 3);
    points.data.fill(0, 4 * 3, 5 * 3);
    expect((await hdbscan(points)).labels.length).toBe(20);
  });

  it("data that is no whole number of rows", async () => {
    const failure = hdbscan({ data: new Float32Array(7), dimensions: 3 });
    await expect(failure).rejects.toMatchObject({ field: "data", value: 7 });
  });

  it.each([0, -1, 1.5, Number.NaN])("%s dimensions", async (dimensions) => {
    const failure = hdbscan({ data: new Float32Array(6), dimensions });
    await expect(failure).rejects.toMatchObject({ field: "dimensions", value: dimensions });
  });
});

describe("parameters", () => {
  it("have the defaults of the reference", () => {
    expect(resolveParameters()).toEqual({
      algorithm: "HDBSCAN",
      minClusterSize: 5,
      minSamples: 5,
      clusterSelectionMethod: "EXCESS_OF_MASS",
      clusterSelectionEpsilon: 0,
      maxClusterSize: null,
      alpha: 1,
      allowSingleCluster: false,
      metric: "EUCLIDEAN",
      normalize: false,
    });
  });

  it("come back as they took effect", async () => {
    const { parameters } = await hdbscan(plane(30), { minClusterSize: 7, metric: "COSINE" });
    expect(parameters).toEqual({
      ...resolveParameters(),
      minClusterSize: 7,
      minSamples: 7,
      metric: "COSINE",
      normalize: true,
    });
  });
});

describe("few rows", () => {
  it("none", async () => {
    const result = await hdbscan({ data: new Float32Array(0), dimensions: 3 });
    expect(result.labels.length).toBe(0);
    expect(result.medoids.length).toBe(0);
    expect(result.treeWeight).toBe(0);
  });

  it.each([1, 2, 4])("%i, fewer than a cluster: all outliers", async (rows) => {
    const result = await hdbscan(plane(rows), { allowSingleCluster: true });
    expect([...result.labels]).toEqual(Array(rows).fill(-1));
    expect([...result.probabilities]).toEqual(Array(rows).fill(0));
    expect(result.sizes.length).toBe(0);
    expect(result.outlierScores.every((score) => score >= 0 && score <= 1)).toBe(true);
  });
});

describe("manners", () => {
  it("reads a SharedArrayBuffer in place and leaves it as it was", async () => {
    const { data, dimensions } = plane(60);
    const shared = new Float32Array(new SharedArrayBuffer(data.byteLength + 8), 8, data.length);
    shared.set(data);
    const options = { minClusterSize: 5, normalize: true };
    expect(await hdbscan({ data: shared, dimensions }, options)).toEqual(
      await hdbscan({ data, dimensions }, options),
    );
    expect([...shared]).toEqual([...data]);
  });

  it("reports each stage in turn, never falling, up to 1", async () => {
    const seen: { stage: string; progress: number }[] = [];
    await hdbscan(plane(500), { onProgress: (progress) => seen.push(progress) });
    expect([...new Set(seen.map(({ stage }) => stage))]).toEqual([
      "PREPARING",
      "NEIGHBOURS",
      "SPANNING_TREE",
      "CLUSTERS",
      "MEDOIDS",
    ]);
    const values = seen.map(({ progress }) => progress);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(values.at(-1)).toBe(1);
  });

  it("rejects with the signal's reason, before and during", async () => {
    const reason = new Error("enough");
    await expect(hdbscan(plane(50), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

    const abort = new AbortController();
    const failure = hdbscan(plane(20_000, 8), {
      signal: abort.signal,
      onProgress: () => abort.abort(reason),
    });
    await expect(failure).rejects.toBe(reason);
  });

  it("rejects with what onProgress throws", async () => {
    const fault = new Error("fault of the listener");
    const failure = hdbscan(plane(50), {
      onProgress: () => {
        throw fault;
      },
    });
    await expect(failure).rejects.toBe(fault);
  });
});
