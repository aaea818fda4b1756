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

/**
 * Copies rows, each divided by its length if requested.
 *
 * @param vectors float32, row-major
 * @param place of the first of them among the rows that they are copied to
 */
export function copyRowsScaled(
  vectors: Float32Array,
  count: number,
  { dimensions, normalize }: { dimensions: number; normalize: boolean },
  rows: Float32Array,
  place: number,
): void {
  for (let row = 0; row < count; row++) {
    const from = row * dimensions;
    const length = normalize ? Math.sqrt(squaredLength(vectors, from, dimensions)) : 1;
    copyScaled(vectors, from, length, rows, (place + row) * dimensions, dimensions);
  }
}
