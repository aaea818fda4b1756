import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assignedLinks, type Links } from "../../src/clustering/assignedLinks.js";
import { distanceOf } from "../../src/clustering/distance.js";
import { type HdbscanResult, resolveParameters } from "../../src/clustering/index.js";
import { anyOfTree, anySelection } from "./anyParameters.js";
import { assigned, expectOwn, linksOf, type Search } from "./assignedRows.js";
import { clusterHere } from "./clusterHere.js";
import {
  goldenPoints,
  inlineGoldenCases,
  sharedGoldenCase,
  sharedIsHere,
  wordnetPoints,
} from "./goldenCases.js";
import { random } from "./shuffled.js";

/** Of each kind of real embeddings one golden case; golden.slow.ts has the others. */
const sharedCases = ["wordnet-2000-defaults", "walks-3000-leaf"];

/** Rows on a coarse grid or anywhere, with copies: ties of every kind; and others from the same places. */
const points = fc
  .record({ dimensions: fc.integer({ min: 1, max: 4 }), grid: fc.boolean() })
  .chain(({ dimensions, grid }) => {
    const row = fc.array(grid ? fc.integer({ min: 0, max: 4 }) : fc.float({ min: -2, max: 2, noNaN: true }), {
      minLength: dimensions,
      maxLength: dimensions,
    });
    return fc.record({
      dimensions: fc.constant(dimensions),
      rows: fc.array(row, { minLength: 1, maxLength: 40, size: "max" }),
      copies: fc.array(fc.nat(99), { maxLength: 12 }),
      others: fc.array(row, { minLength: 1, maxLength: 12 }),
    });
  })
  .map(({ dimensions, rows, copies, others }) => {
    const moved = (some: number[][]) => Float32Array.from(some.flat(), (value) => value + 0.125);
    const all = [...rows, ...copies.map((copy) => rows[copy % rows.length])];
    return { dimensions, data: moved(all), rows: all.length, others: moved(others) };
  });

const parameters = fc
  .tuple(anyOfTree, anySelection, fc.boolean())
  .map(([ofTree, selection, normalize]) => ({ ...ofTree, ...selection, normalize }));

