import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  estimateLayout,
  InvalidClusteringInputError,
  type LayoutOptions,
  type LayoutProgress,
  type LayoutStage,
  layOut,
} from "../../../src/clustering/index.js";
import { expectToStop } from "../expectToStop.js";
import { shuffled } from "../shuffled.js";
import { clumps, layOutHere, rowsOf } from "./layOutHere.js";

const DIMENSIONS = 12;
const data = clumps(600, DIMENSIONS, 8);
const points = { data, dimensions: DIMENSIONS };
const digest = (places: Float32Array) => createHash("sha256").update(places).digest("hex").slice(0, 32);
const REASON = new Error("no longer wanted");

describe("the same rows have the same places", () => {
  /** Changes only with `engineVersion`: places that were stored could not be computed again. */
  it.each([
    [{ seed: 7 }, "4b8f2d7702a698ccc66d6a6dd68ecea3"],
    [{ dimensions: 5, minDistance: 0, neighbours: 10, epochs: 100 }, "5e2f735fa88dd3d1e051ada42364076e"],
    [{ dimensions: 3, metric: "COSINE" as const, spread: 2, epochs: 50 }, "73e1a83ef3c9f1cb8fbfbe8b0bb86709"],
  ])("as ever, and in the portable kernel: %o", (parameters, golden) => {
    const { places } = layOutHere(data, DIMENSIONS, parameters);
    expect(digest(places)).toBe(golden);
    expect(digest(layOutHere(data, DIMENSIONS, parameters, null).places)).toBe(golden);
  });

  it("in any order of the rows", () => {
    const parameters = { dimensions: 2, epochs: 60 };
    const places = rowsOf(layOutHere(data, DIMENSIONS, parameters).places, 2);
    const rows = rowsOf(data, DIMENSIONS);
    for (const seed of [1, 2, 3]) {
      const order = [...shuffled(rows.length, seed)];
      const moved = Float32Array.from(order.flatMap((row) => rows[row]));
      const result = layOutHere(moved, DIMENSIONS, parameters);
      expect(rowsOf(result.places, 2)).toEqual(order.map((row) => places[row]));
    }
  });

  it("by any number of threads", async () => {
    const many = { data: clumps(3000, DIMENSIONS, 9), dimensions: DIMENSIONS };
    const alone = await layOut(many, { threads: 1, epochs: 20 });
    for (const threads of [2, 4]) expect(await layOut(many, { threads, epochs: 20 })).toEqual(alone);
  });

  it("with another seed they differ, each as good", () => {
    const [first, second] = [1, 2].map((seed) => layOutHere(data, DIMENSIONS, { seed, epochs: 60 }).places);
    expect(first).not.toEqual(second);
  });
});

describe("places", () => {
  it("keep neighbours together: the nearest place belongs to a row of the same clump", () => {
    const far = clumps(300, 6, 5).map((x, at) => x + 100 * (Math.floor(at / 6) % 5));
    for (const dimensions of [2, 5]) {
      const places = rowsOf(layOutHere(far, 6, { dimensions, epochs: 200 }).places, dimensions);
      places.forEach((place, row) => {
        const squares = places.map((other, at) =>
          at === row ? Infinity : other.reduce((sum, x, c) => sum + (x - place[c]) ** 2, 0),
        );
        expect(squares.indexOf(Math.min(...squares)) % 5).toBe(row % 5);
      });
    }
  });

  it("of equal rows are equal, also of those that scaling makes equal", () => {
    const rows = [
      [1, 2],
      [2, 4],
      [-0, 3],
      [0, 1],
      [5, 1],
      [1, 1],
    ];
    const { places, distinctPoints } = layOutHere(Float32Array.from(rows.flat()), 2, { metric: "COSINE" });
    expect([...distinctPoints]).toEqual([1, 1, 0, 0, 3, 2]);
    const [a, b, c, d] = rowsOf(places, 2);
    expect(b).toEqual(a);
    expect(d).toEqual(c);
    expect(a).not.toEqual(c);
  });

  it("of one distinct row are at the origin, and no rows have no places", async () => {
    const one = await layOut({ data: new Float32Array(30).fill(4), dimensions: 3 });
    expect([...one.places]).toEqual(new Array(20).fill(0));
    expect(one.parameters.neighbours).toBe(1);
    expect((await layOut({ data: new Float32Array(0), dimensions: 3 })).places.length).toBe(0);
  });

  it("of fewer distinct rows than neighbours are made with all of them as neighbours, and the result says so", () => {
    const few = Float32Array.from({ length: 40 }, (_, k) => Math.floor(k / 8));
    const { parameters, places } = layOutHere(few, 2, { neighbours: 30 });
    expect(parameters).toEqual({
      dimensions: 2,
      neighbours: 5,
      minDistance: 0.1,
      spread: 1,
      epochs: 500,
      seed: 0,
      metric: "EUCLIDEAN",
      normalize: false,
    });
    expect(new Set(rowsOf(places, 2).map(String)).size).toBe(5);
    expect(places).toEqual(layOutHere(few, 2, { neighbours: 5 }).places);
  });

  it("has 200 epochs by default above 10,000 distinct rows, and takes copies by the million", async () => {
    const line = Float32Array.from({ length: 300_000 }, (_, k) => k % 10_001);
    const { parameters, places } = await layOut(
      { data: line, dimensions: 1 },
      { dimensions: 1, neighbours: 2 },
    );
    expect(parameters.epochs).toBe(200);
    expect(places[10_001 + 17]).toBe(places[17]);
  });
});

