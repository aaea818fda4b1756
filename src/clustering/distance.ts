import type { Metric } from "./metric.js";

/**
 * The distance between rows i and j, computed in float64 from the float32 components, summed in index order:
 * Euclidean, or for COSINE half its square.
 */
export function distanceOf(
  rows: Float32Array,
  dimensions: number,
  i: number,
  j: number,
  metric: Metric,
): number {
  let sum = 0;
  for (let a = i * dimensions, b = j * dimensions, end = a + dimensions; a < end; a++, b++) {
    const difference = rows[a] - rows[b];
    sum += difference * difference;
  }
  return metric === "COSINE" ? sum / 2 : Math.sqrt(sum);
}

/**
 * The distances from row i to the rows from … to−1, computed in float64 from the float32 components, summed
 * in index order: the same bits on every machine, and for (i, j) the same as for (j, i).
 *
 * Four rows are processed at a time, each with a sum of its own, so that the additions of one sum need not
 * wait for another's; no sum is ever split.
 *
 * @param rows n·d, row-major
 * @param out out[j − from] receives the distance between i and j: Euclidean, or for COSINE half its square
 */
export function distancesFrom(
  rows: Float32Array,
  dimensions: number,
  i: number,
  from: number,
  to: number,
  metric: Metric,
  out: Float64Array,
): void {
  const d = dimensions;
  const a = i * d;
  let j = from;
  for (; j + 4 <= to; j += 4) {
    let b = j * d;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let k = a; k < a + d; k++, b++) {
      const x = rows[k];
      const d0 = x - rows[b];
      const d1 = x - rows[b + d];
      const d2 = x - rows[b + 2 * d];
      const d3 = x - rows[b + 3 * d];
      s0 += d0 * d0;
      s1 += d1 * d1;
      s2 += d2 * d2;
      s3 += d3 * d3;
    }
    out[j - from] = s0;
    out[j - from + 1] = s1;
    out[j - from + 2] = s2;
    out[j - from + 3] = s3;
  }
  for (; j < to; j++) {
    let sum = 0;
    for (let k = a, b = j * d; k < a + d; k++, b++) {
      const difference = rows[k] - rows[b];
      sum += difference * difference;
    }
    out[j - from] = sum;
  }
  const count = to - from;
  if (metric === "COSINE") for (let k = 0; k < count; k++) out[k] /= 2;
  else for (let k = 0; k < count; k++) out[k] = Math.sqrt(out[k]);
}
