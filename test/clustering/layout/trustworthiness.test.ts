import { describe, expect, it } from "vitest";
import {
  estimateTrustworthiness,
  InvalidClusteringInputError,
  type Points,
  type Trustworthiness,
  type TrustworthinessOptions,
  type TrustworthinessParameters,
  trustworthiness,
} from "../../../src/clustering/index.js";
import { kernelModule } from "../../../src/clustering/kernel/kernel.js";
import { measureTrustworthiness } from "../../../src/clustering/layout/measureTrustworthiness.js";
import { resolveTrustworthinessParameters } from "../../../src/clustering/layout/trustworthinessParameters.js";
import { Team } from "../../../src/clustering/team.js";
import { random, shuffled } from "../shuffled.js";
import { clumps, rowsOf } from "./layOutHere.js";

/** On this thread only. */
function measureHere(
  { data, dimensions }: Points,
  places: Points,
  parameters: Partial<TrustworthinessParameters> = {},
  module: WebAssembly.Module | null = kernelModule(),
): Trustworthiness {
  const resolved = { ...resolveTrustworthinessParameters(parameters), places };
  return measureTrustworthiness(data, dimensions, resolved, new Team([], module));
}

function uniform(seed: number, rows: number, dimensions: number): Points {
  const next = random(seed);
  return { data: Float32Array.from({ length: rows * dimensions }, next), dimensions };
}

/** The first two components, each moved by up to a quarter. */
function nearby({ data, dimensions }: Points, seed: number): Points {
  const rows = data.length / dimensions;
  const noise = uniform(seed, rows, 2).data;
  const move = (x: number, at: number) => data[Math.floor(at / 2) * dimensions + (at % 2)] + 0.25 * x;
  return { data: noise.map(move), dimensions: 2 };
}

const pick = (points: Points, order: Iterable<number>): Points => {
  const rows = rowsOf(points.data, points.dimensions);
  return { ...points, data: Float32Array.from([...order].flatMap((row) => rows[row])) };
};

/** The definition, with ties by content: the rows are already in the order of their content, then of their places. */
function byDefinition(points: Points, places: Points, k: number): number {
  const [rows, spots] = [points, places].map(({ data, dimensions }) => rowsOf(data, dimensions));
  const nearest = (all: number[][], row: number) => {
    const distance = (other: number) =>
      Math.sqrt(all[other].reduce((sum, x, c) => sum + (x - all[row][c]) ** 2, 0));
    const others = all.map((_, other) => other).filter((other) => other !== row);
    return others.sort((a, b) => distance(a) - distance(b) || a - b);
  };
  const n = rows.length;
  let penalty = 0;
  for (let row = 0; row < n; row++) {
    const ranked = nearest(rows, row);
    for (const other of nearest(spots, row).slice(0, k)) {
      penalty += Math.max(0, ranked.indexOf(other) + 1 - k);
    }
  }
  return 1 - (2 / (n * k * (2 * n - 3 * k - 1))) * penalty;
}

describe("trustworthiness", () => {
  it.each([
    [40, 5, 5, "EUCLIDEAN", 0.72375],
    [40, 5, 15, "EUCLIDEAN", 0.8059803921568628],
    [300, 8, 15, "EUCLIDEAN", 0.7142454873646209],
    [300, 8, 15, "COSINE", 0.7036486161251504],
    [300, 8, 120, "EUCLIDEAN", 0.7560072059507206],
    [1500, 16, 15, "EUCLIDEAN", 0.6220319265778982],
  ] as const)(
    "of %i rows of %i, %i neighbours, %s, is what scikit-learn 1.9 computes",
    (rows, dimensions, neighbours, metric, expected) => {
      const points = uniform(rows, rows, dimensions);
      for (const module of [kernelModule(), null]) {
        const result = measureHere(points, nearby(points, rows + 1), { neighbours, metric }, module);
        expect(result).toEqual({ value: expect.closeTo(expected, 14), neighbours, sample: rows });
      }
    },
  );

  it("follows the definition where rows are equal or equally near, also for copies with different places", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const next = random(seed);
      const [rows, grid] = [3 + Math.floor(next() * 60), 1 + Math.floor(next() * 4)];
      const whole = (length: number) => Float32Array.from({ length }, () => Math.floor(next() * grid));
      const lines = rowsOf(whole(rows * 5), 5).sort((a, b) => {
        const at = a.findIndex((x, c) => x !== b[c]);
        return at < 0 ? 0 : a[at] - b[at];
      });
      const points = { data: Float32Array.from(lines.flatMap((line) => line.slice(0, 3))), dimensions: 3 };
      const places = { data: Float32Array.from(lines.flatMap((line) => line.slice(3))), dimensions: 2 };
      const neighbours = 1 + Math.floor(next() * (Math.ceil(rows / 2) - 1));
      const { value } = measureHere(points, places, { neighbours });
      expect(value).toBeCloseTo(byDefinition(points, places, neighbours), 12);
    }
  });

  it("is 1 where the places are the rows, and of copies alone", () => {
    const points = { data: clumps(200, 3, 5), dimensions: 3 };
    expect(measureHere(points, points).value).toBe(1);
    const copies = { data: new Float32Array(300).fill(3), dimensions: 3 };
    expect(measureHere(copies, { data: new Float32Array(200), dimensions: 2 }).value).toBe(1);
  });

  it("of few rows is that of the most neighbours for which it is defined, and of fewer than three is null", () => {
    const first = (rows: number) =>
      pick(
        uniform(9, 40, 4),
        Array.from({ length: rows }, (_, row) => row),
      );
    const measured = [0, 1, 2, 3, 4, 5, 30, 31].map((rows) => {
      const { value, neighbours } = measureHere(first(rows), first(rows));
      return [rows, neighbours, value];
    });
    expect(measured).toEqual([
      [0, 0, null],
      [1, 0, null],
      [2, 0, null],
      [3, 1, 1],
      [4, 1, 1],
      [5, 2, 1],
      [30, 14, 1],
      [31, 15, 1],
    ]);
  });

  it("is the same for any order of the rows and any number of threads, also by a sample", async () => {
    const points = { data: clumps(2500, 4, 30), dimensions: 4 };
    const places = nearby(points, 3);
    const whole = measureHere(points, places, { sample: 10_000 });
    const expected = measureHere(points, places);
    expect(expected.sample).toBe(2000);
    expect(expected.value).not.toBe(whole.value);
    expect(Math.abs(expected.value! - whole.value!)).toBeLessThan(0.005);
    const order = shuffled(2500, 5);
    expect(measureHere(pick(points, order), pick(places, order))).toEqual(expected);
    for (const threads of [1, 2, 4]) {
      expect(await trustworthiness(points, places, { threads })).toEqual(expected);
    }
  });

  it("runs off the main thread, reports its progress, and stops when it is aborted", async () => {
    const points = uniform(4, 3000, 8);
    const reports: { stage: string; progress: number }[] = [];
    await trustworthiness(points, nearby(points, 5), { onProgress: (report) => reports.push(report) });
    expect([...new Set(reports.map(({ stage }) => stage))]).toEqual(["PREPARING", "RANKS"]);
    const shares = reports.map(({ progress }) => progress);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);

    const reason = new Error("no longer wanted");
    const abort = new AbortController();
    const onProgress = () => abort.abort(reason);
    const aborted = trustworthiness(points, nearby(points, 5), { signal: abort.signal, onProgress });
    await expect(aborted).rejects.toBe(reason);
  });
});

