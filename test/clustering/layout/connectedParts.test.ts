import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { connectedParts, partOfGraph } from "../../../src/clustering/layout/connectedParts.js";
import { graphOf } from "./graphOf.js";

const cases = fc.integer({ min: 1, max: 30 }).chain((count) =>
  fc.record({
    count: fc.constant(count),
    edges: fc.array(fc.tuple(fc.nat({ max: count - 1 }), fc.nat({ max: count - 1 })), { maxLength: 40 }),
  }),
);

describe("the parts of a graph", () => {
  it("have all rows once, ascending, and those that a path leads to in one part", () => {
    fc.assert(
      fc.property(cases, ({ count, edges }) => {
        const parts = connectedParts(graphOf(count, edges)).map((part) => [...part]);
        expect(parts.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, row) => row));
        for (const part of parts) expect(part).toEqual(part.toSorted((a, b) => a - b));
        expect(parts.map(([first]) => first)).toEqual(parts.map(([first]) => first).sort((a, b) => a - b));
        // The least row that a path leads to, by as many rounds as there are rows.
        const least = Array.from({ length: count }, (_, row) => row);
        for (let round = 0; round < count; round++) {
          for (const [a, b] of edges) least[a] = least[b] = Math.min(least[a], least[b]);
        }
        for (const part of parts) for (const row of part) expect(least[row]).toBe(part[0]);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it("keep their edges, with the numbers of the part", () => {
    const graph = graphOf(6, [
      [0, 2],
      [2, 4],
      [1, 5],
    ]);
    const [even, odd, alone] = connectedParts(graph).map((rows) => partOfGraph(graph, rows));
    expect([...even.first]).toEqual([0, 1, 3, 4]);
    expect([...even.others]).toEqual([1, 0, 2, 1]);
    expect([...even.strengths]).toEqual([0, 0, 1, 1].map((edge) => 1 / (1 + edge)));
    expect([...odd.others]).toEqual([1, 0]);
    expect([...alone.first]).toEqual([0, 0]);
    expect(partOfGraph(even, Int32Array.of(0, 1, 2))).toBe(even);
  });
});
