import { contentOrder } from "./contentOrder.js";
import { equalRows } from "./equalRows.js";
import { InvalidClusteringInputError } from "./invalidClusteringInput.js";
import type { Metric } from "./metric.js";
import { copyScaled, squaredLength } from "./scaledRow.js";
import { sharedArray } from "./sharedArray.js";
import { type TakeTasks, type Team, teamJob } from "./team.js";

/** Which rows are equal: the distinct rows are numbered in the order of their content. */
export interface DistinctRows {
  /** m: number of input rows that are equal to each distinct row. */
  weight: Int32Array;
  /** n: the number of each input row's distinct row. */
  ofRow: Int32Array;
  /**
   * m: of the input rows that are equal to each distinct row, the first in the order of content before
   * scaling, and of those whose content is equal the first of the input.
   */
  firstRow: Int32Array;
}

/**
 * The distinct rows, sorted by content, so that no later stage depends on the order of the input; they have not been
 * copied from the input.
 */
export interface DistinctSources extends DistinctRows {
  /** The input. */
  data: Float32Array;
  dimensions: number;
  /** m: the divisor of each distinct row's first row. */
  lengths: Float64Array;
  /** The greatest length of the distinct rows, or a little more. */
  longest: number;
}

/** The distinct rows, sorted by content, as copies. */
export interface DistinctPoints extends DistinctRows {
  /** m·d, row-major; rows in lexicographic order of their components, compared as numbers; no −0. */
  rows: Float32Array;
  dimensions: number;
}

/** Number of rows that a thread takes at a time. */
const BATCH = 256;

/**
 * Finds the rows that are equal (−0 equals 0), after scaling to length 1 if requested. Lengths are computed
 * in float64 from squares summed in index order, and the scaled components rounded to float32.
 *
 * Copies are found before scaling, because few rows become equal by it: these are adjacent once they are sorted.
 *
 * @param data n·d float32, row-major, in shared memory unless the team is one thread
 * @param onRows called with the number of rows done, of `of`
 * @throws {InvalidClusteringInputError} "data", with the first row that is not finite or cannot be scaled
 */
export function distinctSources(
  data: Float32Array,
  dimensions: number,
  normalize: boolean,
  team: Team,
  onRows: (done: number, of: number) => void = () => {},
): DistinctSources {
  const n = data.length / dimensions;
  const { firstRow: firstOf, ofRow } = equalRows(data, dimensions, team, (done) => onRows(done, n));
  const groups = firstOf.length;
  const { divisors, longest } = rowLengths(data, dimensions, firstOf, normalize, team);
  const order = contentOrder(data, dimensions, firstOf, divisors);

  const firstRow = sharedArray(Int32Array, groups);
  const lengths = sharedArray(Float64Array, groups);
  const rank = new Int32Array(groups);
  let count = 0;
  for (const group of order) {
    const row = firstOf[group];
    const last = count - 1;
    const isNew =
      count === 0 || !sameScaled(data, dimensions, firstRow[last], lengths[last], row, divisors[group]);
    if (isNew || precedes(data, dimensions, row, firstRow[last])) {
      const at = isNew ? count++ : last;
      firstRow[at] = row;
      lengths[at] = divisors[group];
    }
    rank[group] = count - 1;
  }

  const weight = sharedArray(Int32Array, count);
  for (let row = 0; row < n; row++) {
    ofRow[row] = rank[ofRow[row]];
    weight[ofRow[row]]++;
  }
  return {
    data,
    dimensions,
    weight,
    ofRow,
    firstRow: firstRow.subarray(0, count),
    lengths: lengths.subarray(0, count),
    longest,
  };
}

/** The same, with copies of the distinct rows. */
export function distinctPoints(
  data: Float32Array,
  dimensions: number,
  normalize: boolean,
  team: Team,
  onRows: (done: number, of: number) => void = () => {},
): DistinctPoints {
  const sources = distinctSources(data, dimensions, normalize, team, (done, of) => onRows(done, 2 * of));
  return copiedPoints(sources, team, (done, of) => onRows(of + done, 2 * of));
}

/** Copies all distinct rows. */
export function copiedPoints(
  sources: DistinctSources,
  team: Team,
  onRows: (done: number, of: number) => void = () => {},
): DistinctPoints {
  const { dimensions, weight, ofRow, firstRow } = sources;
  const count = weight.length;
  const rows = sharedArray(Float32Array, count * dimensions);
  copyRows(sources, allNumbers(count), rows, team, (done) => onRows(done, count));
  return { rows, dimensions, weight, ofRow, firstRow };
}

/** The numbers of all distinct rows, ascending, in shared memory. */
export function allNumbers(count: number): Int32Array {
  const numbers = sharedArray(Int32Array, count);
  for (let number = 0; number < count; number++) numbers[number] = number;
  return numbers;
}

/**
 * Copies some of the distinct rows, scaled.
 *
 * @param numbers of these rows, in shared memory
 * @param rows receives them, one after another
 */
