import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { randomNumber } from "../layout/randomNumber.js";
import { sharedArray } from "../sharedArray.js";
import { type TakeTasks, type Team, teamJob } from "../team.js";

/** Directions that are computed beyond those that are wanted, which lets these converge faster. */
const EXTRA_DIRECTIONS = 8;
/** The basis in which directions are sought has up to this many vectors, but at least two blocks of them. */
const BASIS = 600;
const MOST_BLOCKS = 12;
/** Most passes over the rows: enough for all but nearly equal variances, of which any directions are as good. */
const MOST_PASSES = 48;
/** A direction has converged once C·v differs from λ·v by no more than this share of the largest variance. */
const CONVERGED = 1e-6;
/**
 * A direction is left out where the rows' variance is below this share of the largest: they differ by less than
 * float32 resolves.
 */
const FLAT = 1e-14;
/** What is left of a vector after subtracting its part in a basis is rounding error if it is shorter than this share. */
const DEPENDENT = 1e-10;
/**
 * The rows are summed up in this many parts, and the sums of these in their order, whatever thread computed them; in
 * fewer parts where their sums would take more memory than this.
 */
const PARTS = 64;
const LEAST_PARTS = 4;
const PARTS_BYTES = 64 * 2 ** 20;

/**
 * The rows' principal components: their coordinates, from the weighted mean, along the directions of greatest
 * variance. The directions are found by block Krylov iteration with restarts (Musco & Musco 2015, "Randomized block
 * Krylov methods for stronger and faster approximate singular value decomposition"), which never forms the d·d
 * matrix of covariances.
 *
 * Everything is computed in float64 from + − × ÷ √ alone, and summed in the order of the rows, so that the result is
 * the same for any number of threads and on any machine. A direction's sign is such that its component of greatest
 * magnitude is positive.
 *
 * @param rows m·d float32, row-major, in shared memory unless the team is one thread
 * @param weight m: the number of times that each row counts
 * @param wanted number of components, at most d
 * @param onPasses called with the number of passes over the rows that are done, of at most `of`
 * @returns m·wanted, row-major: ordered by variance; zeros beyond the dimensions that the rows have. Not finite where
 *   float32 cannot hold a coordinate
 */
export function principalComponents(
  rows: Float32Array,
  dimensions: number,
  weight: Int32Array,
  wanted: number,
  team: Team,
  onPasses: (done: number, of: number) => void = () => {},
): Float32Array {
  const count = weight.length;
  const components = sharedArray(Float32Array, count * wanted);
  if (count === 0) return components;
  const mean = meanOf(rows, dimensions, weight);
  const data = { rows, dimensions, weight, mean };
  const directions = principalAxes(data, Math.min(wanted, dimensions), team, onPasses);
  const context: ComponentsContext = { ...data, directions, wanted, components };
  team.run(componentsJob, context, count, ROWS);
  return components;
}

/** The number of vectors of a block, and of blocks between two restarts, each of which takes a pass over the rows. */
export function krylovBlocks(dimensions: number, wanted: number): { size: number; blocks: number } {
  const size = Math.min(dimensions, wanted + EXTRA_DIRECTIONS);
  const most = Math.min(MOST_BLOCKS, Math.floor(BASIS / size), Math.ceil(dimensions / size));
  return { size, blocks: Math.max(2, most) };
}

/** Number of rows that a thread takes at a time. */
const ROWS = 1_024;

interface CentredRows {
  rows: Float32Array;
  dimensions: number;
  weight: Int32Array;
  mean: Float64Array;
}

function meanOf(rows: Float32Array, dimensions: number, weight: Int32Array): Float64Array {
  const mean = sharedArray(Float64Array, dimensions);
  let total = 0;
  for (let row = 0, at = 0; row < weight.length; row++) {
    total += weight[row];
    for (let c = 0; c < dimensions; c++, at++) mean[c] += weight[row] * rows[at];
  }
  for (let c = 0; c < dimensions; c++) mean[c] /= total;
  return mean;
}

