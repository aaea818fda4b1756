import fc from "fast-check";
import { expect } from "vitest";
import {
  type HdbscanParameters,
  type HdbscanResult,
  hdbscan,
  InvalidClusteringInputError,
  resolveParameters,
} from "../../src/clustering/index.js";
import { kernelModule } from "../../src/clustering/kernel/kernel.js";
import { clusterHere } from "./clusterHere.js";
import { type ReferenceResult, referenceHdbscan, worstDifference } from "./reference.js";

const LARGEST = 2 ** 127 * (2 - 2 ** -23);
const CENTRES = [-3, 0, 0.5, 4];

/** The value that a number from 0 to 65,535 represents: each kind makes clustering difficult in a different way. */
const kinds = {
  grid: (cell) => (cell % 6) - 2,
  "corners of a cube": (cell) => cell % 2,
  plane: (cell) => cell / 65_536 - 0.5,
  clumps: (cell) => CENTRES[cell % 4] + (cell >> 2) / 50_000,
  "clumps as tight as rounding": (cell) => (cell % 2) * 1e5 + 2 ** -7 * ((cell >> 1) % 5) + 1e5,
  "one far away": (cell) => (cell === 65_535 ? 2 ** 90 : (cell % 2) * 8 + (cell >> 1) / 65_536),
  "every magnitude": (cell) => (cell % 2 === 0 ? 1 : -1) * 10 ** ((cell >> 1) / 390 - 45),
} satisfies Record<string, (cell: number) => number>;
type Kind = keyof typeof kinds;

