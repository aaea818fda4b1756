import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuzzyGraph, smoothStrengths } from "../../../src/clustering/layout/fuzzyGraph.js";

const strengthsOf = (distances: number[]) => {
  const strengths = new Float64Array(distances.length);
  const scale = smoothStrengths(Float64Array.from(distances), strengths);
  return { scale, strengths: [...strengths] };
};
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const ascending = fc
  .array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 30 })
  .map((values) => values.toSorted((a, b) => a - b));

describe("smooth distances", () => {
  it("strengths are e^(−(d − ρ)/σ) and sum up to log₂ of the neighbourhood's size, unless too many are nearest", () => {
    fc.assert(
      fc.property(ascending, (distances) => {
        const { scale, strengths } = strengthsOf(distances);
        strengths.forEach((strength, n) => {
          expect(strength).toBeCloseTo(Math.exp((distances[0] - distances[n]) / scale), 12);
        });
        expect(strengths[0]).toBe(1);
        const wanted = Math.log2(distances.length + 1);
        const least = (1e-3 * sum(distances)) / (distances.length + 1);
        if (scale > least) expect(Math.abs(sum(strengths) - wanted)).toBeLessThan(1e-4);
        else expect(sum(strengths)).toBeGreaterThan(wanted - 1e-4);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it("strengths do not depend on the unit of distances, at every magnitude", () => {
    const distances = [3, 4, 4, 7, 9, 20];
    const { strengths } = strengthsOf(distances);
    for (const factor of [2 ** -140, 2 ** -20, 2 ** 30, 2 ** 126]) {
      expect(strengthsOf(distances.map((d) => d * factor)).strengths).toEqual(strengths);
    }
  });

  it("equally near neighbours are all of strength 1", () => {
    expect(strengthsOf([2, 2, 2, 2]).strengths).toEqual([1, 1, 1, 1]);
  });
});

describe("the graph", () => {
  it("joins a and b to a + b − a·b, and has every edge at both ends once", () => {
    // Rows 0, 1 and 2 at 0, 1 and 3 on a line, each with its two neighbours.
    const others = Int32Array.of(1, 2, 0, 2, 1, 0);
    const distances = Float64Array.of(1, 3, 1, 2, 2, 3);
    const [far, middle, near] = [
      [1, 3],
      [1, 2],
      [2, 3],
    ].map((each) => strengthsOf(each).strengths[1]);
    const graph = fuzzyGraph({ size: 2, others, distances });
    expect([...graph.first]).toEqual([0, 2, 4, 6]);
    expect([...graph.others]).toEqual([1, 2, 0, 2, 1, 0]);
    const union = (a: number, b: number) => a + b - a * b;
    const wanted = [1, union(far, near), 1, union(middle, 1), 1, union(near, far)];
    graph.strengths.forEach((strength, edge) => {
      expect(strength).toBeCloseTo(wanted[edge], 12);
    });
  });

  it("a link of one row alone becomes an edge of both", () => {
    // Rows 0 and 1 are each other's neighbours; row 2 is nobody's.
    const graph = fuzzyGraph({
      size: 1,
      others: Int32Array.of(1, 0, 1),
      distances: Float64Array.of(1, 1, 5),
    });
    expect([...graph.first]).toEqual([0, 1, 3, 4]);
    expect([...graph.others]).toEqual([1, 0, 2, 1]);
    expect([...graph.strengths]).toEqual([1, 1, 1, 1]);
  });
});
