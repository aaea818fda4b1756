import { describe, expect, it } from "vitest";
import { distinctPoints } from "../../../src/clustering/distinctPoints.js";
import { neighbourLists } from "../../../src/clustering/layout/neighbourLists.js";
import { findNearestNeighbours, listedNeighbours } from "../../../src/clustering/nearestNeighbours.js";
import { quantisedRows } from "../../../src/clustering/quantisedRows.js";
import { Team } from "../../../src/clustering/team.js";
import { sortIntoTiles } from "../../../src/clustering/tiles.js";
import { clumps } from "./layOutHere.js";

function lists(data: Float32Array, dimensions: number, size: number) {
  const team = new Team();
  const points = distinctPoints(data, dimensions, false, team);
  const rows = quantisedRows(points, "EUCLIDEAN", listedNeighbours(points.weight.length, size + 1), team);
  sortIntoTiles(rows, team);
  findNearestNeighbours(rows, team, () => {});
  return { points, found: neighbourLists(rows, size, team, () => {}) };
}

describe("lists of neighbours", () => {
  it.each([
    ["clumps with many equal distances", clumps(700, 5, 6), 5, 14],
    // The kernel cannot tell the rows of the clump apart: every list has to be computed from all rows.
    [
      "a clump much smaller than its distance from the rest",
      Float32Array.from({ length: 300 }, (_, k) => (k < 20 ? 1e6 * k : 1 + k / 2 ** 12)),
      1,
      9,
    ],
    ["all others", clumps(40, 3, 2), 3, 29],
  ])(
    "are those of all distances, equally near ones in the order of content: %s",
    (_, data, dimensions, size) => {
      const { points, found } = lists(data, dimensions, size);
      const { rows, weight } = points;
      const count = weight.length;
      expect(count).toBeGreaterThan(size);
      for (let p = 0; p < count; p++) {
        const distance = (q: number): number => {
          let square = 0;
          for (let c = 0; c < dimensions; c++)
            square += (rows[p * dimensions + c] - rows[q * dimensions + c]) ** 2;
          return Math.sqrt(square);
        };
        const all = Array.from({ length: count }, (_, q) => q).filter((q) => q !== p);
        const wanted = all.toSorted((a, b) => distance(a) - distance(b) || a - b).slice(0, size);
        expect([...found.others.subarray(p * size, (p + 1) * size)]).toEqual(wanted);
        expect([...found.distances.subarray(p * size, (p + 1) * size)]).toEqual(wanted.map(distance));
      }
    },
  );
});
