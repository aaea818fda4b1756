import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clusterPoints } from "../../src/clustering/clusterPoints.js";
import { distanceOf } from "../../src/clustering/distance.js";
import { distinctPoints } from "../../src/clustering/distinctPoints.js";
import { resolveParameters } from "../../src/clustering/index.js";
import { kernelModule } from "../../src/clustering/kernel/kernel.js";
import { momentBounds } from "../../src/clustering/medoids/momentBounds.js";
import { Team } from "../../src/clustering/team.js";
import { random } from "./shuffled.js";

const LARGEST = 2 ** 127 * (2 - 2 ** -23);

/** The component of a row, from a random number of 0 to 1: each kind makes bounds difficult in a different way. */
const kinds = {
  noise: (value) => value - 0.5,
  grid: (value) => Math.floor(value * 3),
  "two groups": (value, row) => (row % 2) * 10 + value,
  "one far away": (value, row) => (row === 0 ? 1e6 : value),
  "far from 0": (value) => 1e6 + value,
  "on a line": (_, row) => row,
  "one dimension in use": (value, _, c) => (c === 0 ? value : 0),
} satisfies Record<string, (value: number, row: number, c: number) => number>;

const cases = fc.record({
  kind: fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])),
  dimensions: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 140 })),
  rows: fc.integer({ min: 2, max: 60 }),
  exponent: fc.oneof(fc.constant(0), fc.integer({ min: -44, max: 38 })),
  /** The weights run from 1 to this power of ten. */
  weights: fc.constantFrom(0, 0, 1, -3, 7, -300),
  seed: fc.nat(),
  portable: fc.boolean(),
});
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

function clusterOf({ kind, dimensions, rows, exponent, weights, seed, portable }: Case) {
  const next = random(seed);
  const data = new Float32Array(new SharedArrayBuffer(rows * dimensions * 4));
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < dimensions; c++) {
      const value = kinds[kind](next(), row, c) * 10 ** exponent;
      data[row * dimensions + c] = Math.max(-LARGEST, Math.min(LARGEST, value));
    }
  }
  const team = new Team([], portable ? null : kernelModule());
  const points = distinctPoints(data, dimensions, false, team, () => {});
  const members = Int32Array.from(points.weight.keys());
  const weight = Float64Array.from(members, () => 10 ** (next() * weights));
  return { points, members, weight, team };
}

function costOf({ points, members, weight }: ReturnType<typeof clusterOf>, member: number): number {
  let cost = 0;
  for (const other of members) {
    cost += weight[other] * distanceOf(points.rows, points.dimensions, member, other, "EUCLIDEAN");
  }
  return cost;
}

const boundsOf = ({ points, members, weight, team }: ReturnType<typeof clusterOf>): Float64Array =>
  momentBounds(points, members, members, (point) => weight[point], team);

describe("lower bounds of costs from the moments of squared distances", () => {
  it("are above no cost, for rows and weights of any magnitude", () => {
    fc.assert(
      fc.property(cases, (given) => {
        const cluster = clusterOf(given);
        boundsOf(cluster).forEach((bound, member) => {
          expect(bound).toBeGreaterThanOrEqual(0);
          expect(bound).toBeLessThanOrEqual(costOf(cluster, member));
        });
      }),
      { numRuns: 300 },
    );
  });

  it("are within a tenth of the costs where distances are nearly equal", () => {
    for (const exponent of [-40, 0, 36]) {
      const given: Case = {
        kind: "noise",
        dimensions: 130,
        rows: 600,
        exponent,
        weights: 1,
        seed: 5,
        portable: false,
      };
      const cluster = clusterOf(given);
      boundsOf(cluster).forEach((bound, member) => {
        expect(bound).toBeGreaterThan(0.9 * costOf(cluster, member));
      });
    }
  });

  it("leave the medoid of a large cluster what it is, with and without the bounds of a pass over all pairs", () => {
    const next = random(11);
    for (const dimensions of [2, 12]) {
      const rows = 3_000;
      const data = Float32Array.from({ length: rows * dimensions }, () => Math.floor(next() * 200) / 8);
      const parameters = resolveParameters({
        allowSingleCluster: true,
        minClusterSize: 1_600,
        minSamples: 3,
      });
      const fromNothing = clusterPoints(data, dimensions, parameters, new Team());
      const { spanningTree } = fromNothing;
      const taken = clusterPoints(data, dimensions, parameters, new Team(), { spanningTree });
      let medoid = -1;
      let least = Infinity;
      for (let i = 0; i < rows; i++) {
        if (fromNothing.labels[i] !== 0) continue;
        let cost = 0;
        for (let j = 0; j < rows; j++) {
          if (fromNothing.labels[j] !== 0) continue;
          cost += fromNothing.probabilities[j] * distanceOf(data, dimensions, i, j, "EUCLIDEAN");
        }
        if (cost < least * (1 - 1e-12)) {
          least = cost;
          medoid = i;
        }
      }
      expect(fromNothing.sizes[0]).toBeGreaterThan(1_024);
      for (const { medoids } of [fromNothing, taken]) {
        const found = Array.from({ length: dimensions }, (_, c) => data[medoids[0] * dimensions + c]);
        expect(found).toEqual(Array.from({ length: dimensions }, (_, c) => data[medoid * dimensions + c]));
      }
    }
  });
});