/** @returns wanted·d, row-major: orthonormal; rows of zeros beyond the dimensions that the rows have */
function principalAxes(
  data: CentredRows,
  wanted: number,
  team: Team,
  onPasses: (done: number, of: number) => void,
): Float64Array {
  const { dimensions: d } = data;
  const { size, blocks } = krylovBlocks(d, wanted);
  let start = new Float64Array(size * d);
  for (let at = 0; at < start.length; at++) start[at] = 2 * randomNumber(0, 1, at) - 1;
  let axes = new Float64Array(wanted * d);
  for (let passes = 0; passes < MOST_PASSES; ) {
    /** The orthonormal basis, and the covariances' products with it. */
    const basis: Float64Array[] = [];
    const products: Float64Array[] = [];
    let block: Float64Array = start;
    for (let b = 0; b < blocks && passes < MOST_PASSES; b++) {
      const vectors = orthonormalBeyond(basis, block, d);
      if (vectors.length === 0) break;
      block = covarianceProducts(data, vectors, team);
      basis.push(...rowsOf(vectors, d));
      products.push(...rowsOf(block, d));
      onPasses(++passes, MOST_PASSES);
    }
    const ritz = bestInBasis(basis, products, d, size);
    axes = ritz.vectors.slice(0, wanted * d);
    ritz.values.slice(0, wanted).forEach((value, k) => {
      if (!(value > FLAT * ritz.values[0])) axes.fill(0, k * d, (k + 1) * d);
    });
    // A basis of all dimensions, or one that the covariances map into itself, holds the exact directions.
    if (ritz.residuals.slice(0, wanted).every((residual) => residual <= CONVERGED * ritz.values[0])) break;
    start = ritz.vectors;
  }
  for (let k = 0; k < wanted; k++) makeGreatestPositive(axes.subarray(k * d, (k + 1) * d));
  const shared = sharedArray(Float64Array, axes.length);
  shared.set(axes);
  return shared;
}

const rowsOf = (matrix: Float64Array, length: number): Float64Array[] =>
  Array.from({ length: matrix.length / length }, (_, k) => matrix.subarray(k * length, (k + 1) * length));

/**
 * The rows of a block made orthonormal and orthogonal to a basis by Gram and Schmidt's method, twice, because once
 * leaves rounding errors; without those that depend on the others.
 */
function orthonormalBeyond(basis: Float64Array[], block: Float64Array, length: number): Float64Array {
  const found: Float64Array[] = [];
  for (const row of rowsOf(block, length)) {
    const vector = row.slice();
    const before = norm(vector);
    if (!(before > 0)) continue;
    scale(vector, 1 / before);
    for (let round = 0; round < 2; round++) {
      for (const other of [...basis, ...found]) subtract(vector, dot(vector, other), other);
    }
    const left = norm(vector);
    if (!(left > DEPENDENT) || basis.length + found.length === length) continue;
    scale(vector, 1 / left);
    found.push(vector);
  }
  const vectors = sharedArray(Float64Array, found.length * length);
  found.forEach((vector, k) => {
    vectors.set(vector, k * length);
  });
  return vectors;
}

/**
 * The eigenvectors of the covariances' restriction to the span of the basis (Rayleigh and Ritz), those of the largest
 * eigenvalues first.
 */
function bestInBasis(basis: Float64Array[], products: Float64Array[], length: number, size: number) {
  const restricted = new Matrix(basis.length, basis.length);
  for (let i = 0; i < basis.length; i++) {
    for (let j = 0; j <= i; j++) {
      const value = (dot(basis[i], products[j]) + dot(basis[j], products[i])) / 2;
      restricted.set(i, j, value);
      restricted.set(j, i, value);
    }
  }
  const largestEntry = Math.max(restricted.max(), -restricted.min());
  if (largestEntry > 0) restricted.mul(1 / largestEntry);
  const vectors = new Float64Array(size * length);
  const residuals: number[] = [];
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(restricted, {
    assumeSymmetric: true,
  });
  const order = realEigenvalues
    .map((_, k) => k)
    .sort((a, b) => realEigenvalues[b] - realEigenvalues[a] || a - b);
  const values = order.map((k) => realEigenvalues[k] * largestEntry);
  for (let k = 0; k < Math.min(size, order.length); k++) {
    const vector = vectors.subarray(k * length, (k + 1) * length);
    const residual = new Float64Array(length);
    for (let i = 0; i < basis.length; i++) {
      const share = eigenvectorMatrix.get(i, order[k]);
      subtract(vector, -share, basis[i]);
      subtract(residual, -share, products[i]);
    }
    subtract(residual, values[k], vector);
    residuals.push(norm(residual));
  }
  return { vectors, values, residuals };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < a.length; c++) sum += a[c] * b[c];
  return sum;
}

const norm = (vector: Float64Array): number => Math.sqrt(dot(vector, vector));

function scale(vector: Float64Array, factor: number): void {
  for (let c = 0; c < vector.length; c++) vector[c] *= factor;
}

function subtract(from: Float64Array, factor: number, vector: Float64Array): void {
  for (let c = 0; c < from.length; c++) from[c] -= factor * vector[c];
}

