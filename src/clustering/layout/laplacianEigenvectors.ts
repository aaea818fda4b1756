import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { sharedArray } from "../sharedArray.js";
import { type TakeTasks, type Team, teamJob } from "../team.js";
import type { FuzzyGraph } from "./fuzzyGraph.js";
import { randomNumber } from "./randomNumber.js";

/** Vectors that are computed beyond those that are wanted, which lets these converge faster. */
const EXTRA = 4;
/** Number of vectors that are computed. */
export const eigenvectorBlock = (wanted: number): number => wanted + EXTRA;

/** Degree of the polynomial by which a round multiplies the vectors. */
const DEGREE = 16;
/** Most rounds; what has not converged by then is as good a start, and the same on any machine. */
const MOST_ROUNDS = 12;
/** A vector has converged once A·v differs from λ·v by no more than this. */
const CONVERGED = 1e-3;
/** A column that is not longer than this, relative to its length before, depends on those before it. */
const DEPENDENT = 1e-8;
/** The stream of random numbers that replace columns that depend on others. */
const STREAM = -3;

/**
 * The eigenvectors of a connected graph's normalised Laplacian, 1 − D^(−½)·W·D^(−½), that have the least eigenvalues
 * above 0 (Belkin & Niyogi 2003, "Laplacian eigenmaps for dimensionality reduction and data representation"): the
 * smoothest functions on the graph, the smoothest first. By subspace iteration with a Chebyshev filter (Zhou & Saad
 * 2007, "A Chebyshev–Davidson algorithm for large symmetric eigenproblems"), from guesses.
 *
 * Everything is computed in float64 from + − × ÷ √ alone, and summed in the order of the rows, so that the result is
 * the same for any number of threads and on any machine. A vector's sign is such that its component of greatest
 * magnitude is positive.
 *
 * @param graph connected, of m rows
 * @param guesses m·g, row-major: any functions on the rows, the better the smoother
 * @param wanted number of vectors, at most m − 1
 * @returns m·wanted, row-major, the vectors as columns
 */
export function laplacianEigenvectors(
  graph: FuzzyGraph,
  guesses: Float64Array,
  wanted: number,
  team: Team,
  onRounds: (done: number, of: number) => void = () => {},
): Float64Array {
  const count = graph.first.length - 1;
  const size = Math.min(count - 1, eigenvectorBlock(wanted));
  const { constant, adjacency } = normalised(graph);
  const width = guesses.length / count;
  let block = sharedArray(Float64Array, count * size);
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < Math.min(size, width); k++) {
      block[row * size + k] = guesses[row * width + k] * constant[row];
    }
  }
  let product = sharedArray(Float64Array, count * size);
  let spare = sharedArray(Float64Array, count * size);
  for (let round = 0; ; round++) {
    onRounds(round, MOST_ROUNDS);
    orthonormalise(block, size, constant);
    multiply(adjacency, block, product, size, { scale: 1, shift: 0, before: null }, team);
    const { values, rotation } = ritz(block, product, size);
    rotate(block, rotation, size);
    rotate(product, rotation, size);
    const residuals = residualsOf(block, product, values, wanted);
    if (round === MOST_ROUNDS || size === count - 1 || residuals.every((left) => left <= CONVERGED)) break;
    // The polynomial stays within ±1 on the eigenvalues from −1 to the least that is kept, and grows above.
    const least = Math.max(0, values[size - 1]);
    const centre = (least - 1) / 2;
    const half = (least + 1) / 2;
    let [before, current, next] = [block, product, spare];
    for (let at = 0; at < current.length; at++) current[at] = (current[at] - centre * before[at]) / half;
    for (let degree = 2; degree <= DEGREE; degree++) {
      multiply(
        adjacency,
        current,
        next,
        size,
        { scale: 2 / half, shift: (-2 * centre) / half, before },
        team,
      );
      [before, current, next] = [current, next, before];
    }
    [block, product, spare] = [current, before, next];
  }
  const vectors = new Float64Array(count * wanted);
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < wanted; k++) vectors[row * wanted + k] = block[row * size + k];
  }
  for (let k = 0; k < wanted; k++) makeGreatestPositive(vectors, wanted, k);
  return vectors;
}

/** The matrix D^(−½)·W·D^(−½), by rows, and its eigenvector of the eigenvalue 1, of length 1. */
function normalised({ first, others, strengths }: FuzzyGraph) {
  const count = first.length - 1;
  const roots = new Float64Array(count);
  let total = 0;
  for (let row = 0; row < count; row++) {
    let degree = 0;
    for (let edge = first[row]; edge < first[row + 1]; edge++) degree += strengths[edge];
    roots[row] = Math.sqrt(degree);
    total += degree;
  }
  const entries = sharedArray(Float64Array, others.length);
  for (let row = 0; row < count; row++) {
    for (let edge = first[row]; edge < first[row + 1]; edge++) {
      entries[edge] = strengths[edge] / (roots[row] * roots[others[edge]]);
    }
  }
  const length = Math.sqrt(total);
  return { constant: roots.map((root) => root / length), adjacency: { first, others, entries } };
}

interface SparseMatrix {
  first: Int32Array;
  others: Int32Array;
  entries: Float64Array;
}

/** Number of rows that a thread takes at a time. */
const ROWS = 1_024;

export interface SparseProductContext extends SparseMatrix {
  /** m·size: the vectors as columns. */
  vectors: Float64Array;
  size: number;
  scale: number;
  shift: number;
  before: Float64Array | null;
  products: Float64Array;
}

