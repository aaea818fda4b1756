import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shuffled } from "../shuffled.js";
import { layOutHere, rowsOf } from "./layOutHere.js";

interface Case {
  rowDimensions: number;
  rows: number[][];
  dimensions: number;
  neighbours: number;
  minDistance: number;
  epochs: number;
  seed: number;
}
/** Few different values, so that copies and equal distances abound; sometimes all on a line, or all the same. */
const cases: fc.Arbitrary<Case> = fc.integer({ min: 1, max: 5 }).chain((rowDimensions) =>
  fc.record({
    rowDimensions: fc.constant(rowDimensions),
    rows: fc.oneof(
      fc.array(
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: rowDimensions, maxLength: rowDimensions }),
        { minLength: 1, maxLength: 60 },
      ),
      fc
        .array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 60 })
        .map((values) => values.map((x) => new Array(rowDimensions).fill(x))),
      // Two groups so far apart that the graph falls into parts.
      fc
        .array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 60 })
        .map((values) => values.map((x) => new Array(rowDimensions).fill(x + (x > 0 ? 2 ** 20 : 0)))),
      fc
        .integer({ min: 1, max: 60 })
        .map((n) => Array.from({ length: n }, () => new Array(rowDimensions).fill(3))),
    ),
    dimensions: fc.integer({ min: 1, max: rowDimensions }),
    neighbours: fc.integer({ min: 2, max: 20 }),
    minDistance: fc.constantFrom(0, 0.1, 1),
    epochs: fc.integer({ min: 1, max: 40 }),
    seed: fc.integer(),
  }),
);

const layOutRows = (rows: number[][], { rowDimensions, ...given }: Case) => {
  const { rows: _, ...parameters } = given;
  const { places, ...rest } = layOutHere(Float32Array.from(rows.flat()), rowDimensions, parameters);
  return { places: rowsOf(places, parameters.dimensions), ...rest };
};
const holds = (property: (given: Case) => void, runs = 150) =>
  fc.assert(fc.property(cases, property), { numRuns: runs, seed: 1 });

describe("properties of layouts", () => {
  it("every place is finite, equal rows alone have equal places, and the neighbours are as many as there can be", () => {
    holds((given) => {
      const { places, distinctPoints, parameters } = layOutRows(given.rows, given);
      expect(places.flat().every((x) => Number.isFinite(x) && Math.abs(x) < 1_000)).toBe(true);
      const byRow = new Map(given.rows.map((row, at) => [String(row), String(places[at])]));
      given.rows.forEach((row, at) => {
        expect(String(places[at])).toBe(byRow.get(String(row)));
      });
      expect(new Set(byRow.values()).size).toBe(byRow.size);
      expect(new Set(distinctPoints).size).toBe(byRow.size);
      expect(parameters.neighbours).toBe(Math.min(given.neighbours, byRow.size));
    }, 300);
  });

  it("neither the order of the rows nor copies change a place", () => {
    holds((given) => {
      const { places } = layOutRows(given.rows, given);
      const order = [...shuffled(given.rows.length, given.seed)];
      const moved = layOutRows(
        order.flatMap((row) => [given.rows[row], given.rows[row]]),
        given,
      );
      expect(moved.places).toEqual(order.flatMap((row) => [places[row], places[row]]));
    });
  });

  it("scaling all rows by a power of two changes no place", () => {
    holds((given) => {
      const { places } = layOutRows(given.rows, given);
      for (const factor of [2 ** -149, 2 ** -30, 2 ** 20, 2 ** 100]) {
        const scaled = layOutRows(
          given.rows.map((row) => row.map((x) => x * factor)),
          given,
        );
        expect(scaled.places).toEqual(places);
      }
    }, 60);
  });
});
