import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { distinctPoints, distinctSources } from "../../../src/clustering/distinctPoints.js";
import { hdbscanInSizes } from "../../../src/clustering/hdbscan.js";
import { estimateLayout, type LayoutParameters, type LayoutStage } from "../../../src/clustering/index.js";
import { kernelModule } from "../../../src/clustering/kernel/kernel.js";
import { smoothStrengths } from "../../../src/clustering/layout/fuzzyGraph.js";
import { contentHashesJob, laidOutSubset } from "../../../src/clustering/layout/laidOutSubset.js";
import { layOutInSizes } from "../../../src/clustering/layout/layOut.js";
import { laidOutCount, type SubsetSizes, subsetSizes } from "../../../src/clustering/layout/subsetSizes.js";
import { sharedArray } from "../../../src/clustering/sharedArray.js";
import { PIECE } from "../../../src/clustering/sortedInPieces.js";
import { Team } from "../../../src/clustering/team.js";
import { random, shuffled } from "../shuffled.js";
import { withoutEnds } from "../withoutEnds.js";
import { clumps, layOutHere, rowsOf } from "./layOutHere.js";

const WIDTH = 12;
const data = clumps(1500, WIDTH, 8);
const points = { data, dimensions: WIDTH };
const sizes = { all: 400, size: 300 };
interface Case {
  width: number;
  values: number[];
  size: number;
  neighbours: number;
  seed: number;
}
const REASON = new Error("no longer wanted");
const digest = (places: Float32Array) => createHash("sha256").update(places).digest("hex").slice(0, 32);

/**
 * A layout of which a subset is laid out, by the numbers of distinct rows: the places that were found, and those that
 * follow from those of the subset.
 *
 * @param examined number of placed rows that are computed
 */
function laidOutInParts(
  data: Float32Array,
  width: number,
  parameters: Partial<LayoutParameters>,
  given: SubsetSizes,
  examined = Infinity,
) {
  const { normalize = false, metric = "EUCLIDEAN", seed = 0, dimensions = 2 } = parameters;
  const isScaled = normalize || metric === "COSINE";
  const sources = distinctSources(data, width, isScaled, new Team());
  const rows = rowsOf(distinctPoints(data, width, isScaled, new Team()).rows, width);
  const laidOut = [...laidOutSubset(sources, given.size, seed, new Team())];
  const result = layOutHere(data, width, parameters, kernelModule(), given);
  const found = new Map(rowsOf(result.places, dimensions).map((place, row) => [sources.ofRow[row], place]));

  const places = laidOut.map((number) => found.get(number)!);
  const size = result.parameters.neighbours - 1;
  const nearestOf = (number: number) => {
    const distances = laidOut.map((other) => {
      let sum = 0;
      for (let c = 0; c < width; c++) sum += (rows[number][c] - rows[other][c]) ** 2;
      return metric === "COSINE" ? sum / 2 : Math.sqrt(sum);
    });
    const nearest = [...distances.keys()].sort((a, b) => distances[a] - distances[b] || a - b).slice(0, size);
    return { nearest, distances: Float64Array.from(nearest, (other) => distances[other]) };
  };
  const expected = new Map<number, number[]>();
  const isLaidOut = new Set(laidOut);
  for (let number = 0; number < rows.length && expected.size < examined; number++) {
    if (isLaidOut.has(number)) continue;
    const { nearest, distances } = nearestOf(number);
    const strengths = new Float64Array(size);
    smoothStrengths(distances, strengths);
    const weights = strengths.reduce((a, b) => a + b, 0);
    const mean = (axis: number) =>
      nearest.reduce((sum, other, n) => sum + strengths[n] * places[other][axis], 0) / weights;
    expected.set(
      number,
      Array.from({ length: dimensions }, (_, axis) => Math.fround(mean(axis))),
    );
  }
  return { result, rows, sources, laidOut, places, found, expected, nearestOf };
}

