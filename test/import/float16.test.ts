import { describe, expect, it } from "vitest";
import { float16 } from "../../sample/float16.js";

describe("float16", () => {
  it("gives every finite half-precision number its own bits", () => {
    for (let bits = 0; bits < 0x7c00; bits++) {
      const exponent = bits >> 10;
      const fraction = bits & 1023;
      const value = exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24;
      expect(float16(value)).toBe(bits);
      if (bits) expect(float16(-value)).toBe(bits | 0x8000);
    }
  });

  it("rounds to the nearest, ties to even", () => {
    expect(float16(1 + 2 ** -11)).toBe(0x3c00);
    expect(float16(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(float16(1 + 2 ** -11 + 2 ** -20)).toBe(0x3c01);
    expect(float16(2 - 2 ** -12)).toBe(0x4000);
    expect(float16(2 ** -26)).toBe(0);
    expect(float16(2 ** -14 - 2 ** -26)).toBe(0x0400);
  });

  it("refuses numbers that have no half-precision form", () => {
    expect(() => float16(Number.NaN)).toThrow(RangeError);
    expect(() => float16(70000)).toThrow(RangeError);
  });
});