const sometimes = <T>(usual: T, weight: number, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

const cases = fc
  .record({
    dimensions: fc.oneof(
      { weight: 12, arbitrary: fc.integer({ min: 1, max: 5 }) },
      { weight: 1, arbitrary: fc.integer({ min: 6, max: 40 }) },
    ),
    rows: sometimes(40, 30, fc.constant(200)),
  })
  .chain(({ dimensions, rows }) =>
    fc.record({
      dimensions: fc.constant(dimensions),
      kind: fc.constantFrom(...(Object.keys(kinds) as Kind[])),
      cells: fc.array(
        fc.array(fc.integer({ min: 0, max: 65_535 }), { minLength: dimensions, maxLength: dimensions }),
        { minLength: 1, maxLength: rows, size: "max" },
      ),
      /** Rows that occur once more, by their numbers modulo the number of rows. */
      copies: sometimes<number[]>([], 2, fc.array(fc.nat(999), { maxLength: 30 })),
      /** The power of ten that all values are multiplied by. */
      exponent: sometimes(0, 1, fc.integer({ min: -46, max: 38 })),
      alpha: fc.oneof(
        { weight: 3, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.double({ min: 0.5, max: 1.5, noNaN: true }) },
        { weight: 2, arbitrary: fc.integer({ min: -308, max: 308 }).map((power) => 10 ** power) },
      ),
      minClusterSize: fc.integer({ min: 2, max: 10 }),
      minSamples: sometimes<number | null>(null, 1, fc.integer({ min: 1, max: 12 })),
      clusterSelectionMethod: fc.constantFrom("EXCESS_OF_MASS" as const, "LEAF" as const),
      /** Which of the tree's heights is used, as a share of their number, and the factor that it is multiplied by. */
      epsilon: sometimes<null | { share: number; times: number }>(
        null,
        2,
        fc.record({
          share: fc.double({ min: 0, max: 0.999, noNaN: true }),
          times: fc.constantFrom(1, 1, 0.3, 3),
        }),
      ),
      beyondSmallest: sometimes<number | null>(null, 3, fc.nat(20)),
      allowSingleCluster: sometimes(false, 2, fc.constant(true)),
      metric: sometimes<HdbscanParameters["metric"]>("EUCLIDEAN", 2, fc.constant("COSINE")),
      normalize: sometimes(false, 4, fc.constant(true)),
      on: fc.oneof(
        { weight: 16, arbitrary: fc.constant("this thread" as const) },
        { weight: 3, arbitrary: fc.constant("the portable kernel" as const) },
        { weight: 1, arbitrary: fc.constant("two threads" as const) },
      ),
    }),
  );
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

function inputOf(given: Case): { data: Float32Array; dimensions: number; parameters: HdbscanParameters } {
  const { dimensions, cells, copies, kind, exponent, metric, normalize } = given;
  const all = [...cells, ...copies.map((copy) => cells[copy % cells.length])];
  const value = (cell: number): number =>
    Math.max(-LARGEST, Math.min(LARGEST, kinds[kind](cell) * 10 ** exponent));
  const data = Float32Array.from(all.flat(), value);
  if (normalize || metric === "COSINE") {
    for (let at = 0; at < data.length; at += dimensions) {
      if (data.subarray(at, at + dimensions).every((x) => x === 0)) data[at] = 1;
    }
  }
  const { minClusterSize, minSamples, beyondSmallest, clusterSelectionMethod } = given;
  const bounded = beyondSmallest !== null && clusterSelectionMethod === "EXCESS_OF_MASS";
  const parameters = resolveParameters({
    minClusterSize,
    minSamples: Math.min(minSamples ?? minClusterSize, all.length),
    clusterSelectionMethod,
    maxClusterSize: bounded ? minClusterSize + beyondSmallest : null,
    alpha: given.alpha,
    allowSingleCluster: given.allowSingleCluster,
    metric,
    normalize,
  });
  if (given.epsilon !== null) {
    const { heights } = referenceHdbscan(data, dimensions, parameters);
    const epsilon = (heights[Math.floor(given.epsilon.share * heights.length)] ?? 0) * given.epsilon.times;
    if (Number.isFinite(epsilon)) parameters.clusterSelectionEpsilon = epsilon;
  }
  return { data, dimensions, parameters };
}

function expectReference(result: HdbscanResult, expected: ReferenceResult): void {
  expect([...result.labels]).toEqual(expected.labels);
  expect([...result.sizes]).toEqual(expected.sizes);
  expect([...result.medoids]).toEqual(expected.medoids);
  expect(result.treeWeight).toBe(expected.treeWeight);
  for (const field of ["probabilities", "outlierScores", "persistence"] as const) {
    expect(worstDifference(result[field], expected[field]), field).toBeLessThan(1e-11);
  }
}

/** Whether alpha has moved the heights out of the range from which float64 results can be computed. */
const beyondNumbers = ({ heights, treeWeight }: ReferenceResult): boolean =>
  !Number.isFinite(treeWeight) || (heights.length > 0 && !Number.isFinite(1 / heights[0]));

/**
 * Compares the engine with the plain reference on random inputs of every magnitude, with ties and copies.
 * @throws with the smallest input that still fails, as rows and options in JSON
 */
export async function expectReferenceOnRandomInputs(numRuns: number, seed: number): Promise<void> {
  const property = fc.asyncProperty(cases, async (given) => {
    const { data, dimensions, parameters } = inputOf(given);
    const expected = referenceHdbscan(data, dimensions, parameters);
    try {
      if (beyondNumbers(expected)) {
        const outcome = () => clusterHere(data, dimensions, parameters);
        expect(outcome).toThrow(InvalidClusteringInputError);
        expect(outcome).toThrow(/^alpha /);
      } else if (given.on === "two threads") {
        expectReference(await hdbscan({ data, dimensions }, { ...parameters, threads: 2 }), expected);
      } else {
        const module = given.on === "this thread" ? kernelModule() : null;
        expectReference(clusterHere(data, dimensions, parameters, module), expected);
      }
    } catch (error) {
      const rows = Array.from({ length: data.length / dimensions }, (_, row) =>
        Array.from(data.subarray(row * dimensions, (row + 1) * dimensions)),
      );
      const smallest = JSON.stringify({ dimensions, rows, options: parameters, on: given.on });
      throw new Error(`${smallest}\n${(error as Error).message}`, { cause: error });
    }
  });
  await fc.assert(property, { numRuns, seed, includeErrorInReport: true });
}