describe("manners", () => {
  it("progress goes through the stages, never falls, and ends with 1", async () => {
    const reports: { stage: LayoutStage; progress: number }[] = [];
    await layOut(points, { epochs: 50, onProgress: (report) => reports.push(report) });
    const stages = reports.map(({ stage }) => stage);
    expect([...new Set(stages)]).toEqual(["PREPARING", "NEIGHBOURS", "GRAPH", "STEPS"]);
    const shares = reports.map(({ progress }) => progress);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    expect(reports.length).toBeLessThan(210);
    expect(shares.filter((share) => share < 1).length).toBeGreaterThan(20);
  });

  it("an aborted layout stops computing, at any stage", async () => {
    const many = { data: clumps(4000, 32, 20), dimensions: 32 };
    await expectToStop<LayoutProgress>(
      (options) => layOut(many, options),
      (["PREPARING", "NEIGHBOURS", "GRAPH", "STEPS"] as const).map(
        (reached) =>
          ({ stage }) =>
            stage === reached,
      ),
    );
    await expect(layOut(points, { signal: AbortSignal.abort(REASON) })).rejects.toBe(REASON);
  });

  it("a listener that throws stops the layout", async () => {
    const fail = () => {
      throw REASON;
    };
    await expect(layOut(points, { onProgress: fail })).rejects.toBe(REASON);
    await expect(layOut(points, { onFacts: fail })).rejects.toBe(REASON);
  });

  it("takes rows as hdbscan does, and leaves them as they are", async () => {
    const shared = new Float32Array(new SharedArrayBuffer(data.byteLength));
    shared.set(data);
    const result = await layOut({ data: shared, dimensions: DIMENSIONS }, { epochs: 5 });
    expect(result).toEqual(await layOut(points, { epochs: 5 }));
    expect([...shared]).toEqual([...data]);
  });
});

