import type { Kernel } from "./kernelInterface.js";

const PUSHES = 5;
const COUNTERS = 8;
const LARGEST_MOVE = 4;
const { fround } = Math;
const NEAREST_PUSH = fround(0.001);
const LEAST_SQUARE = fround(1e-24);

const word = new Int32Array(1);
const float = new Float32Array(word.buffer);
const bitsOf = (x: number): number => {
  float[0] = x;
  return word[0];
};
const floatOf = (bits: number): number => {
  word[0] = bits;
  return float[0];
};

const LOGARITHM = [0.41219858, 0.57707802, 0.9617967, 2.88539].map(fround);
const POWER = [0.0001540353, 0.0013333558, 0.0096181291, 0.055504109, 0.24022651, Math.LN2, 1].map(fround);
/** Horner's rule, each operation rounded to float32. */
const polynomial = (coefficients: number[], x: number): number => {
  let y = coefficients[0];
  for (let k = 1; k < coefficients.length; k++) y = fround(fround(x * y) + coefficients[k]);
  return y;
};

/** x^b in float32, for positive normal x; the exponent of 2 is limited to ±100. */
export function power32(x: number, b: number): number {
  const bits = bitsOf(x);
  const exponent = (bits - 0x3f3504f3) >> 23;
  const m = floatOf(bits - (exponent << 23));
  const s = fround(fround(m - 1) / fround(m + 1));
  const logarithm = fround(exponent + fround(s * polynomial(LOGARITHM, fround(s * s))));
  const t = Math.max(-100, Math.min(100, fround(b * logarithm)));
  const shifted = fround(t + 12_582_912);
  const f = fround(t - fround(shifted - 12_582_912));
  return floatOf(bitsOf(polynomial(POWER, f)) + ((bitsOf(shifted) - 0x4b400000) << 23));
}

function scrambled(counter: number): number {
  let x = Math.imul(counter ^ (counter >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** `layOutEdges` of assembly/layoutSteps.ts in plain TypeScript, which computes the same values to the bit. */
export function portableLayoutSteps(f32: Float32Array, i32: Int32Array): Pick<Kernel, "layOutEdges"> {
  const squareOf = (p: number, q: number, width: number): number => {
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let c = 0; c < width; c += 4) {
      const d0 = fround(f32[p + c] - f32[q + c]);
      const d1 = fround(f32[p + c + 1] - f32[q + c + 1]);
      const d2 = fround(f32[p + c + 2] - f32[q + c + 2]);
      const d3 = fround(f32[p + c + 3] - f32[q + c + 3]);
      s0 = fround(s0 + fround(d0 * d0));
      s1 = fround(s1 + fround(d1 * d1));
      s2 = fround(s2 + fround(d2 * d2));
      s3 = fround(s3 + fround(d3 * d3));
    }
    return fround(fround(s0 + s2) + fround(s1 + s3));
  };

  const factorOf = (square: number, isPull: boolean, a: number, b: number): number => {
    if (!(square > 0)) return 0;
    const d = Math.max(square, LEAST_SQUARE);
    const spread = fround(a * power32(d, b));
    const twice = fround(b + b);
    const above = isPull ? -fround(twice * spread) : twice;
    const below = fround(fround(d + (isPull ? 0 : NEAREST_PUSH)) * fround(1 + spread));
    return fround(above / below);
  };

  const targets = new Int32Array(PUSHES + 1);
  const factors = new Float32Array(PUSHES + 1);
  return {
    layOutEdges(
      places,
      width,
      heads,
      others,
      due,
      periods,
      from,
      to,
      count,
      exactEpoch,
      exactRate,
      exactA,
      exactB,
      mix,
    ) {
      const [epoch, rate, a, b] = [exactEpoch, exactRate, exactA, exactB].map(fround);
      const moveOf = (factor: number, difference: number): number =>
        fround(Math.max(-LARGEST_MOVE, Math.min(LARGEST_MOVE, fround(factor * difference))) * rate);
      for (let edge = from; edge < to; edge++) {
        const next = f32[due / 4 + edge];
        if (next > epoch) continue;
        f32[due / 4 + edge] = next + f32[periods / 4 + edge];
        const place = places / 4 + i32[heads / 4 + edge] * width;
        targets[0] = places / 4 + i32[others / 4 + edge] * width;
        for (let k = 1; k <= PUSHES; k++) {
          const random = scrambled(Math.imul(edge * COUNTERS + k, 0x9e3779b1) ^ mix) >>> 0;
          targets[k] = places / 4 + Math.floor((random * count) / 2 ** 32) * width;
        }
        for (let k = 0; k <= PUSHES; k++) {
          factors[k] = factorOf(squareOf(place, targets[k], width), k === 0, a, b);
        }
        for (let c = 0; c < width; c++) {
          const here = f32[place + c];
          const there = f32[targets[0] + c];
          const pull = moveOf(factors[0], fround(here - there));
          let sum = fround(here + pull);
          for (let k = 1; k <= PUSHES; k++) {
            sum = fround(sum + moveOf(factors[k], fround(here - f32[targets[k] + c])));
          }
          f32[targets[0] + c] = there - pull;
          f32[place + c] = sum;
        }
      }
    },
  };
}