export function copyRows(
  { data, dimensions, firstRow, lengths }: DistinctSources,
  numbers: Int32Array,
  rows: Float32Array,
  team: Team,
  onRows: (done: number) => void = () => {},
): void {
  const context: ScaledRowsContext = { data, dimensions, firstRow, lengths, numbers, rows };
  team.run(scaledRowsJob, context, numbers.length, BATCH, onRows);
}

/**
 * The divisor of each row: its length, or 1 if rows are not scaled; and the length of the longest row once it is
 * divided. The rows come in the order of the input, so the first invalid one is the first invalid row of the input.
 */
function rowLengths(
  data: Float32Array,
  dimensions: number,
  firstRow: Int32Array,
  normalize: boolean,
  team: Team,
): { divisors: Float64Array; longest: number } {
  const rows = sharedArray(Int32Array, firstRow.length);
  rows.set(firstRow);
  const squares = sharedArray(Float64Array, firstRow.length);
  team.run(rowSquaresJob, { data, dimensions, rows, squares }, firstRow.length, BATCH);
  let most = 0;
  for (let k = 0; k < firstRow.length; k++) {
    // The squares of float32 numbers cannot overflow float64: the sum is finite if and only if each component
    // is.
    if (!Number.isFinite(squares[k])) rejectRow(data, dimensions, firstRow[k]);
    if (normalize && squares[k] === 0) {
      const row = firstRow[k];
      throw new InvalidClusteringInputError("data", 0, `row ${row} is all zeros and has no direction`, row);
    }
    most = Math.max(most, squares[k]);
    squares[k] = normalize ? Math.sqrt(squares[k]) : 1;
  }
  // Rounding to float32 can lengthen a scaled row.
  return { divisors: squares, longest: (normalize ? 1 : Math.sqrt(most)) * (1 + 2 ** -20) };
}

export interface RowSquaresContext {
  data: Float32Array;
  dimensions: number;
  /** The rows whose lengths are requested. */
  rows: Int32Array;
  /** Per requested row: receives the sum of its squares, in index order. */
  squares: Float64Array;
}

export const rowSquaresJob = teamJob(
  "rowSquares",
  ({ data, dimensions, rows, squares }: RowSquaresContext, take: TakeTasks): null => {
    for (let batch = take(); batch !== null; batch = take()) {
      for (let k = batch.from; k < batch.to; k++) {
        squares[k] = squaredLength(data, rows[k] * dimensions, dimensions);
      }
    }
    return null;
  },
);

/** What distinct rows are copied from, in shared memory. */
export type CopiedSources = Pick<DistinctSources, "data" | "dimensions" | "firstRow" | "lengths">;

export interface ScaledRowsContext extends CopiedSources {
  /** Per row of the result: the number of its distinct row. */
  numbers: Int32Array;
  rows: Float32Array;
}

export const scaledRowsJob = teamJob("scaledRows", (context: ScaledRowsContext, take: TakeTasks): null => {
  const { data, dimensions, firstRow, lengths, numbers, rows } = context;
  for (let batch = take(); batch !== null; batch = take()) {
    for (let k = batch.from; k < batch.to; k++) {
      const number = numbers[k];
      copyScaled(data, firstRow[number] * dimensions, lengths[number], rows, k * dimensions, dimensions);
    }
  }
  return null;
});

function rejectRow(data: Float32Array, dimensions: number, row: number): never {
  const value = data
    .subarray(row * dimensions, (row + 1) * dimensions)
    .find((component) => !Number.isFinite(component));
  throw new InvalidClusteringInputError("data", value, `row ${row} holds a component that is ${value}`, row);
}

/** The distance of two distinct rows, the same to the bit as that of their copies. */
export function sourceDistance(
  { data, dimensions, firstRow, lengths }: CopiedSources,
  i: number,
  j: number,
  metric: Metric,
): number {
  const [a, b] = [lengths[i], lengths[j]];
  let sum = 0;
  for (let c = 0, p = firstRow[i] * dimensions, q = firstRow[j] * dimensions; c < dimensions; c++, p++, q++) {
    const difference = Math.fround(data[p] / a) - Math.fround(data[q] / b);
    sum += difference * difference;
  }
  return metric === "COSINE" ? sum / 2 : Math.sqrt(sum);
}

/** Whether row `a`, before scaling, comes before row `b` in the lexicographic order of their components. */
function precedes(data: Float32Array, dimensions: number, a: number, b: number): boolean {
  for (let c = 0, p = a * dimensions, q = b * dimensions; c < dimensions; c++, p++, q++) {
    if (data[p] !== data[q]) return data[p] < data[q];
  }
  return false;
}

/** Whether two rows are equal once each is divided. */
function sameScaled(
  data: Float32Array,
  dimensions: number,
  a: number,
  lengthA: number,
  b: number,
  lengthB: number,
): boolean {
  for (let c = 0, p = a * dimensions, q = b * dimensions; c < dimensions; c++, p++, q++) {
    if (Math.fround(data[p] / lengthA) !== Math.fround(data[q] / lengthB)) return false;
  }
  return true;
}
