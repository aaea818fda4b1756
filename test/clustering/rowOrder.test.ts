import { describe, expect, it } from "vitest";
import { type HdbscanOptions, type HdbscanResult, hdbscan, type Points } from "../../src/clustering/index.js";
import { goldenPoints, inlineGoldenCases, sharedGoldenCase, sharedIsHere } from "./goldenCases.js";
import { random, shuffled } from "./shuffled.js";

const SEEDS = 12;

/** Row k of the result is row order[k] of the points. */
function permuted({ data, dimensions }: Points, order: Int32Array): Points {
  const out = new Float32Array(data.length);
  order.forEach((row, k) => {
    out.set(data.subarray(row * dimensions, (row + 1) * dimensions), k * dimensions);
  });
  return { data: out, dimensions };
}

/** The same result bit for bit and row by row, in which a medoid's vector belongs to its first row in the new order. */
function expectPermuted(result: HdbscanResult, original: HdbscanResult, order: Int32Array): void {
  for (const field of ["labels", "probabilities", "outlierScores", "distinctPoints"] as const) {
    const expected = Array.from(order, (row) => original[field][row]);
    expect([...result[field]], field).toEqual(expected);
  }
  expect([...result.sizes]).toEqual([...original.sizes]);
  expect([...result.persistence]).toEqual([...original.persistence]);
  expect(result.treeWeight).toBe(original.treeWeight);
  result.medoids.forEach((medoid, label) => {
    const vector = original.distinctPoints[original.medoids[label]];
    expect(medoid).toBe(order.findIndex((row) => original.distinctPoints[row] === vector));
  });
}

describe("rows that are equal only once they are scaled or reduced", () => {
  /** Rows of few directions, each in several lengths and with copies. */
  function parallelRows(dimensions: number, seed: number): Points {
    const next = random(seed);
    const rows = Array.from({ length: 60 }, () => {
      const direction = Math.floor(next() * 4);
      const length = 2 ** (Math.floor(next() * 5) - 2);
      return Array.from({ length: dimensions }, (_, c) => {
        const component = c === 0 && dimensions > 1 ? 8 : ((direction * (c + 3)) % 5) - 2 || 1;
        return length * component;
      });
    });
    return { data: Float32Array.from(rows.flat()), dimensions };
  }

  it.each([
    ["1 dimension", 1, {}],
    ["2 dimensions", 2, {}],
    ["COSINE", 3, { metric: "COSINE" }],
    ["APPROXIMATE_HDBSCAN", 3, { algorithm: "APPROXIMATE_HDBSCAN" }],
    ["PCA", 4, { reduction: { method: "PCA", dimensions: 1 } }],
  ] as [string, number, HdbscanOptions][])(
    "have the same medoid, by content, in any order: %s",
    async (_, dimensions, given) => {
      const options = { normalize: true, minClusterSize: 5, minSamples: 1, ...given };
      let clusters = 0;
      for (let seed = 1; seed <= SEEDS; seed++) {
        const points = parallelRows(dimensions, seed);
        const contentOf = ({ data }: Points, row: number) => [
          ...data.subarray(row * dimensions, (row + 1) * dimensions),
        ];
        const medoidsOf = (result: HdbscanResult, of: Points) =>
          Array.from(result.medoids, (row) => contentOf(of, row));
        const original = await hdbscan(points, options);
        clusters += original.medoids.length;
        const reordered = permuted(points, shuffled(original.labels.length, seed));
        expect(medoidsOf(await hdbscan(reordered, options), reordered)).toEqual(medoidsOf(original, points));
      }
      expect(clusters).toBeGreaterThan(SEEDS);
    },
  );
});

describe("a permutation of the rows permutes the result and changes nothing else", () => {
  it.each(inlineGoldenCases.map((golden) => [golden.name, golden] as const))("%s", async (_, golden) => {
    const points = goldenPoints(golden);
    const original = await hdbscan(points, golden.parameters);
    for (let seed = 1; seed <= SEEDS; seed++) {
      const order = shuffled(original.labels.length, seed);
      expectPermuted(await hdbscan(permuted(points, order), golden.parameters), original, order);
    }
  });

  it.skipIf(!sharedIsHere).each(["wordnet-2000-raw", "walks-3000-defaults"])("%s", async (name) => {
    const golden = sharedGoldenCase(name);
    const points = goldenPoints(golden);
    const original = await hdbscan(points, golden.parameters);
    for (let seed = 1; seed <= 2; seed++) {
      const order = shuffled(original.labels.length, seed);
      expectPermuted(await hdbscan(permuted(points, order), golden.parameters), original, order);
    }
  });
});
