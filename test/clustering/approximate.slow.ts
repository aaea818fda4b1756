import { describe, expect, it } from "vitest";
import { hdbscan, type Points } from "../../src/clustering/index.js";
import { clusterHere } from "./clusterHere.js";
import { goldenPoints, sharedGoldenCase, sharedIsHere } from "./goldenCases.js";
import { random, shuffled } from "./shuffled.js";
import { withoutEnds } from "./withoutEnds.js";

const APPROXIMATE = { algorithm: "APPROXIMATE_HDBSCAN" } as const;

/** Clumps of several densities among stray points. */
function clumps(rows: number, dimensions: number): Points {
  const next = random(11);
  const centres = Float32Array.from({ length: 40 * dimensions }, () => 8 * next());
  const data = new Float32Array(rows * dimensions);
  for (let row = 0; row < rows; row++) {
    const clump = Math.floor(next() * 44);
    for (let c = 0; c < dimensions; c++) {
      const stray = 8 * next();
      data[row * dimensions + c] =
        clump < 40 ? centres[clump * dimensions + c] + (1 + (clump % 3)) * next() : stray;
    }
  }
  return { data, dimensions };
}

/** Adjusted Rand index (Hubert & Arabie 1985) of two labellings, outliers as one more cluster. */
function adjustedRandIndex(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const pairs = (counts: Map<string, number>) =>
    [...counts.values()].reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);
  const both = new Map<string, number>();
  const ofA = new Map<string, number>();
  const ofB = new Map<string, number>();
  for (let i = 0; i < a.length; i++) {
    for (const [counts, key] of [
      [both, `${a[i]} ${b[i]}`],
      [ofA, `${a[i]}`],
      [ofB, `${b[i]}`],
    ] as const) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const chance = (pairs(ofA) * pairs(ofB)) / ((a.length * (a.length - 1)) / 2);
  return (pairs(both) - chance) / ((pairs(ofA) + pairs(ofB)) / 2 - chance);
}

describe("the approximate mode", () => {
  it("is the same for any number of threads and any order of the rows, and reports its parameters", async () => {
    const points = clumps(5000, 12);
    const alone = await hdbscan(points, { ...APPROXIMATE, threads: 1 });
    expect(alone.parameters.algorithm).toBe("APPROXIMATE_HDBSCAN");
    for (const threads of [2, 4]) {
      const result = await hdbscan(points, { ...APPROXIMATE, threads });
      expect(withoutEnds(result)).toEqual(withoutEnds(alone));
    }
    const order = shuffled(5000, 2);
    const data = new Float32Array(points.data.length);
    order.forEach((row, k) => {
      data.set(points.data.subarray(row * 12, (row + 1) * 12), k * 12);
    });
    const moved = await hdbscan({ data, dimensions: 12 }, APPROXIMATE);
    expect([...moved.labels]).toEqual(Array.from(order, (row) => alone.labels[row]));
    expect(moved.treeWeight).toBe(alone.treeWeight);
  });

  it("is near the exact result", async () => {
    const points = clumps(5000, 12);
    const exact = await hdbscan(points, { minClusterSize: 10 });
    const result = await hdbscan(points, { ...APPROXIMATE, minClusterSize: 10 });
    expect(exact.sizes.length).toBeGreaterThan(20);
    expect(adjustedRandIndex(result.labels, exact.labels)).toBeGreaterThan(0.99);
    expect(result.treeWeight / exact.treeWeight - 1).toBeLessThan(0.01);
    result.medoids.forEach((medoid, label) => {
      expect(result.labels[medoid]).toBe(label);
    });
  });

  it("joins clumps that no neighbour list connects", async () => {
    const next = random(4);
    const data = Float32Array.from({ length: 3000 * 3 }, (_, at) => 100 * (Math.floor(at / 3) % 30) + next());
    const points = { data, dimensions: 3 };
    const exact = await hdbscan(points, { minClusterSize: 20 });
    const result = await hdbscan(points, { ...APPROXIMATE, minClusterSize: 20 });
    expect(exact.sizes.length).toBe(30);
    expect([...result.labels]).toEqual([...exact.labels]);
  });

  it("loses no row of clumps along a line, in any of 24 data sets", () => {
    const losing: string[] = [];
    for (const count of [3, 8, 20]) {
      for (const dimensions of [1, 2, 3, 8]) {
        for (const seed of [1, 2]) {
          const rows = 1_100 + 300 * seed;
          const next = random(100 * count + 10 * dimensions + seed);
          const data = Float32Array.from({ length: rows * dimensions }, (_, at) => {
            const row = Math.floor(at / dimensions);
            return 1000 * ((row * 7919) % count) + next();
          });
          const parameters = { ...APPROXIMATE, minClusterSize: 10, minSamples: 5 };
          const { labels } = clusterHere(data, dimensions, parameters);
          const lost = labels.filter((label) => label < 0).length;
          // In the exact result, too, a few rows at the edge of a clump are outliers.
          const exact =
            lost === 0
              ? labels
              : clusterHere(data, dimensions, { ...parameters, algorithm: "HDBSCAN" }).labels;
          const wrong = labels.filter((label, row) => label < 0 && exact[row] >= 0).length;
          if (wrong > 0)
            losing.push(`${count} clumps, ${dimensions} dimensions, seed ${seed}: ${wrong} rows`);
        }
      }
    }
    expect(losing).toEqual([]);
  });

  it("refuses an alpha that moves all distances out of the range of numbers", async () => {
    const failure = hdbscan(clumps(2000, 3), { ...APPROXIMATE, alpha: 1e-308 });
    await expect(failure).rejects.toMatchObject({ field: "alpha", value: 1e-308 });
  });

  it("is the same at any magnitude", () => {
    const { data, dimensions } = clumps(2000, 3);
    const { labels, medoids } = clusterHere(data, dimensions, APPROXIMATE);
    for (const factor of [2 ** -100, 2 ** 120]) {
      const scaled = clusterHere(
        data.map((x) => x * factor),
        dimensions,
        APPROXIMATE,
      );
      expect([...scaled.labels]).toEqual([...labels]);
      expect([...scaled.medoids]).toEqual([...medoids]);
    }
    const divided = clusterHere(data, dimensions, { ...APPROXIMATE, minSamples: 1, alpha: 2 ** 900 });
    const plain = clusterHere(data, dimensions, { ...APPROXIMATE, minSamples: 1 });
    expect([...divided.labels]).toEqual([...plain.labels]);
  });

  it("is exact if all rows fit into one leaf of its trees", async () => {
    const points = clumps(900, 5);
    const exact = await hdbscan(points);
    expect(await hdbscan(points, APPROXIMATE)).toEqual({
      ...exact,
      parameters: { ...exact.parameters, ...APPROXIMATE },
    });
  });

  it.skipIf(!sharedIsHere)(
    "has the exact clusters of 20,000 real embeddings, except for one in a hundred pairs",
    async () => {
      const golden = sharedGoldenCase("wordnet-20000-leaf");
      const result = await hdbscan(goldenPoints(golden), { ...golden.parameters, ...APPROXIMATE });
      expect(adjustedRandIndex(result.labels, golden.expected.labels)).toBeGreaterThan(0.99);
    },
  );
});
