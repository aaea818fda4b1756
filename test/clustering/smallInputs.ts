import { expect } from "vitest";
import { type HdbscanParameters, resolveParameters } from "../../src/clustering/index.js";
import { clusterHere } from "./clusterHere.js";
import { referenceHdbscan, worstDifference } from "./reference.js";
import { random } from "./shuffled.js";

export interface SmallInputs {
  name: string;
  /** How many are enough to meet every decision of the algorithm. */
  cases: number;
  rows: number;
  dimensions: number;
  component: (next: () => number) => number;
}

const CENTRES = [-3, 0, 0.5, 4];
/** On small grids most distances tie and many rows are copies; in other inputs hardly any. */
export const smallInputs: SmallInputs[] = [
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

/** Compares the engine with the plain reference on inputs of one kind, the same each time: those from `first` on. */
export function expectReferenceOnSmallInputs(
  { rows, dimensions, component }: SmallInputs,
  first: number,
  cases: number,
): void {
  for (let seed = first; seed < first + cases; seed++) {
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
}
