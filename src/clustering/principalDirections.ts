import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { memoryBuffer } from "./kernel/kernel.js";
import { LARGEST, type QuantisedRows, unitFor } from "./quantisedRows.js";
import { rowMultiplier } from "./rowProducts.js";

/**
 * Number of rows from which the directions are computed. It is not a power of two, because columns of such a
 * length would all compete for the same few lines of a cache.
 */
const SAMPLE = 2_040;
/** Number of columns that are written side by side. */
const COLUMNS = 32;
/** Number of multiplications that is enough for bounds. */
const ROUNDS = 2;
/** A combination of unit vectors that is not longer than this is, up to rounding, zero. */
const DEPENDENT = 1e-6;

/**
 * Orthonormal directions that hold most of the rows' second moments about their centre: nearly the first
 * principal components, by subspace iteration from a sample of the rows (Rutishauser 1969). The bounds that
 * are computed with them must be right for any directions; good directions only make them faster.
 *
 * @param rounds number of multiplications by the matrix of second moments; each turns the directions further
 *   towards those of greatest variance
 * @returns wanted·d, row-major; rows of zeros if the sample has fewer dimensions
 */
export function principalDirections(
  rows: QuantisedRows,
  wanted: number,
  module: WebAssembly.Module | null,
  rounds = ROUNDS,
): Float64Array {
  const { dimensions, count, layout } = rows;
  const buffer = memoryBuffer(rows.memory);
  const scales = new Float32Array(buffer, layout.scales, count);
  const width = layout.stride / 2;
  const integers = new Int16Array(buffer, layout.rows, count * width);
  const size = Math.min(SAMPLE, count);
  const places = Int32Array.from({ length: size }, (_, s) => Math.floor((s * count) / size));
  // Rows far away that are not in the sample may make all rows of the sample so short that products of three of them
  // leave the range of float32. Dividing by a power of two is exact.
  const unit = unitFor(LARGEST * places.reduce((most, place) => Math.max(most, scales[place]), 0));
  const columns = new Float64Array(dimensions * size);
  for (let first = 0; first < dimensions; first += COLUMNS) {
    const end = Math.min(dimensions, first + COLUMNS);
    for (let s = 0; s < size; s++) {
      const place = places[s];
      const scale = scales[place] / unit;
      for (let c = first; c < end; c++) columns[c * size + s] = integers[place * width + c] * scale;
    }
  }
  const moments = rowMultiplier(dimensions, null, size, module)(columns).products;
  let directions: Float64Array = new Float64Array(wanted * dimensions);
  for (let k = 0; k < wanted; k++) {
    const s = Math.floor((k * size) / wanted);
    for (let c = 0; c < dimensions; c++) directions[k * dimensions + c] = columns[c * size + s];
  }
  const multiply = rowMultiplier(wanted, dimensions, dimensions, module);
  for (let round = 0; round < rounds; round++) {
    directions = multiply(directions, moments).products;
    orthonormalise(directions, dimensions);
  }
  return directions;
}

/**
 * Replaces the rows R by orthonormal rows Q of the same span, by R = L·Q with the Cholesky factor L of the
 * rows' products (Stathopoulos & Wu 2002); zeros for a row that depends on earlier ones. The products and the
 * substitution are loops over flat arrays, which are several times as fast as ml-matrix's.
 */
function orthonormalise(rows: Float64Array, length: number): void {
  const count = rows.length / length;
  const products = new Matrix(count, count);
  for (let k = 0; k < count; k++) {
    scaleRow(rows, k, length, 1 / Math.sqrt(rowProduct(rows, k, k, length)));
    for (let other = 0; other <= k; other++) {
      const product = rowProduct(rows, k, other, length);
      products.set(k, other, product);
      products.set(other, k, product);
    }
    // Keeps the matrix positive definite where a row depends on others.
    products.set(k, k, products.get(k, k) + DEPENDENT ** 2);
  }
  const factor = new CholeskyDecomposition(products).lowerTriangularMatrix;
  for (let k = 0; k < count; k++) {
    let other = 0;
    for (; other + 4 <= k; other += 4) subtractFour(rows, k, other, factor, length);
    for (; other < k; other++) {
      const part = factor.get(k, other);
      for (let c = 0; c < length; c++) rows[k * length + c] -= part * rows[other * length + c];
    }
    const left = factor.get(k, k);
    scaleRow(rows, k, length, left <= 2 * DEPENDENT ? 0 : 1 / left);
  }
}

function rowProduct(rows: Float64Array, a: number, b: number, length: number): number {
  let sum = 0;
  for (let c = 0; c < length; c++) sum += rows[a * length + c] * rows[b * length + c];
  return sum;
}

/** Four steps of the substitution at once, which loads and stores the row a quarter as often. */
function subtractFour(rows: Float64Array, row: number, other: number, factor: Matrix, length: number): void {
  const at = row * length;
  const b0 = other * length;
  const [b1, b2, b3] = [b0 + length, b0 + 2 * length, b0 + 3 * length];
  const [p0, p1, p2, p3] = [0, 1, 2, 3].map((k) => factor.get(row, other + k));
  for (let c = 0; c < length; c++) {
    rows[at + c] -= p0 * rows[b0 + c] + p1 * rows[b1 + c] + (p2 * rows[b2 + c] + p3 * rows[b3 + c]);
  }
}

/** Multiplies a row; a factor that is not finite makes it zeros. */
function scaleRow(rows: Float64Array, row: number, length: number, factor: number): void {
  const finite = Number.isFinite(factor) ? factor : 0;
  for (let c = row * length; c < (row + 1) * length; c++) rows[c] *= finite;
}
