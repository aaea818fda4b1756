/**
 * The places of rows, from those of their distinct rows.
 *
 * @param ofRow n: the number of each row's distinct row
 * @param ofDistinct m·dimensions
 * @returns n·dimensions
 */
export function placesOfRows(ofRow: Int32Array, ofDistinct: Float32Array, dimensions: number): Float32Array {
  const places = new Float32Array(ofRow.length * dimensions);
  for (let row = 0; row < ofRow.length; row++) {
    const from = ofRow[row] * dimensions;
    for (let axis = 0; axis < dimensions; axis++) places[row * dimensions + axis] = ofDistinct[from + axis];
  }
  return places;
}
