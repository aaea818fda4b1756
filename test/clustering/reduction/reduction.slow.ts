import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  estimate,
  type HdbscanOptions,
  type HdbscanResult,
  hdbscan,
  InvalidClusteringInputError,
  layOut,
  type Progress,
  parameterFaults,
  type ReductionOptions,
  resolveParameters,
  type Stage,
} from "../../../src/clustering/index.js";
import { clusterHere } from "../clusterHere.js";
import { expectToStop } from "../expectToStop.js";
import { sharedIsHere, wordnetPoints } from "../goldenCases.js";
import { clumps, rowsOf } from "../layout/layOutHere.js";
import { shuffled } from "../shuffled.js";
import { withoutEnds } from "../withoutEnds.js";

const DIMENSIONS = 12;
const data = clumps(250, DIMENSIONS, 8);
const points = { data, dimensions: DIMENSIONS };
const both: [string, ReductionOptions][] = [
  ["UMAP", { method: "UMAP", dimensions: 3 }],
  ["PCA", { method: "PCA", dimensions: 3 }],
];

const digest = ({ labels, probabilities, outlierScores, persistence, medoids }: HdbscanResult) => {
  const hash = createHash("sha256");
  for (const values of [labels, probabilities, outlierScores, persistence, medoids]) hash.update(values);
  return hash.digest("hex").slice(0, 32);
};

/** All that belongs to a row, with its cluster's medoid as the content of that row. */
const ofRows = (result: HdbscanResult, rows: number[][]) =>
  rows.map((row, r) => {
    const label = result.labels[r];
    const medoid = label < 0 ? null : rows[result.medoids[label]];
    return { row, label, medoid, probability: result.probabilities[r], score: result.outlierScores[r] };
  });

