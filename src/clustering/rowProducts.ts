import { kernelFor, kernelMemory, memoryBuffer, TILE } from "./kernel/kernel.js";
import { BLOCK_BYTES, integerScale, ROUND } from "./quantisedRows.js";

/**
 * Relative rounding error of a product of the kernel, with a margin: three roundings of at most 2⁻²⁴ each.
 */
export const PRODUCT_SLACK = 2 ** -22;
/** What one product may lose because it is below the range of normal float32 numbers, with a margin. */
const PRODUCT_UNDERFLOW = 2 ** -110;

export interface RowProducts {
  /** The dot product of row i of a and row j of b at i·(rows of b) + j. */
  products: Float64Array;
  /** An upper bound of the Frobenius norm of the difference between these products and the exact ones. */
  error: number;
}

/**
 * Returns a function that computes the dot products of all rows of a with all rows of b, of `length` components, with
 * the kernel, in memory of its own. Each is off by about 1e-4 of the product of the rows' lengths, because the rows are
 * rounded to int16.
 *
 * @param rowsB null: the products of the rows of a with each other, which take half the time
 */
export function rowMultiplier(
  rowsA: number,
  rowsB: number | null,
  length: number,
  module: WebAssembly.Module | null,
): (a: Float64Array, b?: Float64Array) => RowProducts {
  const symmetric = rowsB === null;
  const columns = rowsB ?? rowsA;
  const tilesA = Math.ceil(rowsA / TILE);
  const tilesB = Math.ceil(columns / TILE);
  const firstB = symmetric ? 0 : tilesA;
  const stride = Math.ceil(length / 8) * 16;
  const tileBytes = TILE * stride;
  const scalesAt = (firstB + tilesB) * tileBytes;
  const zerosAt = scalesAt + (firstB + tilesB) * TILE * 4;
  const blockAt = zerosAt + TILE * 4;
  const memory = kernelMemory(blockAt + BLOCK_BYTES, module);
  const buffer = memoryBuffer(memory);
  const kernel = kernelFor(memory, module);
  const integers = new Int16Array(buffer, 0, scalesAt / 2);
  const scales = new Float32Array(buffer, scalesAt, (firstB + tilesB) * TILE);
  const block = new Float32Array(buffer, blockAt, TILE * TILE);

  return (a, b = a) => {
    const roundedA = roundRows(a, length, integers, scales);
    const roundedB = symmetric
      ? roundedA
      : roundRows(b, length, integers.subarray((firstB * tileBytes) / 2), scales.subarray(firstB * TILE));
    const products = new Float64Array(rowsA * columns);
    for (let tileA = 0; tileA < tilesA; tileA++) {
      for (let tileB = symmetric ? tileA : 0; tileB < tilesB; tileB++) {
        const atB = firstB + tileB;
        kernel.blockDistances(
          tileA * tileBytes,
          atB * tileBytes,
          stride,
          zerosAt,
          scalesAt + tileA * TILE * 4,
          zerosAt,
          scalesAt + atB * TILE * 4,
          blockAt,
        );
        const endA = Math.min(TILE, rowsA - tileA * TILE);
        const endB = Math.min(TILE, columns - tileB * TILE);
        for (let i = 0; i < endA; i++) {
          const row = tileA * TILE + i;
          for (let j = 0; j < endB; j++) {
            const product = -block[i * TILE + j];
            products[row * columns + tileB * TILE + j] = product;
            if (symmetric) products[(tileB * TILE + j) * columns + row] = product;
          }
        }
      }
    }
    const lengthA = roundedA.norm + roundedA.error;
    const lengthB = roundedB.norm + roundedB.error;
    const error =
      roundedA.norm * roundedB.error +
      roundedA.error * lengthB +
      PRODUCT_SLACK * lengthA * lengthB +
      PRODUCT_UNDERFLOW * Math.sqrt(products.length);
    return { products, error };
  };
}

/**
 * Rounds each row to integers that the kernel can multiply, with a float32 scale per row.
 *
 * @returns the Frobenius norms of the rows and of what rounding changed, with a margin for rounding errors in float64
 */
export function roundRows(
  rows: Float64Array,
  length: number,
  integers: Int16Array,
  scales: Float32Array,
): { norm: number; error: number } {
  const width = Math.ceil(length / 8) * 8;
  const count = rows.length / length;
  let allSquares = 0;
  let errorSquares = 0;
  for (let row = 0; row < count; row++) {
    let squares = 0;
    let largest = 0;
    for (let c = row * length; c < (row + 1) * length; c++) {
      squares += rows[c] * rows[c];
      largest = Math.max(largest, Math.abs(rows[c]));
    }
    const scale = Math.fround(integerScale(Math.sqrt(squares), largest));
    scales[row] = scale;
    allSquares += squares;
    if (scale === 0) {
      errorSquares += squares;
      continue;
    }
    const inverse = 1 / scale;
    for (let c = 0; c < length; c++) {
      const integer = rows[row * length + c] * inverse + ROUND - ROUND;
      integers[row * width + c] = integer;
      const rest = rows[row * length + c] - integer * scale;
      errorSquares += rest * rest;
    }
  }
  return { norm: Math.sqrt(allSquares) * (1 + 1e-9), error: Math.sqrt(errorSquares) * (1 + 1e-9) };
}
