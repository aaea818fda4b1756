import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HdbscanParameters, HdbscanResult } from "../../src/clustering/index.js";
import { clusterHere } from "./clusterHere.js";
import { shuffled } from "./shuffled.js";
import { withoutEnds } from "./withoutEnds.js";

/** Whole numbers: every sum and square below is exact, so that ties stay ties. */
const cases = fc.integer({ min: 1, max: 4 }).chain((dimensions) =>
  fc.record({
    dimensions: fc.constant(dimensions),
    rows: fc.array(
      fc.array(fc.integer({ min: -9, max: 9 }), { minLength: dimensions, maxLength: dimensions }),
      {
        minLength: 2,
        maxLength: 90,
      },
    ),
    minClusterSize: fc.integer({ min: 2, max: 8 }),
    minSamples: fc.integer({ min: 1, max: 8 }),
    clusterSelectionMethod: fc.constantFrom("EXCESS_OF_MASS" as const, "LEAF" as const),
    allowSingleCluster: fc.boolean(),
  }),
);
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

const parametersOf = ({ rows, minSamples, ...rest }: Case): Partial<HdbscanParameters> => ({
  minClusterSize: rest.minClusterSize,
  minSamples: Math.min(minSamples, rows.length),
  clusterSelectionMethod: rest.clusterSelectionMethod,
  allowSingleCluster: rest.allowSingleCluster,
});
const cluster = (rows: number[][], parameters: Partial<HdbscanParameters>): HdbscanResult =>
  clusterHere(Float32Array.from(rows.flat()), rows[0].length, parameters);

/** Labels that do not depend on how clusters are numbered: each row's cluster by the cluster's first row. */
const partition = (labels: Int32Array): number[] =>
  Array.from(labels, (label) => (label < 0 ? -1 : labels.indexOf(label)));

const holds = (property: (given: Case) => void, runs = 100) =>
  fc.assert(fc.property(cases, property), { numRuns: runs, seed: 1 });

describe("properties", () => {
  it("the order of the rows does not matter", () => {
    holds((given) => {
      const parameters = parametersOf(given);
      const original = cluster(given.rows, parameters);
      const order = [...shuffled(given.rows.length, given.rows.length)];
      const result = cluster(
        order.map((row) => given.rows[row]),
        parameters,
      );
      expect([...result.labels]).toEqual(order.map((row) => original.labels[row]));
      expect([...result.probabilities]).toEqual(order.map((row) => original.probabilities[row]));
      expect([...result.outlierScores]).toEqual(order.map((row) => original.outlierScores[row]));
      expect(result.persistence).toEqual(original.persistence);
    });
  });

  it("every row twice, with both sizes doubled, gives the same partition", () => {
    holds((given) => {
      const parameters = parametersOf(given);
      const original = cluster(given.rows, parameters);
      const result = cluster([...given.rows, ...given.rows], {
        ...parameters,
        minClusterSize: 2 * (parameters.minClusterSize as number),
        minSamples: 2 * (parameters.minSamples as number),
      });
      expect([...result.labels]).toEqual([...original.labels, ...original.labels]);
      expect([...result.sizes]).toEqual(Array.from(original.sizes, (size) => 2 * size));
      expect([...result.medoids]).toEqual([...original.medoids]);
    });
  });

  it("scaling by a power of two scales the tree and changes nothing else", () => {
    holds((given) => {
      const parameters = parametersOf(given);
      const original = cluster(given.rows, parameters);
      for (const factor of [2 ** -149, 2 ** -30, 2 ** 20, 2 ** 124]) {
        const result = cluster(
          given.rows.map((row) => row.map((x) => x * factor)),
          parameters,
        );
        const { spanningTree } = original;
        expect(result).toEqual({
          ...original,
          treeWeight: original.treeWeight * factor,
          spanningTree: {
            ...spanningTree,
            heights: spanningTree.heights.map((height) => height * factor),
            coreDistances: spanningTree.coreDistances.map((distance) => distance * factor),
          },
        });
      }
    });
  });

  it("moving all rows by whole numbers changes nothing", () => {
    holds((given) => {
      const parameters = parametersOf(given);
      const moved = given.rows.map((row) => row.map((x, c) => x + 1000 * (c + 1)));
      expect(withoutEnds(cluster(moved, parameters))).toEqual(withoutEnds(cluster(given.rows, parameters)));
    });
  });

  it("the order of the axes does not matter", () => {
    holds((given) => {
      const parameters = parametersOf(given);
      const original = cluster(given.rows, parameters);
      const result = cluster(
        given.rows.map((row) => row.toReversed()),
        parameters,
      );
      expect(partition(result.labels)).toEqual(partition(original.labels));
      expect([...result.sizes]).toEqual([...original.sizes]);
      expect(result.treeWeight).toBe(original.treeWeight);
    });
  });

  it("a far point is an outlier and changes no cluster", () => {
    holds((given) => {
      const parameters = { ...parametersOf(given), allowSingleCluster: false };
      fc.pre(given.rows.length >= 2);
      const original = cluster(given.rows, parameters);
      const result = cluster([...given.rows, given.rows[0].map(() => 2 ** 20)], parameters);
      // Alone, the cluster of all rows is the root, which is not selected; but with a far point, too, it splits off
      // only as the root, because one point is too small for a cluster.
      expect([...result.labels]).toEqual([...original.labels, -1]);
      expect([...result.probabilities]).toEqual([...original.probabilities, 0]);
    });
  });

  it("members, sizes, medoids and ranges agree with each other", () => {
    holds((given) => {
      const result = cluster(given.rows, parametersOf(given));
      result.sizes.forEach((size, label) => {
        expect(result.labels.filter((other) => other === label).length).toBe(size);
        expect(result.labels[result.medoids[label]]).toBe(label);
        expect(size).toBeGreaterThanOrEqual(given.minClusterSize);
      });
      expect([...result.sizes]).toEqual([...result.sizes].toSorted((a, b) => b - a));
      for (const values of [result.probabilities, result.outlierScores]) {
        expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
      }
      // As the only cluster, the root loses rows that its stability counts.
      const most = given.allowSingleCluster ? Infinity : 1 + 1e-12;
      expect(result.persistence.every((value) => value >= 0 && value <= most)).toBe(true);
      result.labels.forEach((label, row) => {
        expect(result.probabilities[row] > 0).toBe(label >= 0);
      });
    });
  });
});