describe("a clustering of reduced rows", () => {
  /** Changes only with `engineVersion`: results that were stored could not be computed again. */
  it.each([
    [{ ...both[0][1], neighbours: 10 }, "6e1e93f7cbc0d43b4d08f8f3df5b511b"],
    [both[1][1], "2f1cebf5780140eeb5e3c35a2dbc0787"],
    [{ neighbours: 8, minDistance: 0.2, seed: 3 }, "e2a2b51183d6968248482f7460c1e341"],
  ])("is as ever, and in the portable kernel: %o", (reduction, golden) => {
    const parameters = resolveParameters({ minClusterSize: 8, reduction });
    const result = clusterHere(data, DIMENSIONS, parameters);
    expect(result.sizes.length).toBeGreaterThan(2);
    expect(digest(result)).toBe(golden);
    expect(digest(clusterHere(data, DIMENSIONS, parameters, null))).toBe(golden);
  });

  it.each(both)("by %s is the same in any order of the rows", (_, reduction) => {
    const parameters = resolveParameters({ minClusterSize: 8, reduction });
    const rows = rowsOf(data, DIMENSIONS);
    const expected = ofRows(clusterHere(data, DIMENSIONS, parameters), rows);
    for (const seed of [1, 2]) {
      const order = [...shuffled(rows.length, seed)];
      const moved = order.map((row) => rows[row]);
      const result = clusterHere(Float32Array.from(moved.flat()), DIMENSIONS, parameters);
      expect(ofRows(result, moved)).toEqual(order.map((row) => expected[row]));
    }
  });

  it.each(both)("by %s does not depend on the unit of the rows", (_, reduction) => {
    const parameters = resolveParameters({ minClusterSize: 8, reduction });
    const expected = clusterHere(data, DIMENSIONS, parameters);
    for (const factor of [2 ** -110, 2 ** -30, 2 ** 60, 2 ** 110]) {
      const scaled = data.map((x) => x * factor);
      const { labels, medoids, probabilities, outlierScores } = clusterHere(scaled, DIMENSIONS, parameters);
      expect({ labels, medoids }).toEqual({ labels: expected.labels, medoids: expected.medoids });
      expect(probabilities).toEqual(expected.probabilities);
      expect(outlierScores).toEqual(expected.outlierScores);
    }
  });

  it.each(both)("by %s is the same by any number of threads", async (_, reduction) => {
    const many = { data: clumps(800, DIMENSIONS, 9), dimensions: DIMENSIONS };
    const alone = await hdbscan(many, { threads: 1, reduction });
    for (const threads of [2, 4]) {
      expect(withoutEnds(await hdbscan(many, { threads, reduction }))).toEqual(withoutEnds(alone));
    }
  });

  it.each(["EUCLIDEAN", "COSINE"] as const)(
    "is that of the layout's places, by their Euclidean distance: %s",
    async (metric) => {
      const { places } = await layOut(points, { dimensions: 3, minDistance: 0, metric, normalize: true });
      const expected = await hdbscan({ data: places, dimensions: 3 }, { minClusterSize: 8 });
      const reduction = { dimensions: 3 };
      const result = await hdbscan(points, { minClusterSize: 8, metric, normalize: true, reduction });
      // Clusters of equal size are numbered by the content of their medoids, which differs from their places.
      const medoidsOf = ({ labels, medoids }: HdbscanResult) => labels.map((label) => medoids[label] ?? -1);
      expect(medoidsOf(result)).toEqual(medoidsOf(expected));
      expect(result.probabilities).toEqual(expected.probabilities);
      expect(result.outlierScores).toEqual(expected.outlierScores);
      expect(result.treeWeight).toBe(expected.treeWeight);
    },
  );

  it.each(both)("by %s: medoids are members, and equal rows share everything", async (_, reduction) => {
    const result = await hdbscan(points, { minClusterSize: 8, reduction });
    result.medoids.forEach((row, label) => {
      expect(result.labels[row]).toBe(label);
    });
    const rows = ofRows(result, rowsOf(data, DIMENSIONS));
    const first = new Map<number, number>();
    rows.forEach((row, r) => {
      const number = result.distinctPoints[r];
      const same = first.get(number);
      if (same === undefined) first.set(number, r);
      else expect(row).toEqual(rows[same]);
    });
    expect(first.size).toBeLessThan(rows.length);
    // Of equal rows, the medoid is the first.
    for (const row of result.medoids) expect(first.get(result.distinctPoints[row])).toBe(row);
  });

  it("tells rows apart that become equal: the medoid is the first of them by content, in any order", async () => {
    // The second component varies less than the first and is dropped.
    const rows = [0, 1, 2, 100, 101, 102].flatMap((x) => [
      [x, 0.25],
      [x, -0.25],
      [x, 0],
    ]);
    const reduction = { method: "PCA", dimensions: 1 } as const;
    for (const seed of [1, 2, 3]) {
      const moved = [...shuffled(rows.length, seed)].map((row) => rows[row]);
      const { labels, medoids, distinctPoints } = await hdbscan(
        { data: Float32Array.from(moved.flat()), dimensions: 2 },
        { minClusterSize: 5, reduction },
      );
      expect(new Set(distinctPoints).size).toBe(rows.length);
      expect(moved.map(([x], row) => [labels[row], x < 50 ? 0 : 1])).toEqual(
        moved.map(([x]) => (x < 50 ? [0, 0] : [1, 1])),
      );
      expect([...medoids].map((row) => moved[row])).toEqual([
        [1, -0.25],
        [101, -0.25],
      ]);
    }
  });
});

describe("every parameter is returned as it took effect", () => {
  it("neighbours are no more than the distinct rows", async () => {
    const few = Float32Array.from({ length: 80 }, (_, k) => Math.floor(k / 8));
    const { parameters } = await hdbscan({ data: few, dimensions: 2 }, { reduction: { dimensions: 2 } });
    expect(parameters.reduction).toEqual({
      method: "UMAP",
      dimensions: 2,
      neighbours: 10,
      minDistance: 0,
      seed: 0,
    });
  });

  it("PCA has dimensions alone; what is absent or null has its default; COSINE scales rows", () => {
    expect(resolveParameters({ reduction: {} }, 5).reduction).toEqual({
      method: "UMAP",
      dimensions: 5,
      neighbours: 15,
      minDistance: 0,
      seed: 0,
    });
    const pca = { method: "PCA", dimensions: 5, neighbours: null, minDistance: null, seed: null } as const;
    expect(resolveParameters({ reduction: { method: "PCA", neighbours: 15, seed: null } }).reduction).toEqual(
      pca,
    );
    expect(resolveParameters({ reduction: pca }).reduction).toEqual(pca);
    expect(resolveParameters({ reduction: null }).reduction).toBeNull();
    expect(resolveParameters({ reduction: {}, metric: "COSINE" })).toMatchObject({
      metric: "COSINE",
      normalize: true,
    });
  });
});

