import { exponential, logarithm, power } from "./exponential.js";

/** The curve 1 / (1 + a·d^(2b)) by which distances in the layout become strengths of membership. */
export interface DistanceCurve {
  a: number;
  b: number;
}

/** Points at which the curve is fitted, evenly from 0 to three times the spread, as in umap-learn. */
const POINTS = 300;
const REACH = 3;
const ROUNDS = 100;
const MOST_DAMPING = 1e12;

/**
 * The curve nearest by least squares to the one that is wanted: 1 up to `minDistance`, and from there falling as
 * e^(−(d − minDistance) / spread) (McInnes, Healy & Melville 2018, definition 11). Fitted by Levenberg and
 * Marquardt's method with distances in units of the spread, and then converted.
 */
export function distanceCurve(minDistance: number, spread: number): DistanceCurve {
  const nearest = minDistance / spread;
  const wanted = (x: number): number => (x < nearest ? 1 : exponential(nearest - x));
  const xs = Float64Array.from({ length: POINTS }, (_, k) => (REACH * k) / (POINTS - 1));
  const target = xs.map(wanted);
  const logarithms = xs.map((x) => (x > 0 ? logarithm(x) : 0));
  const powers = (b: number): Float64Array => xs.map((x) => (x > 0 ? power(x, 2 * b) : 0));
  const squaresOf = (a: number, b: number): number => {
    const p = powers(b);
    let sum = 0;
    for (let k = 0; k < POINTS; k++) sum += square(1 / (1 + a * p[k]) - target[k]);
    return sum;
  };

  let a = 1;
  let b = 1;
  let squares = squaresOf(a, b);
  let damping = 1e-3;
  for (let round = 0; round < ROUNDS && damping < MOST_DAMPING; round++) {
    // The normal equations of the residuals' derivatives by a and b.
    let [aa, ab, bb, ga, gb] = [0, 0, 0, 0, 0];
    const p = powers(b);
    for (let k = 0; k < POINTS; k++) {
      const value = 1 / (1 + a * p[k]);
      const byA = -value * value * p[k];
      const byB = byA * a * 2 * logarithms[k];
      const residual = value - target[k];
      aa += byA * byA;
      ab += byA * byB;
      bb += byB * byB;
      ga += byA * residual;
      gb += byB * residual;
    }
    for (;;) {
      const [da, db] = [aa * (1 + damping), bb * (1 + damping)];
      const determinant = da * db - ab * ab;
      const nextA = a - (db * ga - ab * gb) / determinant;
      const nextB = b - (da * gb - ab * ga) / determinant;
      const next = nextA > 0 && nextB > 0 ? squaresOf(nextA, nextB) : Infinity;
      if (next < squares) {
        [a, b, squares] = [nextA, nextB, next];
        damping /= 10;
        break;
      }
      damping *= 10;
      if (damping >= MOST_DAMPING) break;
    }
  }
  return { a: a / power(spread, 2 * b), b };
}

const square = (x: number): number => x * x;
