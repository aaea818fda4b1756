import { describe, expect, it } from "vitest";
import { type HdbscanOptions, type HdbscanResult, hdbscan, type Points } from "../../src/clustering/index.js";
import { inlineGoldenCases, sharedGoldenCase, sharedIsHere } from "./goldenCases.js";
import { expectSameInAnyOrder, permuted } from "./permutedRows.js";
import { random, shuffled } from "./shuffled.js";

const SEEDS = 6;

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

// golden.slow.ts has more orders.
describe("a permutation of the rows permutes the result and changes nothing else", () => {
  it.each(inlineGoldenCases.map((golden) => [golden.name, golden] as const))("%s", async (_, golden) => {
    await expectSameInAnyOrder(golden, 3);
  });

  it.skipIf(!sharedIsHere)("wordnet-2000-raw", async () => {
    await expectSameInAnyOrder(sharedGoldenCase("wordnet-2000-raw"), 1);
  });
});