describe("few or equal rows have a result, and it has no NaN", () => {
  const numbersOf = ({ probabilities, outlierScores, persistence, treeWeight }: HdbscanResult) => [
    ...probabilities,
    ...outlierScores,
    ...persistence,
    treeWeight,
  ];

  it.each(both)("%s", async (_, reduction) => {
    const cases: [string, number[][]][] = [
      ["none", []],
      ["one", [[1, 2, 3]]],
      ["one distinct row", Array.from({ length: 30 }, () => [1, 2, 3])],
      ["two distinct rows", Array.from({ length: 30 }, (_, k) => [k % 2, 2, 3])],
      ["masses of copies", Array.from({ length: 400 }, (_, k) => [k % 7, k % 3, k % 2])],
      ["a line", Array.from({ length: 60 }, (_, k) => [k, k, k])],
    ];
    for (const [name, rows] of cases) {
      const result = await hdbscan({ data: Float32Array.from(rows.flat()), dimensions: 3 }, { reduction });
      expect(numbersOf(result).every(Number.isFinite), name).toBe(true);
      expect(result.labels.length).toBe(rows.length);
    }
    const single = await hdbscan(
      { data: new Float32Array(90).fill(2), dimensions: 3 },
      { reduction, allowSingleCluster: true },
    );
    expect([...single.sizes]).toEqual([30]);
    expect([...single.medoids]).toEqual([0]);
  });

  it("groups without a link between them are clusters", async () => {
    const islands = clumps(300, 6, 1).map((x, at) => x + 1000 * (Math.floor(at / 6) % 3));
    const { labels, sizes } = await hdbscan(
      { data: islands, dimensions: 6 },
      {
        minClusterSize: 40,
        reduction: { dimensions: 2, neighbours: 5 },
      },
    );
    expect(sizes.length).toBeGreaterThanOrEqual(3);
    const islandsOf = Array.from(sizes, () => new Set<number>());
    labels.forEach((label, row) => {
      if (label >= 0) islandsOf[label].add(row % 3);
    });
    expect(islandsOf.map((set) => set.size)).toEqual(islandsOf.map(() => 1));
  });
});

describe("manners", () => {
  it.each(both)("%s: progress goes through REDUCING, never falls, and ends with 1", async (_, reduction) => {
    const reports: { stage: Stage; progress: number }[] = [];
    await hdbscan(points, { reduction, onProgress: (report) => reports.push(report) });
    expect([...new Set(reports.map(({ stage }) => stage))]).toEqual([
      "PREPARING",
      "REDUCING",
      "NEIGHBOURS",
      "SPANNING_TREE",
      "CLUSTERS",
      "MEDOIDS",
    ]);
    const shares = reports.map(({ progress }) => progress);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    expect(reports.filter(({ stage }) => stage === "REDUCING").length).toBeGreaterThan(1);
  });

  it.each(both)("%s: an aborted reduction stops computing", async (_, reduction) => {
    const many = { data: clumps(1500, 100, 20), dimensions: 100 };
    await expectToStop<Progress>(
      (options) => hdbscan(many, { ...options, reduction: { ...reduction, dimensions: 40 } }),
      [({ stage }) => stage === "REDUCING"],
    );
  });

  it("a reduction has its share in the estimate of time and memory", () => {
    for (const [_, reduction] of both) {
      const small = estimate(10_000, 384, { reduction }, 2);
      const large = estimate(100_000, 384, { reduction }, 2);
      expect(large.seconds).toBeGreaterThan(5 * small.seconds);
      expect(large.bytes).toBeGreaterThan(2 * small.bytes);
      expect(estimate(100_000, 384, { reduction }, 2, 10_000).seconds).toBeLessThan(large.seconds / 4);
    }
    const unreduced = estimate(100_000, 384, {}, 2);
    expect(estimate(100_000, 384, { reduction: {} }, 2).seconds).toBeGreaterThan(unreduced.seconds);
    expect(estimate(100_000, 384, { reduction: { method: "PCA" } }, 2).seconds).toBeLessThan(
      unreduced.seconds,
    );
  });
});

