import { describe, expect, test } from "vitest";
import {
  FLOAT32_SLACK,
  lowerBound,
  lowerBoundBeyond,
  type QuantisedRows,
  squareLimit,
  surelyNearerSquare,
  upperBound,
} from "../../src/clustering/quantisedRows.js";
import { random } from "./shuffled.js";

/**
 * Places on a line through the centre, where the bounds are tight: at `x`, and as far from their points as `errors`
 * says.
 */
function placesAt(
  x: number[],
  errors: number[],
  metric: "EUCLIDEAN" | "COSINE",
  unit: number,
): QuantisedRows {
  const norms = Float32Array.from(x, (at) => at * at);
  const relative = errors.map((error, place) => error / Math.abs(x[place]));
  return {
    norms,
    errors: Float64Array.from(errors),
    mostError: Math.max(...errors),
    mostRelativeError: Math.max(...relative),
    metric,
    unit,
  } as QuantisedRows;
}
const inMetric = (metric: string, distance: number) => (metric === "COSINE" ? distance ** 2 / 2 : distance);

const next = random(11);
const cases = Array.from({ length: 400 }, (_, n) => {
  const x = [-1 - next(), 1 + next()].map((at) => Math.fround(at));
  const errors = [0.02 * next(), 0.02 * next()];
  const metric = n % 2 ? ("COSINE" as const) : ("EUCLIDEAN" as const);
  const unit = 2 ** (n % 5);
  return { x, errors, metric, unit, rows: placesAt(x, errors, metric, unit), apart: Math.abs(x[0] - x[1]) };
});
/** Nearly the largest error that the kernel's squares may have. */
const wrong = ({ norms }: QuantisedRows) => 0.99 * FLOAT32_SLACK * (norms[0] + norms[1]);

describe("bounds of the distance between two places", () => {
  test("the lower bound holds, and is tight where the errors of points and square are largest", () => {
    for (const { rows, errors, metric, unit, apart } of cases) {
      const least = inMetric(metric, (apart - errors[0] - errors[1]) * unit);
      const bound = lowerBound(rows, 0, 1, apart * apart + wrong(rows));
      expect(bound).toBeLessThanOrEqual(least);
      expect(bound).toBeGreaterThan(least * (1 - 1e-6));
    }
  });

  test("the upper bound holds, and is tight where the errors of points and square are largest", () => {
    for (const { rows, errors, metric, unit, apart } of cases) {
      const most = inMetric(metric, (apart + errors[0] + errors[1]) * unit);
      const bound = upperBound(rows, 0, 1, apart * apart - wrong(rows));
      expect(bound).toBeGreaterThanOrEqual(most);
      expect(bound).toBeLessThan(most * (1 + 1e-6));
    }
  });

  test("the lower bound is never below 0", () => {
    const rows = placesAt([1, 1.01], [0.02, 0.02], "COSINE", 1);
    expect(lowerBound(rows, 0, 1, 0.01 * 0.01)).toBe(0);
    expect(lowerBoundBeyond(rows, 0, 0.01 * 0.01)).toBe(0);
  });
});

describe("bounds of the distance to any place beyond a square", () => {
  test("the lower bound holds, and is tight", () => {
    for (const { rows, errors, metric, unit, apart } of cases) {
      const least = inMetric(metric, (apart - errors[0] - errors[1]) * unit);
      const bound = lowerBoundBeyond(rows, 0, apart * apart);
      expect(bound).toBeLessThanOrEqual(least);
      const mostErrors = errors[0] + rows.mostError;
      expect(bound).toBeGreaterThan(inMetric(metric, (apart - mostErrors) * unit) * (1 - 1e-4));
    }
  });

  test("the square of the distance to any place within a distance is below its limit, but close to it", () => {
    for (const { rows, errors, metric, unit, apart } of cases) {
      const distance = inMetric(metric, (apart - errors[0] - errors[1]) * unit);
      const limit = squareLimit(rows, 0, distance);
      expect(limit).toBeGreaterThan(apart * apart);
      expect(Math.sqrt(limit)).toBeLessThan((apart + Math.abs(rows.mostError - errors[1])) * (1 + 1e-4));
    }
    expect(squareLimit(cases[0].rows, 0, Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  });

  test("a place with a square below this is nearer than the distance, and few others are", () => {
    for (const { rows, errors, metric, unit, apart } of cases) {
      const distance = inMetric(metric, (apart + errors[0] + errors[1]) * unit);
      const square = surelyNearerSquare(rows, 0, distance);
      expect(square).toBeLessThan(apart * apart - wrong(rows));
      expect(Math.sqrt(square)).toBeGreaterThan((apart - Math.abs(rows.mostError - errors[1])) * (1 - 1e-4));
    }
    expect(surelyNearerSquare(cases[0].rows, 0, 0)).toBe(-1);
  });
});