describe("a row that took part", () => {
  it("gets its own cluster and probability, with ties, copies and every selection", () => {
    fc.assert(
      fc.property(
        points,
        parameters,
        fc.integer({ min: 1, max: 80 }),
        fc.nat(),
        ({ data, dimensions, rows }, given, blockRows, seed) => {
          const own = resolveParameters({ ...given, minSamples: Math.min(given.minSamples, rows) });
          expectOwn(clusterHere(data, dimensions, own), {
            ...{ data, dimensions, parameters: own, blockRows, seed },
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(inlineGoldenCases)("gets its own in the golden case $name", (golden) => {
    const given = goldenPoints(golden);
    const own = resolveParameters(golden.parameters);
    expectOwn(clusterHere(given.data, given.dimensions, own), { ...given, parameters: own });
  });

  it.skipIf(!sharedIsHere).each(sharedCases)("gets its own in the golden case %s", (name) => {
    const golden = sharedGoldenCase(name);
    const given = goldenPoints(golden);
    const own = resolveParameters(golden.parameters);
    expectOwn(clusterHere(given.data, given.dimensions, own), { ...given, parameters: own, blockRows: 700 });
  });

  it("gets its own by the portable kernel", () => {
    const next = random(5);
    const data = Float32Array.from({ length: 150 * 20 }, (_, at) => next() + ((at / 20) & 1));
    const own = resolveParameters({ minClusterSize: 5, minSamples: 3 });
    const search = { data, dimensions: 20, parameters: own, module: null };
    expectOwn(clusterHere(data, 20, own), search);
  });
});

describe("a row that took no part", () => {
  it("is tied to the point that a comparison with all of them finds, in whatever order they come", () => {
    fc.assert(
      fc.property(
        points,
        parameters,
        fc.integer({ min: 1, max: 80 }),
        fc.nat(),
        ({ data, dimensions, rows, others }, given, blockRows, seed) => {
          const own = resolveParameters({ ...given, minSamples: Math.min(given.minSamples, rows) });
          const result = clusterHere(data, dimensions, own);
          const search = { data, dimensions, parameters: own, blockRows, seed };
          expect(linksOf(others, result, search)).toEqual(linksByHand(others, result, search));
        },
      ),
      { numRuns: 300 },
    );
  });

  it.skipIf(!sharedIsHere)("is tied so among real embeddings", () => {
    const own = resolveParameters({ minClusterSize: 5, minSamples: 12, normalize: true });
    const given = wordnetPoints(0, 1500);
    const others = wordnetPoints(1500, 60).data;
    const result = clusterHere(given.data, given.dimensions, own);
    for (const alpha of [1, 1.4]) {
      const search = { ...given, parameters: { ...own, alpha }, blockRows: 400 };
      expect(linksOf(others, result, search)).toEqual(linksByHand(others, result, search));
    }
  });

  /** As each point leaves where the tree joins it to its nearest other, so would a row at that height. */
  it("leaves its cluster where a point would that is joined as it is", () => {
    fc.assert(
      fc.property(points, parameters, ({ data, dimensions, rows }, given) => {
        const own = resolveParameters({ ...given, minSamples: Math.min(given.minSamples, rows) });
        const result = clusterHere(data, dimensions, own);
        const { firstEnds, secondEnds, heights, weights, points: pointOf } = result.spanningTree;
        const nearest = new Int32Array(weights.length).fill(-1);
        const joinedAt = new Float64Array(weights.length);
        for (const [edge, height] of heights.entries()) {
          const ends = [firstEnds[edge], secondEnds[edge]];
          for (const [side, point] of ends.entries()) {
            if (nearest[point] >= 0) continue;
            nearest[point] = ends[1 - side];
            joinedAt[point] = height;
          }
        }
        const single = Int32Array.from(pointOf.keys()).filter(
          (row) => weights[pointOf[row]] === 1 && nearest[pointOf[row]] >= 0,
        );
        const links = {
          points: single.map((row) => nearest[pointOf[row]]),
          heights: Float64Array.from(single, (row) => joinedAt[pointOf[row]]),
        };
        const { labels, probabilities } = assigned(links, result, own);
        expect(labels).toEqual(single.map((row) => result.labels[row]));
        expect(probabilities).toEqual(Float64Array.from(single, (row) => result.probabilities[row]));
      }),
      { numRuns: 300 },
    );
  });
});

/** Written by byApproximatePredict.py: rows without ties, and where hdbscan puts other rows. */
const byApproximatePredict = JSON.parse(
  readFileSync(new URL("byApproximatePredict.json", import.meta.url), "utf8"),
) as {
  method: "EXCESS_OF_MASS" | "LEAF";
  minClusterSize: number;
  minSamples: number;
  epsilon: number;
  rows: number[][];
  others: number[][];
  rowLabels: number[];
  labels: number[];
  asReleased: number[];
}[];

describe("where hdbscan is right, a row belongs where hdbscan puts it", () => {
  it.each(byApproximatePredict)("$method, $minClusterSize, $minSamples", (by) => {
    const data = Float32Array.from(by.rows.flat());
    const own = resolveParameters({
      ...{ minClusterSize: by.minClusterSize, minSamples: by.minSamples, normalize: false },
      ...{ clusterSelectionMethod: by.method, clusterSelectionEpsilon: by.epsilon },
    });
    const result = clusterHere(data, 3, own);
    const links = linksOf(Float32Array.from(by.others.flat()), result, {
      data,
      dimensions: 3,
      parameters: own,
    });
    const { labels } = assigned(links, result, own);
    // Both number the clusters in orders of their own.
    const ours = new Map(by.rowLabels.map((label, row) => [label, result.labels[row]]));
    expect(by.rowLabels.map((label) => ours.get(label))).toEqual([...result.labels]);
    expect(ours.size).toBe(new Set(result.labels).size);
    expect([...labels]).toEqual(by.labels.map((label) => ours.get(label)));
    expect(new Set(labels).size).toBeGreaterThan(3);
  });

  it("and its released form puts some elsewhere", () => {
    const elsewhere = byApproximatePredict.map(
      ({ labels, asReleased }) => labels.filter((label, k) => label !== asReleased[k]).length,
    );
    expect(elsewhere).toEqual([3, 3, 5, 4]);
  });
});

it("answers null for clusters that the tree does not give", () => {
  const data = Float32Array.from({ length: 40 }, (_, row) => (row < 20 ? 0 : 100) + row * row * 0.01);
  const own = resolveParameters({ minClusterSize: 5, minSamples: 2 });
  const result = clusterHere(data, 1, own);
  expect(result.medoids.length).toBe(2);
  const links = { points: Int32Array.of(0), heights: Float64Array.of(1) };
  const one = Int32Array.of(result.spanningTree.points[result.medoids[0]]);
  expect(assignedLinks(result.spanningTree, own, one, links)).toBeNull();
});

/** Rows as a clustering reads them. */
function scaledRows(data: Float32Array, dimensions: number, normalize: boolean): Float32Array {
  const rows = data.slice();
  for (let from = 0; from < data.length; from += dimensions) {
    const row = data.subarray(from, from + dimensions);
    const length = normalize ? Math.sqrt(row.reduce((sum, x) => sum + x * x, 0)) : 1;
    rows.set(
      row.map((x) => x / length),
      from,
    );
  }
  return rows;
}

/** The links, from all distances. */
function linksByHand(others: Float32Array, result: HdbscanResult, search: Search): Links {
  const { data, dimensions } = search;
  const { minSamples, alpha, metric, normalize } = search.parameters;
  const { points: pointOf, coreDistances, weights } = result.spanningTree;
  const rows = data.length / dimensions;
  const count = others.length / dimensions;
  const both = new Float32Array(data.length + others.length);
  both.set(data);
  both.set(others, data.length);
  const all = scaledRows(both, dimensions, normalize);
  const links = { points: new Int32Array(count), heights: new Float64Array(count) };
  for (let k = 0; k < count; k++) {
    const distances = Array.from({ length: rows }, (_, row) =>
      distanceOf(all, dimensions, rows + k, row, metric),
    );
    const sorted = [0, ...distances].sort((a, b) => a - b);
    const core = sorted[Math.min(minSamples, sorted.length) - 1];
    const known = Array.from(weights, () => ({ point: -1, height: Infinity, distance: Infinity }));
    for (const [row, distance] of distances.entries()) {
      const point = pointOf[row];
      const height = distance === 0 ? 0 : Math.max(core, coreDistances[point], distance / alpha);
      known[point] = { point, height, distance };
    }
    known.sort((a, b) => a.height - b.height || a.distance - b.distance || a.point - b.point);
    links.points[k] = known[0].point;
    links.heights[k] = known[0].height;
  }
  return links;
}