describe("input that is refused", () => {
  const refused = async (reduction: unknown, rows = points): Promise<[string, unknown, string]> => {
    const error = await hdbscan(rows, { reduction } as HdbscanOptions).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(InvalidClusteringInputError);
    const { field, value, message } = error as InvalidClusteringInputError;
    return [field, value, message];
  };

  it.each([
    ["method", "TSNE", "one of UMAP, PCA; it was 'TSNE'"],
    ["dimensions", 0, "a whole number of at least 1; it was 0"],
    ["dimensions", 13, "a whole number of at least 1 and at most the dimensions of the rows, 12; it was 13"],
    ["neighbours", 1, "a whole number from 2, as a row is in its own neighbourhood, to 1,000; it was 1"],
    ["minDistance", 1.5, "a number from 0 to 1, the spread; it was 1.5"],
    ["minDistance", Number.NaN, "a number from 0 to 1, the spread; it was NaN"],
    ["seed", 2 ** 31, "a whole number of 32 bits, from -2147483648 to 2147483647; it was 2147483648"],
    ["seed", 0.5, "a whole number of 32 bits, from -2147483648 to 2147483647; it was 0.5"],
  ])("%s %s", async (name, value, expected) => {
    const field = `reduction.${name}`;
    const reduction = { dimensions: 3, [name]: value };
    expect(await refused(reduction)).toEqual([field, value, `${field} must be ${expected}`]);
    if (name !== "dimensions") return;
    expect(await refused({ ...reduction, method: "PCA" })).toEqual([
      field,
      value,
      `${field} must be ${expected}`,
    ]);
  });

  it("parameters of UMAP with PCA, unless they have their defaults", () => {
    const ofPca = (given: object) =>
      parameterFaults({ reduction: { method: "PCA", ...given } }).map(({ message }) => message);
    expect(ofPca({ neighbours: 30, minDistance: 0.1, seed: -1 })).toEqual([
      "reduction.neighbours must be null with method PCA, as it is a parameter of UMAP; it was 30",
      "reduction.minDistance must be null with method PCA, as it is a parameter of UMAP; it was 0.1",
      "reduction.seed must be null with method PCA, as it is a parameter of UMAP; it was -1",
    ]);
    expect(ofPca({ neighbours: Number.NaN })).toHaveLength(1);
    expect(ofPca({ neighbours: 15, minDistance: 0, seed: 0 })).toEqual([]);
    expect(ofPca({ neighbours: null, minDistance: undefined })).toEqual([]);
    expect(() => estimate(9, 9, { reduction: { method: "PCA", seed: 1 } })).toThrow("reduction.seed must be");
  });

  it("what is no reduction, and unknown names", async () => {
    expect(await refused(5)).toEqual([
      "reduction",
      5,
      "reduction must be an object, or null for none; it was number",
    ]);
    expect(await refused({ neighbors: 5 })).toEqual([
      "reduction.neighbors",
      5,
      "reduction.neighbors is not an option: did you mean neighbours?",
    ]);
  });

  it("all of them at once, with other parameters", () => {
    const faults = parameterFaults({ alpha: 0, reduction: { dimensions: 0, seed: 2 ** 40 } });
    expect(faults.map(({ field }) => field)).toEqual(["alpha", "reduction.dimensions", "reduction.seed"]);
  });

  it("rows so far apart that float32 cannot hold their components, and rows that are not finite", async () => {
    const far = { data: Float32Array.of(3e38, -3e38, -3e38, 3e38), dimensions: 2 };
    expect(await refused({ method: "PCA", dimensions: 2 }, far)).toEqual([
      "data",
      expect.any(Number),
      "row 1 is so far from the others that float32 cannot hold its principal components",
    ]);
    const broken = { data: Float32Array.of(1, 2, Number.NaN, 4), dimensions: 2 };
    expect((await refused({ dimensions: 2 }, broken))[2]).toBe("row 1 holds a component that is NaN");
  });
});

it.skipIf(!sharedIsHere)(
  "5,000 independent texts, which in 384 dimensions have hardly any clusters, have more than 50",
  async () => {
    const { sizes, labels } = await hdbscan(wordnetPoints(0, 5_000), {
      minClusterSize: 10,
      normalize: true,
      reduction: {},
    });
    expect(sizes.length).toBeGreaterThanOrEqual(50);
    expect(labels.filter((label) => label < 0).length).toBeLessThan(0.45 * 5_000);
    expect(sizes[0]).toBeLessThan(0.1 * 5_000);
  },
);