/** Computes scale·A·V + shift·V − B, with B `before`, each row by one thread. */
function multiply(
  matrix: SparseMatrix,
  vectors: Float64Array,
  products: Float64Array,
  size: number,
  terms: Pick<SparseProductContext, "scale" | "shift" | "before">,
  team: Team,
): void {
  const context: SparseProductContext = { ...matrix, vectors, size, ...terms, products };
  team.run(sparseProductJob, context, vectors.length / size, ROWS);
}

export const sparseProductJob = teamJob(
  "sparseProduct",
  (context: SparseProductContext, take: TakeTasks): null => {
    const { first, others, entries, vectors, size, scale, shift, before, products } = context;
    const store = (at: number, sum: number): void => {
      const product = scale * sum + shift * vectors[at];
      products[at] = before === null ? product : product - before[at];
    };
    for (let batch = take(); batch !== null; batch = take()) {
      for (let row = batch.from; row < batch.to; row++) {
        const [start, end] = [first[row], first[row + 1]];
        // Two columns at a time: their sums stay in registers, which is five times as fast as sums in an array.
        let k = 0;
        for (; k + 1 < size; k += 2) {
          let [sum, nextSum] = [0, 0];
          for (let edge = start; edge < end; edge++) {
            const from = others[edge] * size + k;
            sum += entries[edge] * vectors[from];
            nextSum += entries[edge] * vectors[from + 1];
          }
          store(row * size + k, sum);
          store(row * size + k + 1, nextSum);
        }
        if (k === size) continue;
        let sum = 0;
        for (let edge = start; edge < end; edge++) sum += entries[edge] * vectors[others[edge] * size + k];
        store(row * size + k, sum);
      }
    }
    return null;
  },
);

/**
 * Makes the columns orthonormal, and orthogonal to the constant one, by Gram and Schmidt's method, twice, because once
 * leaves rounding errors. A column that depends on those before it is replaced by random numbers.
 */
function orthonormalise(block: Float64Array, size: number, constant: Float64Array): void {
  const count = constant.length;
  for (let k = 0; k < size; k++) {
    for (let attempt = 0; ; attempt++) {
      const before = scaleColumn(block, size, k);
      let left = 0;
      for (let round = 0; round < 2 && before > 0; round++) {
        subtractColumn(block, size, k, constant, 1, 0);
        for (let other = 0; other < k; other++) subtractColumn(block, size, k, block, size, other);
        left = scaleColumn(block, size, k);
        if (left <= DEPENDENT) break;
      }
      if (left > DEPENDENT) break;
      for (let row = 0; row < count; row++) {
        const counter = (attempt * size + k) * count + row;
        block[row * size + k] = (2 * randomNumber(0, STREAM, counter) - 1) * constant[row];
      }
    }
  }
}

/** Scales a column to length 1, unless it is zero, and returns its length before. */
function scaleColumn(block: Float64Array, size: number, k: number): number {
  let squares = 0;
  for (let at = k; at < block.length; at += size) squares += block[at] * block[at];
  const length = Math.sqrt(squares);
  if (!(length > 0)) return 0;
  for (let at = k; at < block.length; at += size) block[at] /= length;
  return length;
}

/** Subtracts from a column its part along another one, which has length 1. */
function subtractColumn(
  block: Float64Array,
  size: number,
  k: number,
  others: Float64Array,
  width: number,
  other: number,
): void {
  let share = 0;
  for (let at = k, from = other; at < block.length; at += size, from += width)
    share += block[at] * others[from];
  for (let at = k, from = other; at < block.length; at += size, from += width)
    block[at] -= share * others[from];
}

/** The eigenvalues of the matrix's restriction to the span of the block, the largest first, and its eigenvectors. */
function ritz(block: Float64Array, product: Float64Array, size: number) {
  const restricted = new Matrix(size, size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let at = 0; at < block.length; at += size) {
        sum += block[at + i] * product[at + j] + block[at + j] * product[at + i];
      }
      restricted.set(i, j, sum / 2);
      restricted.set(j, i, sum / 2);
    }
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(restricted, {
    assumeSymmetric: true,
  });
  const order = realEigenvalues
    .map((_, k) => k)
    .sort((a, b) => realEigenvalues[b] - realEigenvalues[a] || a - b);
  const rotation = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) rotation[i * size + k] = eigenvectorMatrix.get(i, order[k]);
  }
  return { values: order.map((k) => realEigenvalues[k]), rotation };
}

/** Multiplies each row of the block by a square matrix. */
function rotate(block: Float64Array, rotation: Float64Array, size: number): void {
  const row = new Float64Array(size);
  for (let at = 0; at < block.length; at += size) {
    row.fill(0);
    for (let i = 0; i < size; i++) {
      for (let k = 0; k < size; k++) row[k] += block[at + i] * rotation[i * size + k];
    }
    block.set(row, at);
  }
}

/** The lengths of A·v − λ·v of the first vectors. */
function residualsOf(block: Float64Array, product: Float64Array, values: number[], wanted: number): number[] {
  const size = values.length;
  return values.slice(0, wanted).map((value, k) => {
    let squares = 0;
    for (let at = k; at < block.length; at += size) {
      const difference = product[at] - value * block[at];
      squares += difference * difference;
    }
    return Math.sqrt(squares);
  });
}

function makeGreatestPositive(vectors: Float64Array, width: number, k: number): void {
  let greatest = k;
  for (let at = k; at < vectors.length; at += width) {
    if (Math.abs(vectors[at]) > Math.abs(vectors[greatest])) greatest = at;
  }
  if (vectors[greatest] >= 0) return;
  for (let at = k; at < vectors.length; at += width) vectors[at] = -vectors[at];
}
