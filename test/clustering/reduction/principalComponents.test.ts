import fc from "fast-check";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { principalComponents } from "../../../src/clustering/reduction/principalComponents.js";
import { Team } from "../../../src/clustering/team.js";
import { rowsOf } from "../layout/layOutHere.js";
import { random } from "../shuffled.js";

const alone = new Team([], null);

/** The components of rows of `wanted` dimensions. */
function componentsOf(rows: number[][], wanted: number, weight = rows.map(() => 1)): number[][] {
  const dimensions = rows[0].length;
  const data = Float32Array.from(rows.flat());
  return rowsOf(principalComponents(data, dimensions, Int32Array.from(weight), wanted, alone), wanted);
}

/** By the definition: eigenvectors of the matrix of covariances, computed by ml-matrix. */
function defined(rows: number[][], wanted: number, weight = rows.map(() => 1)) {
  const exact = rows.map((row) => row.map(Math.fround));
  const total = weight.reduce((a, b) => a + b, 0);
  const mean = exact[0].map((_, c) => exact.reduce((sum, row, r) => sum + weight[r] * row[c], 0) / total);
  const centred = exact.map((row) => row.map((x, c) => x - mean[c]));
  const weighted = new Matrix(centred.map((row, r) => row.map((x) => x * Math.sqrt(weight[r] / total))));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    weighted.transpose().mmul(weighted),
    { assumeSymmetric: true },
  );
  const order = [...realEigenvalues.keys()].sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const directions = order.slice(0, wanted).map((k) => {
    const direction = eigenvectorMatrix.getColumn(k);
    const greatest = direction.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
    return direction.map((x) => (greatest < 0 ? -x : x));
  });
  return {
    variances: order.map((k) => realEigenvalues[k]),
    components: centred.map((row) =>
      directions.map((direction) => direction.reduce((sum, x, c) => sum + x * row[c], 0)),
    ),
  };
}

const spreadRows = (count: number, dimensions: number, seed: number, fall = 0.9): number[][] => {
  const next = random(seed);
  const turned = Array.from({ length: dimensions }, () =>
    Array.from({ length: dimensions }, () => next() - 0.5),
  );
  return Array.from({ length: count }, () => {
    const own = Array.from({ length: dimensions }, (_, k) => (next() + next() + next() - 1.5) * fall ** k);
    return turned.map((direction) => 3 + direction.reduce((sum, x, k) => sum + x * own[k], 0));
  });
};

describe("principal components", () => {
  it.each([
    [200, 6, 6],
    [500, 40, 3],
    [300, 130, 20],
  ])(
    "of %i rows of %i dimensions are those of the definition, copies counted: %i of them",
    (count, dimensions, wanted) => {
      const rows = spreadRows(count, dimensions, count);
      const weight = rows.map((_, r) => 1 + (r % 4));
      const { components, variances } = defined(rows, wanted, weight);
      const deviation = Math.sqrt(variances[0]);
      componentsOf(rows, wanted, weight).forEach((row, r) => {
        row.forEach((x, c) => {
          expect(Math.abs(x - components[r][c])).toBeLessThan(1e-4 * deviation);
        });
      });
    },
  );

  it("do not depend on the unit, from the least to the greatest float32 numbers", () => {
    const least = 2 ** -149;
    const cases = fc.integer({ min: 1, max: 6 }).chain((dimensions) =>
      fc.record({
        // Whole numbers below 2⁶, some of them multiplied by a power of two, so that magnitudes differ within a row.
        rows: fc.array(
          fc.array(
            fc.record({
              whole: fc.integer({ min: -63, max: 63 }),
              power: fc.constantFrom(0, 0, 0, 20, 60, 110),
            }),
            { minLength: dimensions, maxLength: dimensions },
          ),
          { minLength: 1, maxLength: 40 },
        ),
        wanted: fc.integer({ min: 1, max: dimensions }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ rows, wanted }) => {
        const most = Math.max(...rows.flat().map(({ power }) => power));
        const weight = rows.map((_, r) => 1 + (r % 3));
        const timesPowerOfTwo = (exponent: number) =>
          componentsOf(
            rows.map((row) => row.map(({ whole, power }) => whole * 2 ** (power + exponent))),
            wanted,
            weight,
          );
        const [middle, largest] = [-Math.floor(most / 2), 119 - most];
        const components = timesPowerOfTwo(middle);
        for (const exponent of [-149, -140, -126, -100, -60, 0, 60, 100, largest]) {
          if (exponent > largest) continue;
          timesPowerOfTwo(exponent).forEach((row, r) => {
            row.forEach((x, c) => {
              const exact = components[r][c] * 2 ** (exponent - middle);
              // Below 2⁻¹²⁶ float32 has fewer digits: rounding the rounded number again may differ by one step.
              const tolerance = Math.abs(exact) < 2 ** -126 ? least : 0;
              expect(Math.abs(x - exact)).toBeLessThanOrEqual(tolerance);
            });
          });
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it("are finite where float32 can hold them, for many rows with weights at both ends of its range", () => {
    const rows = spreadRows(3_000, 20, 5);
    const greatest = Math.max(...rows.flat().map(Math.abs));
    const weight = rows.map(() => 2 ** 20);
    const components = componentsOf(rows, 5, weight);
    for (const exponent of [-100, 126 - Math.ceil(Math.log2(greatest))]) {
      const scaled = rows.map((row) => row.map((x) => Math.fround(x) * 2 ** exponent));
      expect(componentsOf(scaled, 5, weight)).toEqual(
        components.map((row) => row.map((x) => x * 2 ** exponent)),
      );
    }
  });

  it("beyond the dimensions that the rows have are 0, and never NaN", () => {
    const line = Array.from({ length: 40 }, (_, k) => [k, 2 * k, -k, 7]);
    const components = componentsOf(line, 4);
    components.forEach(([first, ...others], k) => {
      expect(Math.abs(first)).toBeCloseTo(Math.abs(k - 19.5) * Math.sqrt(6), 4);
      expect(others).toEqual([0, 0, 0]);
    });
    expect(componentsOf([[5, 5, 5]], 2)).toEqual([[0, 0]]);
    expect(
      componentsOf(
        [
          [0, 0],
          [3, 4],
        ],
        2,
      ).map(([first, second]) => [Math.abs(first), second]),
    ).toEqual([
      [2.5, 0],
      [2.5, 0],
    ]);
  });

  it("are finite for any finite rows of moderate size, and the first has the greatest variance", () => {
    const component = fc.integer({ min: -8, max: 8 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }).chain((dimensions) =>
          fc.array(fc.array(component, { minLength: dimensions, maxLength: dimensions }), {
            minLength: 1,
            maxLength: 30,
          }),
        ),
        (rows) => {
          const dimensions = rows[0].length;
          const components = componentsOf(rows, dimensions);
          const { variances } = defined(rows, dimensions);
          for (let c = 0; c < dimensions; c++) {
            const own = components.reduce((sum, row) => sum + row[c] ** 2, 0) / rows.length;
            expect(Math.abs(own - variances[c])).toBeLessThan(1e-5 * (variances[0] + 1e-6));
          }
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });
});