describe("input that is refused", () => {
  const refused = async (options: Record<string, unknown>): Promise<[string, unknown, string]> => {
    const error = await layOut(points, options as LayoutOptions).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(InvalidClusteringInputError);
    const { field, value, message } = error as InvalidClusteringInputError;
    return [field, value, message];
  };

  it.each([
    ["dimensions", 0, "a whole number of at least 1 and at most the dimensions of the rows, 12; it was 0"],
    ["dimensions", 13, "a whole number of at least 1 and at most the dimensions of the rows, 12; it was 13"],
    [
      "dimensions",
      1.5,
      "a whole number of at least 1 and at most the dimensions of the rows, 12; it was 1.5",
    ],
    ["neighbours", 1, "a whole number from 2, as a row is in its own neighbourhood, to 1,000; it was 1"],
    [
      "neighbours",
      1001,
      "a whole number from 2, as a row is in its own neighbourhood, to 1,000; it was 1001",
    ],
    [
      "neighbours",
      Number.NaN,
      "a whole number from 2, as a row is in its own neighbourhood, to 1,000; it was NaN",
    ],
    ["minDistance", 1.01, "a number from 0 to 1, the spread; it was 1.01"],
    ["minDistance", -0.1, "a number from 0 to 1, the spread; it was -0.1"],
    ["minDistance", Number.NaN, "a number from 0 to 1, the spread; it was NaN"],
    ["minDistance", "0", "a number from 0 to 1, the spread; it was '0'"],
    ["spread", 0, "a number from 0.01 to 100; it was 0"],
    ["spread", Infinity, "a number from 0.01 to 100; it was Infinity"],
    ["epochs", 0, "a whole number from 1 to 100,000, or null for the default; it was 0"],
    ["epochs", 100_001, "a whole number from 1 to 100,000, or null for the default; it was 100001"],
    ["seed", 2 ** 31, "a whole number of 32 bits, from -2147483648 to 2147483647; it was 2147483648"],
    ["seed", -(2 ** 31) - 1, "a whole number of 32 bits, from -2147483648 to 2147483647; it was -2147483649"],
    ["seed", 0.5, "a whole number of 32 bits, from -2147483648 to 2147483647; it was 0.5"],
    ["metric", "MANHATTAN", "one of EUCLIDEAN, COSINE; it was 'MANHATTAN'"],
    ["normalize", "yes", "true or false; it was 'yes'"],
    ["threads", 0, "a whole number of at least 1; it was 0"],
    ["signal", {}, "an AbortSignal; it was Object"],
    ["onProgress", 1, "a function; it was number"],
  ])("%s of %o", async (field, value, expected) => {
    expect(await refused({ [field]: value })).toEqual([field, value, `${field} must be ${expected}`]);
  });

  it("an unknown option, with the one that was meant", async () => {
    expect(await refused({ neighbors: 15 })).toEqual([
      "neighbors",
      15,
      "neighbors is not an option: did you mean neighbours?",
    ]);
    expect((await refused({ minClusterSize: 5 }))[0]).toBe("minClusterSize");
  });

  it("rows that are not finite, or all zeros where they are to be scaled, by their number", async () => {
    const wrong = data.slice();
    wrong[5 * DIMENSIONS + 3] = Number.NaN;
    await expect(layOut({ data: wrong, dimensions: DIMENSIONS })).rejects.toMatchObject({
      field: "data",
      row: 5,
    });
    wrong.fill(0, 5 * DIMENSIONS, 6 * DIMENSIONS);
    const scaled = layOut({ data: wrong, dimensions: DIMENSIONS }, { normalize: true });
    await expect(scaled).rejects.toMatchObject({ field: "data", value: 0, row: 5 });
    await expect(layOut({ data, dimensions: 7 })).rejects.toMatchObject({ field: "data" });
  });
});

describe("the estimate", () => {
  it("grows with the work, and depends on the distinct rows", () => {
    const small = estimateLayout(10_000, 384, {}, 2);
    const large = estimateLayout(100_000, 384, {}, 2);
    expect(large.seconds / small.seconds).toBeGreaterThan(8);
    expect(large.bytes / small.bytes).toBeGreaterThan(2);
    expect(estimateLayout(10_000, 384, { epochs: 2000 }, 2).seconds).toBeGreaterThan(2 * small.seconds);
    expect(estimateLayout(10_000, 384, { dimensions: 5 }, 2).seconds).toBeGreaterThan(small.seconds);
    expect(estimateLayout(100_000, 384, {}, 2, 1_000).seconds).toBeLessThan(large.seconds / 10);
  });

  it.each([
    ["rows", [-1, 384]],
    ["rowDimensions", [10, 0]],
    ["dimensions", [10, 3, { dimensions: 4 }]],
    ["threads", [10, 384, {}, 0]],
    ["distinct", [10, 384, {}, 2, 11]],
  ])("refuses %s out of range", (field, given) => {
    const call = () => estimateLayout(...(given as Parameters<typeof estimateLayout>));
    expect(call).toThrow(expect.objectContaining({ name: "InvalidClusteringInputError", field }));
  });
});
