import { describe, expect, it } from "vitest";
import { type HdbscanResult, hdbscan, type Points } from "../../src/clustering/index.js";
import { goldenPoints, inlineGoldenCases, sharedGoldenCase, sharedIsHere } from "./goldenCases.js";
import { shuffled } from "./shuffled.js";

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
