import { describe, expect, it } from "vitest";
import { type HdbscanParameters, resolveParameters } from "../../src/clustering/index.js";
import { clusterHere } from "./clusterHere.js";
import { goldenPoints, inlineGoldenCases, sharedGoldenCase, sharedIsHere } from "./goldenCases.js";
import { referenceHdbscan } from "./reference.js";
import { random } from "./shuffled.js";

interface Kind {
  name: string;
  cases: number;
  rows: number;
  dimensions: number;
  component: (next: () => number) => number;
}

const CENTRES = [-3, 0, 0.5, 4];
/** On small grids most distances tie and many rows are copies; in other inputs hardly any. */
const kinds: Kind[] = [
  {
    name: "a grid in the plane",
    cases: 900,
    rows: 40,
    dimensions: 2,
    component: (next) => Math.floor(next() * 6),
  },
  {
    name: "a coarse line",
    cases: 500,
    rows: 30,
    dimensions: 1,
    component: (next) => Math.floor(next() * 12) / 4,
  },
  {
    name: "corners of a cube",
    cases: 400,
    rows: 24,
    dimensions: 4,
    component: (next) => Math.floor(next() * 2),
  },
  { name: "a plane", cases: 500, rows: 40, dimensions: 2, component: (next) => next() - 0.5 },
  {
    name: "clumps",
    cases: 500,
    rows: 60,
    dimensions: 3,
    component: (next) => CENTRES[Math.floor(next() * CENTRES.length)] + next() * 0.3,
  },
  {
    name: "clumps far apart, tighter than the kernel can see",
    cases: 200,
    rows: 50,
    dimensions: 3,
    component: (next) => Math.floor(next() * 2) * 1000 + next() * 1e-3,
  },
  {
    name: "several tiles",
    cases: 60,
    rows: 200,
    dimensions: 5,
    component: (next) => Math.floor(next() * 40) / 8,
  },
  {
    name: "more components than a vector register",
    cases: 40,
    rows: 150,
    dimensions: 21,
    component: (next) => next(),
  },
];

function parametersFrom(next: () => number, rows: number): HdbscanParameters {
  const minClusterSize = 2 + Math.floor(next() * 6);
  const clusterSelectionMethod = next() < 0.5 ? "EXCESS_OF_MASS" : "LEAF";
  const bounded = clusterSelectionMethod === "EXCESS_OF_MASS" && next() < 0.4;
  return resolveParameters({
    minClusterSize,
    minSamples: next() < 0.5 ? Math.min(minClusterSize, rows) : 1 + Math.floor(next() * Math.min(rows, 12)),
    clusterSelectionMethod,
    clusterSelectionEpsilon: next() < 0.7 ? 0 : next() * 2,
    maxClusterSize: bounded ? minClusterSize + Math.floor(next() * 20) : null,
    alpha: next() < 0.8 ? 1 : 0.5 + next(),
    allowSingleCluster: next() < 0.3,
    metric: next() < 0.8 ? "EUCLIDEAN" : "COSINE",
    normalize: next() < 0.2,
  });
}

const worstDifference = (a: ArrayLike<number>, b: number[]): number =>
  b.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(a[i] - value)),
    a.length === b.length ? 0 : Infinity,
  );

const golden = [
  ...inlineGoldenCases,
  // The cases beside the checkout, if they are there, may be newer.
  ...(sharedIsHere ? inlineGoldenCases.map(({ name }) => sharedGoldenCase(name)) : []),
];

describe("the plain reference itself", () => {
  it.each(golden.map((each) => [each.name, each] as const))("has the golden result of %s", (_, each) => {
    const { data, dimensions } = goldenPoints(each);
    const result = referenceHdbscan(data, dimensions, resolveParameters(each.parameters));
    const { expected } = each;
    expect(result.labels).toEqual(expected.labels);
    expect(result.sizes).toEqual(expected.sizes);
    expect(result.medoids).toEqual(expected.medoids);
    for (const field of ["probabilities", "outlierScores", "persistence"] as const) {
      expect(worstDifference(result[field], expected[field]), field).toBeLessThan(1e-11);
    }
    const { treeWeight } = expected;
    expect(Math.abs(result.treeWeight - treeWeight)).toBeLessThanOrEqual(1e-12 * treeWeight);
  });
});

describe("small cases against a plain reference", () => {
  it.each(kinds.map((kind) => [kind.name, kind] as const))(
    "%s",
    (_, { cases, rows, dimensions, component }) => {
      for (let seed = 1; seed <= cases; seed++) {
        const next = random(seed * 7919 + rows);
        const n = 1 + Math.floor(next() * rows);
        const data = Float32Array.from({ length: n * dimensions }, () => component(next));
        const parameters = parametersFrom(next, n);
        // A row of zeros has no direction, so it is not used with COSINE.
        if (parameters.normalize) for (let i = 0; i < n; i++) data[i * dimensions] += 1;
        const expected = referenceHdbscan(data, dimensions, parameters);
        const result = clusterHere(data, dimensions, parameters);
        const about = `seed ${seed}: ${n} rows, ${JSON.stringify(parameters)}`;
        expect([...result.labels], about).toEqual(expected.labels);
        expect([...result.sizes], about).toEqual(expected.sizes);
        expect([...result.medoids], about).toEqual(expected.medoids);
        expect(worstDifference(result.probabilities, expected.probabilities), about).toBeLessThan(1e-12);
        expect(worstDifference(result.outlierScores, expected.outlierScores), about).toBeLessThan(1e-12);
        expect(worstDifference(result.persistence, expected.persistence), about).toBeLessThan(1e-12);
        expect(result.treeWeight, about).toBe(expected.treeWeight);
      }
    },
  );
});
