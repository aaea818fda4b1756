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

  it("do not depend on the unit: rows at both ends of float32's range are reduced to finite ones", () => {
    const rows = spreadRows(50, 5, 3);
    const components = componentsOf(rows, 2);
    for (const factor of [2 ** -100, 2 ** 40, 2 ** 120]) {
      const scaled = componentsOf(
        rows.map((row) => row.map((x) => x * factor)),
        2,
      );
      expect(scaled).toEqual(components.map((row) => row.map((x) => x * factor)));
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
