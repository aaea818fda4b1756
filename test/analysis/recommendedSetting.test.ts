import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plateausOf, recommendedSetting, type SweptPoint } from "../../src/analysis/recommendedSetting.js";

/** Points of one method: [size, clusters, outliers, agreement with the smaller size]. */
const line = (...points: [number, number, number, number | null][]): SweptPoint[] =>
  points.map(([minClusterSize, clusterCount, outlierCount, adjustedRandIndexToSmaller]) => ({
    ...{ minClusterSize, clusterCount, outlierCount, adjustedRandIndexToSmaller },
    ...{ clusterSelectionMethod: "EXCESS_OF_MASS", clusterSelectionEpsilon: 0 },
  }));
const sizesOf = (points: readonly SweptPoint[]) => points.map(({ minClusterSize }) => minClusterSize);

describe("plateaus", () => {
  it("are neighbouring sizes that agree by 0.9 or more", () => {
    const points = line(
      [5, 9, 70, null],
      [10, 8, 60, 0.9],
      [20, 8, 50, 0.97],
      [50, 4, 40, 0.89],
      [100, 4, 9, 1],
    );
    expect(plateausOf(points).map((plateau) => [sizesOf(plateau.points), plateau.leastAgreement])).toEqual([
      [[5, 10, 20], 0.9],
      [[50, 100], 1],
    ]);
    expect(plateausOf([...points].reverse()).map(({ points }) => sizesOf(points))).toEqual([
      [5, 10, 20],
      [50, 100],
    ]);
  });

  it("have no settings with fewer than two clusters, which agree for no good reason", () => {
    const points = line(
      [5, 1, 0, null],
      [10, 1, 0, 1],
      [20, 0, 90, 1],
      [50, 3, 10, 1],
      [100, 3, 10, 1],
      [200, 1, 0, 1],
    );
    expect(plateausOf(points).map(({ points }) => sizesOf(points))).toEqual([[50, 100]]);
  });

  it("are of one method and epsilon", () => {
    const eom = line([5, 9, 70, null], [10, 8, 60, 0.95]);
    const leaf = eom.map((point) => ({ ...point, clusterSelectionMethod: "LEAF" as const }));
    const merged = leaf.map((point) => ({ ...point, clusterSelectionEpsilon: 0.5 }));
    const mixed = [eom[0], leaf[0], merged[0], eom[1], leaf[1], merged[1]];
    expect(plateausOf(mixed).map(({ points }) => points)).toEqual([eom, leaf, merged]);
  });

  it("are the longest such rows, whatever the points", () => {
    const point = fc.tuple(
      fc.integer({ min: 0, max: 3 }),
      fc.nat(9),
      fc.constantFrom(0.2, 0.899, 0.9, 0.95, 1),
    );
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 9 }), (given) => {
        const points = line(
          ...given.map(([clusters, outliers, agreement], at): [number, number, number, number | null] => [
            2 ** (at + 1),
            clusters,
            outliers,
            at === 0 ? null : agreement,
          ]),
        );
        const isJoined = (at: number) =>
          at > 0 &&
          points[at - 1].clusterCount > 1 &&
          points[at].clusterCount > 1 &&
          (points[at].adjustedRandIndexToSmaller ?? 0) >= 0.9;
        const inPlateau = points.filter(
          (_, at) => isJoined(at) || (at + 1 < points.length && isJoined(at + 1)),
        );
        const plateaus = plateausOf(points);
        expect(plateaus.flatMap((plateau) => plateau.points)).toEqual(inPlateau);
        for (const plateau of plateaus) {
          const [first, ...others] = plateau.points.map((each) => points.indexOf(each));
          expect(isJoined(first)).toBe(false);
          expect(others.every(isJoined)).toBe(true);
        }
      }),
    );
  });
});

describe("the recommended setting", () => {
  it("has the fewest outliers of the widest plateau, whose sizes span the greatest ratio", () => {
    const points = line(
      [5, 9, 70, null],
      [10, 8, 40, 0.9],
      [20, 8, 50, 0.97],
      [50, 4, 4, 0.5],
      [100, 4, 1, 1],
    );
    const recommendation = recommendedSetting(points)!;
    expect(recommendation.point.minClusterSize).toBe(10);
    expect(sizesOf(recommendation.plateau!.points)).toEqual([5, 10, 20]);
    expect(recommendation.closestAgreement).toBeNull();
  });

  it("is on the plateau with fewer outliers if two are equally wide, and the smaller size if these are equal", () => {
    const points = line([5, 9, 70, null], [10, 8, 60, 0.9], [20, 5, 30, 0.5], [40, 4, 30, 0.99]);
    expect(recommendedSetting(points)!.point.minClusterSize).toBe(20);
  });

  it("without a plateau agrees most with a neighbour, larger or smaller", () => {
    const points = line([5, 9, 70, null], [10, 8, 60, 0.3], [20, 5, 80, 0.7], [40, 4, 1, 0.1]);
    expect(recommendedSetting(points)).toMatchObject({
      point: { minClusterSize: 10 },
      plateau: null,
      closestAgreement: 0.7,
    });
  });

  it("without neighbours has the fewest outliers", () => {
    const [a] = line([5, 9, 70, null]);
    const b = { ...a, clusterSelectionMethod: "LEAF" as const, outlierCount: 60 };
    expect(recommendedSetting([a, b])).toEqual({ point: b, plateau: null, closestAgreement: null });
  });

  it("does not exist if no setting gives two clusters", () => {
    expect(recommendedSetting(line([5, 1, 0, null], [10, 0, 90, 0.99]))).toBeNull();
    expect(recommendedSetting([])).toBeNull();
  });
});
