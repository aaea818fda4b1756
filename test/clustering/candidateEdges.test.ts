import { describe, expect, test } from "vitest";
import { CandidateEdges } from "../../src/clustering/candidateEdges.js";

/** Bounds of every magnitude, many of them repeated. */
const bounds = Array.from({ length: 1000 }, (_, n) =>
  n % 7 === 0 ? 0.5 : ((n * 7919) % 1000) * 10 ** ((n % 80) - 40),
);

function edgesOf(values: number[], capacity = 0): CandidateEdges {
  const edges = new CandidateEdges(capacity);
  for (const [n, value] of values.entries()) edges.add(n, n + 1, value, n % 3 === 0 ? 1 : 0);
  return edges;
}

describe("candidate edges", () => {
  test("hold everything that was added, however many edges are added", () => {
    const edges = edgesOf(bounds);
    expect(edges.count).toBe(1000);
    const held = bounds.map((_, n) => [edges.a[n], edges.b[n], edges.isCore[n]]);
    expect(held).toEqual(bounds.map((_, n) => [n, n + 1, n % 3 === 0 ? 1 : 0]));
  });

  test("round a bound down, by less than a millionth of it", () => {
    const edges = edgesOf([...bounds, Number.MIN_VALUE, Number.MAX_VALUE, Number.POSITIVE_INFINITY]);
    for (const [n, value] of bounds.entries()) {
      expect(edges.atLeast(n)).toBeLessThanOrEqual(value);
      expect(edges.atLeast(n)).toBeGreaterThanOrEqual(value * (1 - 1e-6));
    }
    expect(edges.atLeast(1000)).toBe(0);
    expect(edges.atLeast(1001)).toBeGreaterThan(Number.MAX_VALUE * (1 - 1e-6));
    expect(edges.atLeast(1002)).toBe(Number.POSITIVE_INFINITY);
  });

  test("are sorted by their bounds, and equal ones by the order in which they were added", () => {
    const edges = edgesOf(bounds, 5000);
    const expected = bounds.map((_, n) => n).sort((a, b) => edges.atLeast(a) - edges.atLeast(b) || a - b);
    expect([...edges.sorted()]).toEqual(expected);
    expect([...new CandidateEdges(16).sorted()]).toEqual([]);
  });
});
