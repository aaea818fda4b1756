import { expect } from "vitest";
import { type HdbscanResult, hdbscan, type Points } from "../../src/clustering/index.js";
import { type GoldenCase, goldenPoints } from "./goldenCases.js";
import { shuffled } from "./shuffled.js";

/** Row k of the result is row order[k] of the points. */
export function permuted({ data, dimensions }: Points, order: Int32Array): Points {
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

/** Clusters the rows as they are and in some other orders. */
export async function expectSameInAnyOrder(golden: GoldenCase, orders: number): Promise<void> {
  const points = goldenPoints(golden);
  const original = await hdbscan(points, golden.parameters);
  for (let seed = 1; seed <= orders; seed++) {
    const order = shuffled(original.labels.length, seed);
    expectPermuted(await hdbscan(permuted(points, order), golden.parameters), original, order);
  }
}
