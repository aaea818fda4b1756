import { describe, expect, test } from "vitest";
import {
  curveMultiples,
  curvePicture,
  firstPlace,
  type Joining,
  multipleText,
  surveyed,
} from "../../web/outliers/joiningCurve.js";

/** The curve of outliers that join at given multiples, read where it is asked for. */
const counted = (joins: readonly number[], multiples: readonly number[]): Joining[] =>
  multiples.map((within) => ({ within, outlierCount: joins.filter((join) => join <= within).length }));

describe("the curve of joining outliers", () => {
  test.each([
    ["hardly farther than their cluster's members", 1.2, 0.0001],
    ["a little farther", 2, 0.9],
    ["much farther", 90, 3],
    ["exactly where the cluster is joined", 1, 0],
  ])("has the multiples between which outliers join that are %s", (_, end, spread) => {
    const joins = Array.from({ length: 200 }, (_, n) => Math.max(1, end - spread * (1 - n / 199)));
    const multiples = curveMultiples(counted(joins, surveyed))!;
    expect(multiples.length).toBe(20);
    const steps = multiples.map((multiple, n) => multiple - (multiples[n - 1] ?? 1));
    for (const step of steps) expect(step).toBeCloseTo(steps[0], 3);
    expect(new Set(multiples).size).toBe(20);
    const last = counted(joins, multiples).at(-1)!;
    expect(last.outlierCount).toBeGreaterThanOrEqual(0.98 * joins.length);
    expect(surveyed).toContain(last.within);
  });

  test("does not exist where no outlier joins a cluster", () => {
    expect(curveMultiples(counted([200, Number.POSITIVE_INFINITY], surveyed))).toBeNull();
  });

  test("is asked for in as many multiples as one request may have", () => {
    expect(surveyed.length).toBeLessThanOrEqual(20);
    expect([...surveyed].sort((a, b) => a - b)).toEqual(surveyed);
  });

  test("is first shown at 1.25, or where outliers begin to join", () => {
    const multiples = Array.from({ length: 21 }, (_, n) => 1 + n / 10);
    expect(multiples[firstPlace(counted([1.1, 1.9], multiples))]).toBe(1.2);
    expect(multiples[firstPlace(counted([1.72], multiples))]).toBeCloseTo(1.8);
    expect(firstPlace(counted([9], multiples))).toBe(2);
  });

  test("rises from the left to the right, within the picture", () => {
    const curve = counted([1.1, 1.2, 1.2, 3], [1, 1.1, 1.2, 1.3]);
    const { places, left, right, top, bottom, shares, multiples } = curvePicture(curve, 4, 400);
    expect(places.map(({ x }) => Math.round((3 * (x - left)) / (right - left)))).toEqual([0, 1, 2, 3]);
    expect(places.map(({ y }) => (bottom - y) / (bottom - top))).toEqual([0, 0.25, 0.75, 0.75]);
    expect(shares.map(({ at }) => at)).toEqual([bottom, (top + bottom) / 2, top]);
    expect(multiples.map(({ text }) => text)).toEqual(["1 ×", "1.1 ×", "1.3 ×"]);
    expect([1.0005, 1.0025, 1.25, 3].map(multipleText)).toEqual(["1.0005", "1.0025", "1.25", "3"]);
  });
});
