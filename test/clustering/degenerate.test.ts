import { describe, expect, it } from "vitest";
import { hdbscan, resolveParameters } from "../../src/clustering/index.js";
import { clusterHere } from "./clusterHere.js";
import { referenceHdbscan } from "./reference.js";
import { random } from "./shuffled.js";

/** Two clumps and a few stray points. */
function clumps(rows: number, dimensions: number, scale: number, seed = 3): Float32Array {
  const next = random(seed);
  return Float32Array.from({ length: rows * dimensions }, (_, at) => {
    const row = Math.floor(at / dimensions);
    return ((row % 2) * 10 + next() + (row % 17 === 0 ? 5 * next() : 0)) * scale;
  });
}

const LEAVES = { minClusterSize: 3, clusterSelectionMethod: "LEAF" } as const;

function expectReference(data: Float32Array, dimensions: number, options = {}): void {
  const parameters = resolveParameters(options);
  const expected = referenceHdbscan(data, dimensions, parameters);
  const result = clusterHere(data, dimensions, parameters);
  expect([...result.labels]).toEqual(expected.labels);
  expect([...result.medoids]).toEqual(expected.medoids);
  expect(result.treeWeight).toBe(expected.treeWeight);
  expect([...result.probabilities].every(Number.isFinite)).toBe(true);
}

describe("degenerate shapes give exact results", () => {
  it.each([1, 2, 3])("%i rows", (rows) =>
    expectReference(clumps(rows, 3, 1), 3, { minClusterSize: 2, minSamples: 1 }),
  );
  it("one dimension", () => expectReference(clumps(150, 1, 1), 1));
  it("all rows equal", () => {
    expectReference(new Float32Array(300).fill(7), 3);
    expectReference(new Float32Array(300).fill(7), 3, { allowSingleCluster: true });
  });
  it("all rows on a line", () => {
    expectReference(
      Float32Array.from({ length: 400 }, (_, at) => (at >> 2) * (1 + (at & 3))),
      4,
    );
  });
  it("4,096 dimensions", () => expectReference(clumps(70, 4096, 1), 4096));
  it("values of 1e-30", () => expectReference(clumps(150, 3, 1e-30), 3));
  it("values of 1e30", () => expectReference(clumps(150, 3, 1e30), 3));
  it("values of 1e-30 and 1e30", () => {
    const data = clumps(150, 3, 1e-30);
    data[0] = 1e30;
    data[3] = -1e30;
    expectReference(data, 3);
    expectReference(data, 3, { metric: "COSINE" });
  });
  it("the smallest and the largest numbers of float32", () => {
    const data = clumps(60, 2, 2 ** -149);
    expectReference(data, 2);
    data[0] = 3.4e38;
    data[2] = -3.4e38;
    expectReference(data, 2);
  });
  it("whole numbers of the smallest unit of float32, and distances beyond its largest number", () => {
    const least = 2 ** -149;
    const tiny = [2, 2, -3, 5, 2, -5, 5, 2, -2, -2].map((x) => x * least);
    expectReference(Float32Array.from(tiny), 2, { minClusterSize: 2, minSamples: 1 });
    const huge = [1.37e38, -2.9e38, -1.94e38, 2.6e38, -2.83e38, 1.75e38, -3.25e38, -3.17e38];
    expectReference(Float32Array.from(huge), 2, { minClusterSize: 2, minSamples: 1 });
  });
  it.each([1e-300, 1e-40, 1e-39, 1e39, 1e300])("alpha %d", (alpha) => {
    const rows = Float32Array.of(4, 8, 7, 0, 8, 9, 9, -8);
    expectReference(rows, 2, { minClusterSize: 2, minSamples: 1, alpha });
    expectReference(clumps(150, 2, 1), 2, { minSamples: 1, alpha });
  });
  it("an alpha for which sums of heights exceed the range of numbers", () => {
    const places = [0, 0, 1, 0, 0, 1, 5, 5, 6, 5, 5, 6];
    const rows = Float32Array.from({ length: 72 }, (_, at) => places[2 * Math.floor(at / 12) + (at % 2)]);
    expectReference(rows, 2, { alpha: 1e308 });
    const result = clusterHere(rows, 2, { alpha: 1e308, minClusterSize: 8, minSamples: 6 });
    expect([...result.sizes]).toEqual([18, 18]);
    const ordinary = clusterHere(rows, 2, { alpha: 2 ** 10, minClusterSize: 8, minSamples: 6 });
    expect([...ordinary.sizes]).toEqual([18, 18]);
    for (const label of [0, 1])
      expect(result.persistence[label]).toBeCloseTo(ordinary.persistence[label], 12);
  });
  it("components that scaling rounds to −0", () => {
    expectReference(Float32Array.of(-1e-42, 0, 0, 1e20, 1e-42, 0, 0, 1e20, -1e-42, 1e20, 0, 0), 4, {
      minClusterSize: 2,
      minSamples: 1,
      normalize: true,
    });
  });
  it("clusters under COSINE as tight as float32's rounding: of equal medoids the first by content is chosen", () => {
    const steps = [
      [0, -1, -1, 1],
      [0, -0.5, -0.5, 1.5],
      [1, -1, -1, 0],
      [-0.5, -1, 0.5, 1.5],
      [-0.5, 0.5, 0, 0],
      [-0.5, -1, -0.5, 1],
      [1, -0.5, -0.5, 0],
      [0, -1, -1, 1],
    ];
    const rows = Float32Array.from(steps.flat(), (step) => 1e5 + step / 64);
    expectReference(rows, 4, { ...LEAVES, metric: "COSINE", minSamples: 2 });
    expect([...clusterHere(rows, 4, { ...LEAVES, metric: "COSINE", minSamples: 2 }).medoids]).toEqual([5, 6]);
  });
  it("two clumps so tight and so far apart that the kernel sees two points", () => {
    const next = random(8);
    const data = Float32Array.from(
      { length: 700 * 3 },
      (_, at) => (Math.floor(at / 3) % 2) * 4096 + next() * 2 ** -9,
    );
    expectReference(data, 3, { minClusterSize: 8 });
    expectReference(data, 3, { minClusterSize: 8, clusterSelectionMethod: "LEAF", minSamples: 2 });
  });
  it("one row so far away that the distances between the others are negligible", () => {
    const data = clumps(150, 3, 1);
    data[0] = 1e12;
    expectReference(data, 3);
  });
  it("more samples than are held in registers: 150 of 200", () => {
    expectReference(clumps(200, 3, 1), 3, { minClusterSize: 20, minSamples: 150 });
  });
  it("a cluster of copies among few others", () => {
    const data = clumps(200, 2, 1);
    data.fill(3, 0, 160);
    expectReference(data, 2);
  });

  it("with threads as well", async () => {
    const data = clumps(300, 2, 1e30);
    const expected = referenceHdbscan(data, 2, resolveParameters());
    const result = await hdbscan({ data, dimensions: 2 });
    expect([...result.labels]).toEqual(expected.labels);
    expect(result.treeWeight).toBe(expected.treeWeight);
  });
});
