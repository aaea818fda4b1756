import { describe, expect, it } from "vitest";
import { distanceCurve } from "../../../src/clustering/layout/distanceCurve.js";

describe("the curve of distances", () => {
  // umap-learn 0.5.12: find_ab_params(spread, min_dist).
  it.each([
    [0.1, 1, 1.57694346, 0.89506088],
    [0, 1, 1.9328084, 0.79049497],
    [0.5, 1, 0.58303002, 1.33416699],
    [1, 1, 0.11497568, 1.92923714],
    [0.25, 2, 0.4162735, 0.92185513],
    [0.3, 1.5, 0.55954935, 1.00300539],
    [0.1, 0.1, 830.005215, 1.92923758],
  ])("minDistance %d and spread %d give umap-learn's a and b", (minDistance, spread, a, b) => {
    const curve = distanceCurve(minDistance, spread);
    expect(curve.a / a).toBeCloseTo(1, 4);
    expect(curve.b / b).toBeCloseTo(1, 5);
  });

  it("scales with the spread", () => {
    const one = distanceCurve(0.2, 1);
    for (const spread of [0.01, 0.5, 4, 100]) {
      const curve = distanceCurve(0.2 * spread, spread);
      expect(curve.b).toBeCloseTo(one.b, 9);
      expect(curve.a * spread ** (2 * curve.b)).toBeCloseTo(one.a, 9);
    }
  });
});
