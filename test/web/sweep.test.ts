import { describe, expect, test } from "vitest";
import { plateausOf } from "../../web/sweep/plateaus.js";
import { type Method, type SweepPoint, sweepPicture } from "../../web/sweep/sweepPlot.js";
import { sweepSizes } from "../../web/sweep/sweepSizes.js";

const parameters = (minClusterSize: number, maxClusterSize: number | null = null) => ({
  minClusterSize,
  maxClusterSize,
});

describe("the sizes at which a clustering is looked at", () => {
  test("are its own and the round numbers nearest to it", () => {
    expect(sweepSizes({ embeddingCount: 5000, parameters: parameters(5) })).toEqual([
      ...[2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300],
    ]);
    expect(sweepSizes({ embeddingCount: 100_000, parameters: parameters(100) })).toEqual([
      ...[7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000],
    ]);
    expect(sweepSizes({ embeddingCount: 5000, parameters: parameters(46) })).toContain(46);
  });

  test("are at most half of the embeddings, and the maximum size", () => {
    expect(sweepSizes({ embeddingCount: 30, parameters: parameters(5) })).toEqual([2, 3, 5, 7, 10, 15]);
    expect(sweepSizes({ embeddingCount: 5000, parameters: parameters(5, 7) })).toEqual([2, 3, 5, 7]);
    // Its own is among them, whatever it is.
    expect(sweepSizes({ embeddingCount: 2, parameters: parameters(2) })).toEqual([2]);
    expect(sweepSizes({ embeddingCount: 10, parameters: parameters(9) })).toEqual([2, 3, 5, 9]);
  });

  test("are fewer of very many embeddings", () => {
    const lengths = [1000, 100_000, 200_000, 1_000_000, 10_000_000].map(
      (embeddingCount) => sweepSizes({ embeddingCount, parameters: parameters(1000) }).length,
    );
    expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
    expect(lengths.slice(1)).toEqual([14, 7, 3, 3]);
  });
});

function point(
  minClusterSize: number,
  clusterCount: number,
  adjustedRandIndexToSmaller: number | null,
  method: Method = "EXCESS_OF_MASS",
  outlierCount = 0,
): SweepPoint {
  return {
    ...{ minClusterSize, clusterCount, adjustedRandIndexToSmaller, outlierCount },
    clusterSelectionMethod: method,
  };
}

describe("plateaus", () => {
  const sizesOf = (points: SweepPoint[]) =>
    plateausOf(points).map((plateau) => plateau.map(({ minClusterSize }) => minClusterSize));

  test("are two or more sizes, each of which agrees with the one before", () => {
    expect(
      sizesOf([
        ...[point(2, 50, null), point(3, 40, 0.89), point(5, 38, 0.9), point(7, 38, 1)],
        ...[point(10, 9, 0.2), point(15, 4, 0.5), point(20, 4, 0.97)],
      ]),
    ).toEqual([
      [3, 5, 7],
      [15, 20],
    ]);
  });

  test("are not where there is no cluster, or one, although such settings agree", () => {
    expect(sizesOf([point(2, 1, null), point(3, 1, 1), point(5, 2, 0.95), point(7, 2, 1)])).toEqual([[5, 7]]);
    expect(sizesOf([point(2, 0, null), point(3, 0, 1), point(5, 0, 1)])).toEqual([]);
    expect(sizesOf([point(2, 3, null), point(3, 3, 1), point(5, 0, 0.1), point(7, 0, 1)])).toEqual([[2, 3]]);
    expect(sizesOf([])).toEqual([]);
  });
});

describe("the plot of a sweep", () => {
  const points = [
    point(100, 0, 0.1, "LEAF", 1000),
    ...[point(10, 99, null, "LEAF", 500), point(10, 9, null, "EXCESS_OF_MASS", 0)],
    ...[point(100, 9, 0.95, "EXCESS_OF_MASS", 250), point(1000, 1, 0.2, "EXCESS_OF_MASS", 900)],
  ];

  test("has a point of each setting in both plots, where its numbers say", () => {
    const { panels, left, right } = sweepPicture(points, 1000, 400);
    const [clusters, outliers] = panels;
    expect(panels.map(({ name }) => name)).toEqual(["Clusters", "Outliers"]);
    for (const { series } of panels)
      expect(series.map(({ method, points }) => [method, points.length])).toEqual([
        ["EXCESS_OF_MASS", 3],
        ["LEAF", 2],
      ]);
    const [persistent, leaves] = outliers.series;
    // Sizes are evenly spread by their ratios.
    const xs = persistent.points.map(({ x }) => x);
    for (const [n, x] of [left, (left + right) / 2, right].entries()) expect(xs[n]).toBeCloseTo(x);
    const { top, bottom } = outliers;
    expect(persistent.points.map(({ y }) => y)).toEqual([
      ...[bottom, bottom - 0.25 * (bottom - top), bottom - 0.9 * (bottom - top)],
    ]);
    expect(leaves.points.map(({ y }) => y)).toEqual([(top + bottom) / 2, top]);
    // 99 clusters are at the top, none at the bottom, 9 halfway by log(1 + n).
    const heights = clusters.series.map(({ points }) => points.map(({ y }) => y));
    expect(heights[1]).toEqual([clusters.top, clusters.bottom]);
    expect(heights[0][0]).toBeCloseTo((clusters.top + clusters.bottom) / 2);
  });

  test("marks the plateaus along the line of their method", () => {
    const { panels } = sweepPicture(points, 1000, 400);
    for (const { series } of panels) {
      const [persistent, leaves] = series;
      const [first, second] = persistent.line.split(" ");
      expect(persistent.plateaus).toEqual([`${first} ${second}`]);
      expect(leaves.plateaus).toEqual([]);
    }
  });

  test.each([200, 290, 400, 1200])("has all within %d pixels, and texts that do not touch", (width) => {
    const sizes = sweepSizes({ embeddingCount: 100_000, parameters: parameters(46) });
    const many = sizes.map((size, n) => point(size, 3 ** n, null));
    const picture = sweepPicture(many, 100_000, width);
    const gaps = (ats: number[]) => {
      const sorted = [...ats].sort((a, b) => a - b);
      return sorted.slice(1).map((at, n) => at - sorted[n]);
    };
    expect(Math.min(...gaps(picture.sizes.map(({ at }) => at)))).toBeGreaterThanOrEqual(30);
    expect(picture.sizes.length).toBeGreaterThan(1);
    for (const { series, top, bottom, ticks } of picture.panels) {
      expect(Math.min(...gaps(ticks.map(({ at }) => at)))).toBeGreaterThanOrEqual(17);
      for (const { x, y } of series.flatMap(({ points }) => points)) {
        expect(x).toBeGreaterThanOrEqual(picture.left);
        expect(x).toBeLessThanOrEqual(picture.right);
        expect(y).toBeGreaterThanOrEqual(top);
        expect(y).toBeLessThanOrEqual(bottom);
      }
      expect(bottom).toBeLessThan(picture.height);
    }
  });

  test("of a single setting without a cluster has finite places", () => {
    const { panels, sizes } = sweepPicture([point(2, 0, null, "LEAF", 2)], 2, 300);
    for (const { series } of panels)
      for (const { x, y } of series[0].points) expect([x, y].every(Number.isFinite)).toBe(true);
    expect(sizes.map(({ text }) => text)).toEqual(["2"]);
  });
});