describe("input that trustworthiness refuses", () => {
  const points = uniform(1, 20, 3);
  const places = uniform(2, 20, 2);
  const wrong = places.data.slice();
  wrong[7] = Number.NaN;

  it.each<[string, Points, TrustworthinessOptions, unknown, string]>([
    [
      "places",
      { data: places.data, dimensions: 3 },
      {},
      40,
      "places must be 60 numbers, 3 for each of 20 rows; it was 40",
    ],
    [
      "places",
      { data: wrong, dimensions: 2 },
      {},
      Number.NaN,
      "places must be finite; that of row 3 holds a component that is NaN",
    ],
    [
      "places",
      { data: places.data, dimensions: 0 },
      {},
      0,
      "places must be of a whole number of dimensions, at least 1; it was 0",
    ],
    [
      "neighbours",
      places,
      { neighbours: 0 },
      0,
      "neighbours must be a whole number from 1 to 1,000; it was 0",
    ],
    ["sample", places, { sample: 0.5 }, 0.5, "sample must be a whole number of at least 1; it was 0.5"],
    [
      "metric",
      places,
      { metric: "L1" as never },
      "L1",
      "metric must be one of EUCLIDEAN, COSINE; it was 'L1'",
    ],
    ["normalize", places, { normalize: 1 as never }, 1, "normalize must be true or false; it was 1"],
    ["threads", places, { threads: 0 }, 0, "threads must be a whole number of at least 1; it was 0"],
    [
      "neighbors",
      places,
      { neighbors: 5 } as never,
      5,
      "neighbors is not an option: did you mean neighbours?",
    ],
  ])("%s", async (field, given, options, value, message) => {
    const error = await trustworthiness(points, given, options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidClusteringInputError);
    expect(error).toMatchObject({ field, value, message });
  });

  it("rows that are not finite", async () => {
    const data = points.data.slice();
    data[4] = Infinity;
    const measured = trustworthiness({ data, dimensions: 3 }, places);
    await expect(measured).rejects.toMatchObject({ field: "data", row: 1 });
  });
});

describe("the estimate of its measurement", () => {
  it("grows with the rows and the sample, and depends on the distinct rows", () => {
    const small = estimateTrustworthiness(10_000, 384, {}, 2);
    const large = estimateTrustworthiness(1_000_000, 384, {}, 2);
    expect(large.seconds).toBeGreaterThan(20 * small.seconds);
    expect(large.bytes).toBeGreaterThan(1.5 * small.bytes);
    expect(large.bytes).toBeLessThan((1_000_000 * 384 * 4) / 4); // the rows are never all copied
    expect(estimateTrustworthiness(1_000_000, 384, { sample: 20_000 }, 2).seconds).toBeGreaterThan(
      4 * large.seconds,
    );
    expect(estimateTrustworthiness(1_000_000, 384, {}, 2, 1_000).seconds).toBeLessThan(large.seconds / 2);
  });

  it.each([
    ["rows", [-1, 384]],
    ["rowDimensions", [10, 0]],
    ["sample", [10, 3, { sample: 0 }]],
    ["neighbors", [10, 3, { neighbors: 5 }]],
    ["threads", [10, 384, {}, 0]],
    ["distinct", [10, 384, {}, 2, 11]],
  ])("refuses %s out of range", (field, given) => {
    const call = () => estimateTrustworthiness(...(given as Parameters<typeof estimateTrustworthiness>));
    expect(call).toThrow(expect.objectContaining({ name: "InvalidClusteringInputError", field }));
  });
});
