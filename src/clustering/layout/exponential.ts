// Exponential, logarithm and power, in float64 from + − × ÷ alone: the engines' own functions may round differently
// from machine to machine and from version to version.

const LN2_HIGH = 0.6931471803691238; // the first 33 bits of ln 2, so that its multiples are exact
const LN2_LOW = 1.9082149292705877e-10;
const LN2 = Math.LN2;
/** Below this, e^x is less than the smallest normal number. */
const LEAST_EXPONENT = -708;
const GREATEST_EXPONENT = 709;

/** Taylor's coefficients of e^r, 1/k!, from k = 13 down to 0: the remainder is below 2⁻⁵⁷ for |r| ≤ ½·ln 2. */
const TAYLOR = [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((k) => {
  let factorial = 1;
  for (let n = 2; n <= k; n++) factorial *= n;
  return 1 / factorial;
});

const words = new Uint32Array(2);
const float = new Float64Array(words.buffer);
/** The word of a float64 that holds its sign and exponent. */
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0];

/** 2^n, for n from −1022 to 1023. */
function powerOfTwo(n: number): number {
  words[HIGH] = (n + 1023) << 20;
  words[1 - HIGH] = 0;
  return float[0];
}

/** e^x within 2 units in the last place; 0 below −708, ∞ above 709. */
export function exponential(x: number): number {
  if (x < LEAST_EXPONENT) return 0;
  if (x > GREATEST_EXPONENT) return Infinity;
  const n = Math.floor(x / LN2 + 0.5);
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  let sum = TAYLOR[0];
  for (let k = 1; k < TAYLOR.length; k++) sum = sum * r + TAYLOR[k];
  // In two steps, because n may be 1024 − 1 + 1.
  const half = n >> 1;
  return sum * powerOfTwo(half) * powerOfTwo(n - half);
}

/** ln x within 2 units in the last place, for positive normal x. */
export function logarithm(x: number): number {
  float[0] = x;
  let exponent = (words[HIGH] >>> 20) - 1023;
  words[HIGH] = (words[HIGH] & 0xfffff) | (1023 << 20);
  let fraction = float[0];
  if (fraction > Math.SQRT2) {
    fraction /= 2;
    exponent++;
  }
  // ln m = 2·(s + s³/3 + s⁵/5 + …) with s = (m − 1)/(m + 1), at most 0.172: the terms beyond s²¹ are below 2⁻⁵⁷.
  const f = fraction - 1;
  const s = f / (2 + f);
  const z = s * s;
  let sum = 0;
  for (let k = 21; k >= 3; k -= 2) sum = (sum + 1 / k) * z;
  // f − s·(f − …) equals 2s·(1 + …), without the rounding of s in its largest term.
  return exponent * LN2_HIGH + (f - (s * (f - 2 * sum) - exponent * LN2_LOW));
}

/** x^y, for positive normal x. */
export const power = (x: number, y: number): number => exponential(y * logarithm(x));