describe("of more distinct rows than are laid out", () => {
  it.each<[string, Float32Array, number, Partial<LayoutParameters>]>([
    ["many equal distances", data, WIDTH, { epochs: 30 }],
    ["in five dimensions, by another seed", data, WIDTH, { epochs: 10, dimensions: 5, seed: 9 }],
    ["scaled", data, WIDTH, { epochs: 10, normalize: true, neighbours: 40 }],
    ["by their cosines", data, WIDTH, { epochs: 10, metric: "COSINE" }],
    ["with a single neighbour", data, WIDTH, { epochs: 10, neighbours: 2 }],
    // The kernel cannot tell the rows of the clump apart.
    [
      "a clump much smaller than its distance from the rest",
      Float32Array.from({ length: 900 }, (_, k) => (k < 20 ? 1e6 * k : 1 + k / 2 ** 12)),
      1,
      { epochs: 10, dimensions: 1 },
    ],
    [
      "lengths near both ends of float32's range",
      Float32Array.from({ length: 1800 }, (_, k) => ((k * 37) % 101) * 2 ** (k % 7 === 0 ? 110 : -130)),
      2,
      { epochs: 10 },
    ],
  ])("the others are at the weighted mean of their nearest of the subset: %s", (...given) => {
    const [, rows, width, parameters] = given;
    const few = { all: 110, size: 100 };
    const { result, found, expected, sources, laidOut } = laidOutInParts(rows, width, parameters, few);
    for (const [number, place] of expected) expect(found.get(number)).toEqual(place);
    const laidOutRows = laidOut.reduce((sum, number) => sum + sources.weight[number], 0);
    expect(result.laidOutRows).toBe(laidOutRows);
    expect(result.placedRows).toBe(rows.length / width - laidOutRows);
    expect(expected.size).toBe(sources.weight.length - few.size);
    expect(expected.size).toBeGreaterThan(100);
  });

  it.each<[Partial<LayoutParameters>]>([
    [{ epochs: 30 }],
    [{ epochs: 10, dimensions: 5, seed: 9, normalize: true }],
  ])("a subset is laid out as if it were alone: %o", (parameters) => {
    const { places, rows, laidOut } = laidOutInParts(data, WIDTH, parameters, sizes, 0);
    const alone = Float32Array.from(laidOut.flatMap((number) => rows[number]));
    const { dimensions = 2 } = parameters;
    const result = layOutHere(alone, WIDTH, { ...parameters, normalize: false });
    expect(rowsOf(result.places, dimensions)).toEqual(places);
  });

  it("the same where short forms of the rows are compared first", () => {
    const next = random(5);
    const rows = Float32Array.from({ length: 12_800 * 128 }, () => next() + next());
    const given = { all: 12_100, size: 12_000 };
    const { expected, found } = laidOutInParts(rows, 128, { epochs: 1, neighbours: 4 }, given, 40);
    for (const [number, place] of expected) expect(found.get(number)).toEqual(place);
    expect(expected.size).toBe(40);
  });

  it("the places are those of ever, in the portable kernel too, and by any number of threads", async () => {
    const parameters = { epochs: 20, seed: 4 };
    const { places } = layOutHere(data, WIDTH, parameters, kernelModule(), sizes);
    expect(digest(places)).toBe("abf48f1b9d8dd102af19df72eae74e44");
    expect(layOutHere(data, WIDTH, parameters, null, sizes).places).toEqual(places);
    for (const threads of [1, 2, 4]) {
      expect((await layOutInSizes(points, { ...parameters, threads }, sizes)).places).toEqual(places);
    }
  });

  it("neither the order of the rows nor copies change a place; every place is finite and between its neighbours'", () => {
    const cases: fc.Arbitrary<Case> = fc.record({
      width: fc.integer({ min: 1, max: 3 }),
      values: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 30, maxLength: 150 }),
      size: fc.integer({ min: 2, max: 9 }),
      neighbours: fc.integer({ min: 2, max: 12 }),
      seed: fc.integer(),
    });
    const property = ({ width, values, size, neighbours, seed }: Case) => {
      const rows = rowsOf(values.slice(0, values.length - (values.length % width)), width);
      const parameters = { dimensions: width, neighbours, seed, epochs: 5 };
      const layOutRows = (list: number[][]) =>
        layOutHere(Float32Array.from(list.flat()), width, parameters, kernelModule(), { all: size, size });
      const result = layOutRows(rows);
      const places = rowsOf(result.places, width);
      expect(result.laidOutRows + result.placedRows).toBe(rows.length);
      const order = [...shuffled(rows.length, seed)];
      const moved = layOutRows(order.flatMap((row) => [rows[row], rows[row]]));
      expect(rowsOf(moved.places, width)).toEqual(order.flatMap((row) => [places[row], places[row]]));
      expect([moved.laidOutRows, moved.placedRows]).toEqual([2 * result.laidOutRows, 2 * result.placedRows]);

      const sources = distinctSources(Float32Array.from(rows.flat()), width, false, new Team());
      if (sources.weight.length <= size) return;
      const laidOut = [...laidOutSubset(sources, size, seed, new Team())];
      const ofLaidOut = laidOut.map((number) => places[sources.firstRow[number]]);
      for (const place of places) {
        place.forEach((x, axis) => {
          const all = ofLaidOut.map((other) => other[axis]);
          expect(x).toBeGreaterThanOrEqual(Math.min(...all));
          expect(x).toBeLessThanOrEqual(Math.max(...all));
        });
      }
    };
    fc.assert(fc.property(cases, property), { numRuns: 150, seed: 1 });
  });

  it("each place is between those of its nearest laid-out rows", () => {
    const { found, places, expected, nearestOf } = laidOutInParts(data, WIDTH, { neighbours: 3 }, sizes);
    for (const number of expected.keys()) {
      const [a, b] = nearestOf(number).nearest;
      found.get(number)!.forEach((x, axis) => {
        expect(x).toBeGreaterThanOrEqual(Math.min(places[a][axis], places[b][axis]));
        expect(x).toBeLessThanOrEqual(Math.max(places[a][axis], places[b][axis]));
      });
    }
    expect(expected.size).toBeGreaterThan(800);
  });
});

