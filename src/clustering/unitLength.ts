/**
 * Scales each row to length 1, in place: computed in float64, squares summed in index order, rounded to
 * float32. No row may be all zeros.
 *
 * @param rows n·d, row-major
 */
export function scaleToUnitLength(rows: Float32Array, dimensions: number): void {
  for (let start = 0; start < rows.length; start += dimensions) {
    let squares = 0;
    for (let at = start; at < start + dimensions; at++) squares += rows[at] * rows[at];
    const length = Math.sqrt(squares);
    for (let at = start; at < start + dimensions; at++) rows[at] /= length;
  }
}
