import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import type { FuzzyGraph } from "../../../src/clustering/layout/fuzzyGraph.js";
import { laplacianEigenvectors } from "../../../src/clustering/layout/laplacianEigenvectors.js";
import { Team } from "../../../src/clustering/team.js";
import { random } from "../shuffled.js";
import { graphOf } from "./graphOf.js";

/** D^(−½)·W·D^(−½), whose largest eigenvalues belong to the Laplacian's least ones. */
function adjacencyOf({ first, others, strengths }: FuzzyGraph): Matrix {
  const count = first.length - 1;
  const degrees = Array.from({ length: count }, (_, row) =>
    strengths.slice(first[row], first[row + 1]).reduce((a, b) => a + b, 0),
  );
  const matrix = new Matrix(count, count);
  for (let row = 0; row < count; row++) {
    for (let edge = first[row]; edge < first[row + 1]; edge++) {
      matrix.set(row, others[edge], strengths[edge] / Math.sqrt(degrees[row] * degrees[others[edge]]));
    }
  }
  return matrix;
}
const columnsOf = (values: Float64Array, width: number) =>
  Array.from({ length: width }, (_, k) => [...values].filter((_, at) => at % width === k));
const dot = (a: number[], b: number[]) => a.reduce((sum, x, k) => sum + x * b[k], 0);

const productOf = (matrix: Matrix, vector: number[]) => matrix.mmul(Matrix.columnVector(vector)).to1DArray();
/** The length of A·v − λ·v. */
const leftOf = (matrix: Matrix, vector: number[], value: number) => {
  const left = productOf(matrix, vector).map((x, at) => x - value * vector[at]);
  return Math.sqrt(dot(left, left));
};

/** A ring of rows with some random chords. */
function ring(count: number, chords: number, seed: number): FuzzyGraph {
  const next = random(seed);
  const pick = () => Math.floor(next() * count);
  const edges = Array.from({ length: count }, (_, row): [number, number] => [row, (row + 1) % count]);
  for (let k = 0; k < chords; k++) edges.push([pick(), pick()]);
  return graphOf(count, edges, () => 0.1 + 0.9 * next());
}

const guesses = (count: number, width: number, seed = 9) => {
  const next = random(seed);
  return Float64Array.from({ length: count * width }, () => next());
};

describe("the smoothest functions on a graph", () => {
  it.each<[string, FuzzyGraph, number]>([
    ["random chords", ring(120, 240, 1), 2],
    ["five of them", ring(90, 90, 2), 5],
    ["few rows", ring(8, 4, 3), 3],
    ["all but the constant one", ring(5, 2, 4), 4],
  ])("are the eigenvectors of the largest eigenvalues below 1: %s", (_, graph, wanted) => {
    const count = graph.first.length - 1;
    const vectors = columnsOf(laplacianEigenvectors(graph, guesses(count, 2), wanted, new Team()), wanted);
    const matrix = adjacencyOf(graph);
    const { realEigenvalues } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
    const [largest, ...others] = realEigenvalues.toSorted((a, b) => b - a);
    expect(largest).toBeCloseTo(1, 9);
    vectors.forEach((vector, k) => {
      // The eigenvalue is off by the square of what the vector is.
      expect(dot(vector, productOf(matrix, vector))).toBeCloseTo(others[k], 4);
      expect(leftOf(matrix, vector, others[k])).toBeLessThan(2e-3);
      vectors.forEach((other, j) => {
        expect(dot(vector, other)).toBeCloseTo(j === k ? 1 : 0, 9);
      });
      const greatest = vector.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
      expect(greatest).toBeGreaterThan(0);
    });
  });

  it("are found from guesses that are constant, zero, or the same twice", () => {
    const graph = ring(60, 100, 5);
    const matrix = adjacencyOf(graph);
    const random60 = guesses(60, 1);
    const twice = Float64Array.from({ length: 120 }, (_, at) => random60[at >> 1]);
    for (const given of [new Float64Array(120), new Float64Array(120).fill(3), twice]) {
      const vectors = columnsOf(laplacianEigenvectors(graph, given, 2, new Team()), 2);
      const { realEigenvalues } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
      const [, ...others] = realEigenvalues.toSorted((a, b) => b - a);
      vectors.forEach((vector, k) => {
        expect(leftOf(matrix, vector, others[k])).toBeLessThan(2e-3);
      });
    }
  });

  it("are finite where parts hardly hang together, and where strengths differ by many orders", () => {
    const halves = ring(40, 80, 6);
    const weak = graphOf(
      80,
      [...Array.from({ length: 79 }, (_, row): [number, number] => [row, row + 1]), [0, 79]],
      (k) => (k % 20 === 0 ? 1e-12 : 1),
    );
    for (const graph of [halves, weak]) {
      const count = graph.first.length - 1;
      const vectors = laplacianEigenvectors(graph, guesses(count, 2), 2, new Team());
      expect(vectors.every(Number.isFinite)).toBe(true);
    }
  });
});