function makeGreatestPositive(direction: Float64Array): void {
  let greatest = 0;
  for (let c = 1; c < direction.length; c++) {
    if (Math.abs(direction[c]) > Math.abs(direction[greatest])) greatest = c;
  }
  if (direction[greatest] < 0) scale(direction, -1);
}

/** The products of the matrix of covariances, times the sum of weights, with each row of `vectors`. */
function covarianceProducts(data: CentredRows, vectors: Float64Array, team: Team): Float64Array {
  const most = Math.floor(PARTS_BYTES / vectors.byteLength);
  const parts = Math.min(PARTS, Math.max(LEAST_PARTS, most), data.weight.length);
  const sums = sharedArray(Float64Array, parts * vectors.length);
  const context: CovariancePartsContext = { ...data, vectors, parts, sums };
  team.run(covariancePartsJob, context, parts, 1);
  const products = new Float64Array(vectors.length);
  for (let part = 0; part < parts; part++) {
    subtract(products, -1, sums.subarray(part * vectors.length, (part + 1) * vectors.length));
  }
  return products;
}

export interface CovariancePartsContext extends CentredRows {
  vectors: Float64Array;
  /** Number of parts of about equally many rows. */
  parts: number;
  /** Per part: receives Σ w·x·(x·v) of its centred rows x, for each vector v. */
  sums: Float64Array;
}

export const covariancePartsJob = teamJob(
  "covarianceParts",
  (context: CovariancePartsContext, take: TakeTasks): null => {
    const { rows, dimensions: d, weight, mean, vectors, parts, sums } = context;
    const size = vectors.length / d;
    const centred = new Float64Array(d);
    const shares = new Float64Array(size);
    for (let batch = take(); batch !== null; batch = take()) {
      for (let part = batch.from; part < batch.to; part++) {
        const own = sums.subarray(part * vectors.length, (part + 1) * vectors.length);
        const end = Math.floor(((part + 1) * weight.length) / parts);
        for (let row = Math.floor((part * weight.length) / parts); row < end; row++) {
          centre(rows, row, mean, centred);
          coordinates(centred, vectors, shares);
          for (let k = 0; k < size; k++) shares[k] *= weight[row];
          addMultiples(own, shares, centred);
        }
      }
    }
    return null;
  },
);

export interface ComponentsContext extends CentredRows {
  /** Orthonormal directions, row-major; there may be fewer than are wanted. */
  directions: Float64Array;
  wanted: number;
  /** m·wanted: receives the coordinates. */
  components: Float32Array;
}

export const componentsJob = teamJob("components", (context: ComponentsContext, take: TakeTasks): null => {
  const { rows, dimensions, mean, directions, wanted, components } = context;
  const centred = new Float64Array(dimensions);
  const own = new Float64Array(directions.length / dimensions);
  for (let batch = take(); batch !== null; batch = take()) {
    for (let row = batch.from; row < batch.to; row++) {
      centre(rows, row, mean, centred);
      coordinates(centred, directions, own);
      components.set(own, row * wanted);
    }
  }
  return null;
});

function centre(rows: Float32Array, row: number, mean: Float64Array, centred: Float64Array): void {
  for (let c = 0, at = row * centred.length; c < centred.length; c++, at++) centred[c] = rows[at] - mean[c];
}

/** The dot products of a row with vectors, four at a time, so that the additions of one sum need not wait for another's. */
function coordinates(row: Float64Array, vectors: Float64Array, out: Float64Array): void {
  const d = row.length;
  let k = 0;
  for (; k + 4 <= out.length; k += 4) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let c = 0, at = k * d; c < d; c++, at++) {
      const x = row[c];
      s0 += x * vectors[at];
      s1 += x * vectors[at + d];
      s2 += x * vectors[at + 2 * d];
      s3 += x * vectors[at + 3 * d];
    }
    out[k] = s0;
    out[k + 1] = s1;
    out[k + 2] = s2;
    out[k + 3] = s3;
  }
  for (; k < out.length; k++) {
    let sum = 0;
    for (let c = 0, at = k * d; c < d; c++, at++) sum += row[c] * vectors[at];
    out[k] = sum;
  }
}

/** Adds each share's multiple of a row to its sum. */
function addMultiples(sums: Float64Array, shares: Float64Array, row: Float64Array): void {
  const d = row.length;
  for (let k = 0, at = 0; k < shares.length; k++) {
    const share = shares[k];
    for (let c = 0; c < d; c++, at++) sums[at] += share * row[c];
  }
}
