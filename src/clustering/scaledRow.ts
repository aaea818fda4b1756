/** The square of a row's length, in float64, summed in index order. */
export function squaredLength(data: Float32Array, start: number, dimensions: number): number {
  let sum = 0;
  for (let at = start; at < start + dimensions; at++) sum += data[at] * data[at];
  return sum;
}

/** Copies a row, divided by its length or by 1, rounded to float32, and without −0. The places may be the same. */
export function copyScaled(
  data: Float32Array,
  from: number,
  length: number,
  rows: Float32Array,
  to: number,
  dimensions: number,
): void {
  for (let c = 0; c < dimensions; c++) rows[to + c] = Math.fround(data[from + c] / length) + 0;
}
