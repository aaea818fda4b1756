import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { power32 } from "../../../src/clustering/kernel/portableLayoutSteps.js";
import { exponential, logarithm, power } from "../../../src/clustering/layout/exponential.js";

// Whole numbers of 2^−BITS, in which e^x is computed to far more digits than a float64 has.
const BITS = 1_400n;
const ONE = 1n << BITS;

function exact(x: number): bigint {
  let shift = 0n;
  let scaled = x;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    shift++;
  }
  return (BigInt(scaled) << BITS) >> shift;
}

/** e^x by Taylor's series of x/2^12, squared twelve times. */
function exactExponential(x: bigint): bigint {
  const small = x >> 12n;
  let term = ONE;
  let sum = ONE;
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    term = ((term * small) >> BITS) / k;
    sum += term;
  }
  for (let k = 0; k < 12; k++) sum = (sum * sum) >> BITS;
  return sum;
}

/** The distance from |x| to the next float64. */
const unit = (x: number): number => 2 ** (Math.max(-1022, Math.floor(Math.log2(Math.abs(x)))) - 52);

describe("exponential and logarithm", () => {
  it("e^x is within two units in the last place", () => {
    fc.assert(
      fc.property(fc.double({ min: -600, max: 600, noNaN: true }), (x) => {
        fc.pre(Math.abs(x) > 1e-200);
        const wanted = exactExponential(exact(x));
        const got = exponential(x);
        const off = exact(got) - wanted;
        expect(off < 0n ? -off : off).toBeLessThanOrEqual(2n * exact(unit(got)));
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it("ln x is within two units in the last place", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-30, max: 1e30, noNaN: true }), (x) => {
        const got = logarithm(x);
        const units = 2 * unit(got === 0 ? 1 : got);
        expect(exactExponential(exact(got) - exact(units))).toBeLessThanOrEqual(exact(x));
        expect(exactExponential(exact(got) + exact(units))).toBeGreaterThanOrEqual(exact(x));
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it("has exact values where they are known, and no NaN at the ends of the range", () => {
    expect([exponential(0), exponential(-1e300), exponential(-Infinity), exponential(1e300)]).toEqual([
      1,
      0,
      0,
      Infinity,
    ]);
    expect([logarithm(1), logarithm(2), power(1, 7.5), power(4, 0)]).toEqual([0, Math.LN2, 1, 1]);
    expect(exponential(-708)).toBeGreaterThan(0);
  });

  it("the kernel's powers are within 2⁻¹⁷, and those of 1 are 1", () => {
    const worst = { error: 0 };
    fc.assert(
      fc.property(
        fc.double({ min: -12, max: 7, noNaN: true }),
        fc.double({ min: 0.25, max: 2, noNaN: true }),
        (digits, exponent) => {
          const x = Math.fround(10 ** digits);
          const b = Math.fround(exponent);
          const wanted = x ** b;
          worst.error = Math.max(worst.error, Math.abs(power32(x, b) - wanted) / wanted);
        },
      ),
      { numRuns: 20_000, seed: 1 },
    );
    expect(worst.error).toBeLessThan(2 ** -17);
    expect(power32(1, 0.875)).toBe(1);
  });
});