describe("the subset", () => {
  const hashesOf = (rows: Float32Array, seed: number) => {
    const sources = distinctSources(rows, 2, false, new Team());
    const hashes = sharedArray(Int32Array, sources.weight.length);
    new Team().run(contentHashesJob, { ...sources, seed, hashes }, hashes.length, 256);
    return { sources, hashes: Uint32Array.from(hashes) };
  };

  it("has those of the least hashes, and of equal hashes the first in the order of content", () => {
    // So many that some of them have equal hashes of 32 bits.
    const rows = Float32Array.from({ length: 600_000 }, (_, k) => Math.floor(k / 2) * (k % 2 === 0 ? 1 : 7));
    const { sources, hashes } = hashesOf(rows, 3);
    const byHash = [...hashes.keys()].sort((a, b) => hashes[a] - hashes[b] || a - b);
    const at = byHash.findIndex((number, k) => k > 0 && hashes[number] === hashes[byHash[k - 1]]);
    expect(at).toBeGreaterThan(0);
    const size = at; // the last one in it has the same hash as the first one out of it
    expect(hashes[byHash[size - 1]]).toBe(hashes[byHash[size]]);
    const expected = byHash.slice(0, size).sort((a, b) => a - b);
    expect([...laidOutSubset(sources, size, 3, new Team())]).toEqual(expected);
    const moved = Float32Array.from(rows, (_, k) => rows[(k + 300_000) % rows.length]);
    const reordered = distinctSources(moved, 2, false, new Team());
    expect([...laidOutSubset(reordered, size, 3, new Team())]).toEqual(expected);
  });

  it("is another one for another seed, and treats 0 and −0 as equal", () => {
    const sources = distinctSources(data, WIDTH, false, new Team());
    const [first, second] = [1, 2].map((seed) => [...laidOutSubset(sources, 300, seed, new Team())]);
    expect(second).not.toEqual(first);
    expect(first).toEqual(first.toSorted((a, b) => a - b));
    const zeros = hashesOf(Float32Array.of(-0, 1, 2, 0), 0).hashes;
    expect(zeros).toEqual(hashesOf(Float32Array.of(0, 1, 2, -0), 0).hashes);
  });

  it("is drawn above 250,000 distinct rows, of 50,000", () => {
    expect([0, 1, 250_000, 250_001, 1e7].map((distinct) => laidOutCount(distinct, subsetSizes))).toEqual([
      0, 1, 250_000, 50_000, 50_000,
    ]);
  });
});

describe("manners", () => {
  const many = { data: clumps(6000, 32, 20), dimensions: 32 };
  const few = { all: 2000, size: 1500 };

  it("progress goes through the stages, PLACING the last, never falls, and ends with 1", async () => {
    const reports: { stage: LayoutStage; progress: number }[] = [];
    await layOutInSizes(many, { epochs: 50, onProgress: (report) => reports.push(report) }, few);
    const stages = reports.map(({ stage }) => stage);
    expect([...new Set(stages)]).toEqual(["PREPARING", "NEIGHBOURS", "GRAPH", "STEPS", "PLACING"]);
    const shares = reports.map(({ progress }) => progress);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    expect(reports.length).toBeLessThan(210);
  });

  it("a layout that is aborted while rows are placed stops", async () => {
    const abort = new AbortController();
    const after: number[] = [];
    const stopped = layOutInSizes(
      many,
      {
        signal: abort.signal,
        onProgress: ({ stage, progress }) => {
          if (stage !== "PLACING") return;
          after.push(progress);
          abort.abort(REASON);
        },
      },
      few,
    );
    await expect(stopped).rejects.toBe(REASON);
    expect(after.length).toBeGreaterThan(0);
    expect(after).not.toContain(1);
  });

  it("nothing sorts more numbers at a time than a thread may, before it can stop", () => {
    // More distinct rows than a piece, which are hashed, sorted, and nearly all placed.
    const rows = Float32Array.from({ length: 2 * PIECE }, (_, k) => k);
    const sorts = [Float64Array, Float32Array, Uint32Array, Int32Array].map((Kind) =>
      vi.spyOn(Kind.prototype, "sort"),
    );
    const { placedRows } = layOutHere(rows, 1, { dimensions: 1, epochs: 2 }, kernelModule(), few);
    // With a function that compares, a thread can stop at each of its calls.
    const lengths = sorts.flatMap(({ mock: { contexts, calls } }) =>
      (contexts as { length: number }[]).flatMap(({ length }, call) =>
        calls[call][0] === undefined ? [length] : [],
      ),
    );
    vi.restoreAllMocks();
    expect(placedRows).toBe(rows.length - few.size);
    expect(lengths.reduce((a, b) => Math.max(a, b))).toBe(PIECE);
  });

  it("no more is reported of copies, however many", async () => {
    const copies = Float32Array.from({ length: 4000 }, () => 7);
    const shares: number[] = [];
    const result = await layOutInSizes(
      { data: copies, dimensions: 2 },
      { onProgress: ({ progress }) => shares.push(progress) },
      { all: 500, size: 400 },
    );
    expect(result.placedRows).toBe(0);
    expect(shares.at(-1)).toBe(1);
  });
});

describe("the estimate", () => {
  const seconds = (rows: number) => estimateLayout(rows, 384, {}, 2).seconds;

  it("grows linearly with the rows that are placed, within what a server allows by default", () => {
    expect(seconds(4_000_000) / seconds(1_000_000)).toBeGreaterThan(3);
    expect(seconds(4_000_000) / seconds(1_000_000)).toBeLessThan(4.5);
    expect(seconds(1_000_000)).toBeLessThan(600);
    expect(seconds(250_001)).toBeLessThan(seconds(250_000));
  });

  it("of the memory is less than half of what a million rows take", () => {
    expect(estimateLayout(1_000_000, 384, {}, 2).bytes).toBeLessThan((1_000_000 * 384 * 4) / 2);
  });
});

describe("a clustering with a reduction", () => {
  const options = { minClusterSize: 10, reduction: { dimensions: 2 } };

  it("says how many rows were placed, and depends neither on the order of the rows nor on threads", async () => {
    const plain = await hdbscanInSizes(points, { ...options, threads: 1 }, sizes);
    expect(plain.placedRows).toBe(layOutHere(data, WIDTH, {}, kernelModule(), sizes).placedRows);
    expect(plain.sizes.length).toBeGreaterThan(3);
    const together = await hdbscanInSizes(points, { ...options, threads: 2 }, sizes);
    expect(withoutEnds(together)).toEqual(withoutEnds(plain));
    const rows = rowsOf(data, WIDTH);
    const order = [...shuffled(rows.length, 3)];
    const moved = Float32Array.from(order.flatMap((row) => rows[row]));
    const other = await hdbscanInSizes({ data: moved, dimensions: WIDTH }, options, sizes);
    expect([...other.labels]).toEqual(order.map((row) => plain.labels[row]));
    expect(other.medoids.length).toBe(plain.medoids.length);
    other.medoids.forEach((row, label) => {
      expect(rowsOf(moved, WIDTH)[row]).toEqual(rows[plain.medoids[label]]);
    });
  });

  it("places none where all are laid out, and by principal components", async () => {
    expect((await hdbscanInSizes(points, options, subsetSizes)).placedRows).toBe(0);
    const pca = { ...options, reduction: { method: "PCA" as const, dimensions: 2 } };
    expect((await hdbscanInSizes(points, pca, sizes)).placedRows).toBe(0);
  });
});
