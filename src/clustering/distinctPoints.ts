import { contentOrder } from "./contentOrder.js";
import { equalRows } from "./equalRows.js";
import { InvalidClusteringInputError } from "./invalidClusteringInput.js";
import { sharedArray } from "./sharedArray.js";
import { type TakeTasks, type Team, teamJob } from "./team.js";

/** The distinct rows, sorted by content, so that no later stage depends on the order of the input. */
export interface DistinctPoints {
  /** m·d, row-major; rows in lexicographic order of their components, compared as numbers; no −0. */
  rows: Float32Array;
  dimensions: number;
  /** m: number of input rows that are equal to each point. */
  weight: Int32Array;
  /** n: the distinct point of each input row. */
  ofRow: Int32Array;
  /** m: the first input row that is equal to each point. */
  firstRow: Int32Array;
}

/** Number of rows that a thread takes at a time. */
const BATCH = 256;

/**
 * Finds the rows that are equal (−0 equals 0), after scaling to length 1 if requested. Lengths are computed
 * in float64 from squares summed in index order, and the scaled components rounded to float32.
 *
 * Copies are found before scaling, so that only the distinct rows take memory beyond the input. Rows that
 * become equal by scaling are adjacent once they are scaled and sorted.
 *
 * @param data n·d float32, row-major, in shared memory unless the team is one thread
 * @param onRows called with the number of rows done, of `of`
 * @throws {InvalidClusteringInputError} "data", with the first row that is not finite or cannot be scaled
 */
export function distinctPoints(
  data: Float32Array,
  dimensions: number,
  normalize: boolean,
  team: Team,
  onRows: (done: number, of: number) => void = () => {},
): DistinctPoints {
  const n = data.length / dimensions;
  const { firstRow: firstOf, ofRow } = equalRows(data, dimensions, team, (done) => onRows(done, 2 * n));
  const groups = firstOf.length;
  const lengths = rowLengths(data, dimensions, firstOf, normalize, team);
  const order = contentOrder(data, dimensions, firstOf, lengths);

  const sources = sharedArray(Int32Array, groups);
  const sourceLengths = sharedArray(Float64Array, groups);
  for (let k = 0; k < groups; k++) {
    sources[k] = firstOf[order[k]];
    sourceLengths[k] = lengths[order[k]];
  }
  const rows = sharedArray(Float32Array, groups * dimensions);
  const context = { data, dimensions, sources, lengths: sourceLengths, rows };
  team.run(scaledRowsJob, context, groups, BATCH, (taken) => onRows(groups + taken, 2 * groups));

  const rank = new Int32Array(groups);
  let count = 0;
  for (let k = 0; k < groups; k++) {
    const from = k * dimensions;
    const to = count * dimensions;
    if (count === 0 || !sameFloats(rows, to - dimensions, from, dimensions)) {
      if (to < from) rows.copyWithin(to, from, from + dimensions);
      count++;
    }
    rank[order[k]] = count - 1;
  }

  const weight = sharedArray(Int32Array, count);
  const firstRow = new Int32Array(count);
  for (let row = 0; row < n; row++) {
    const point = rank[ofRow[row]];
    ofRow[row] = point;
    if (weight[point]++ === 0) firstRow[point] = row;
  }
  return { rows: rows.subarray(0, count * dimensions), dimensions, weight, ofRow, firstRow };
}

/**
 * The divisor of each row: its length, or 1 if rows are not scaled. The rows come in the order of the input,
 * so the first invalid one is the first invalid row of the input.
 */
function rowLengths(
  data: Float32Array,
  dimensions: number,
  firstRow: Int32Array,
  normalize: boolean,
  team: Team,
): Float64Array {
  const rows = sharedArray(Int32Array, firstRow.length);
  rows.set(firstRow);
  const squares = sharedArray(Float64Array, firstRow.length);
  team.run(rowSquaresJob, { data, dimensions, rows, squares }, firstRow.length, BATCH);
  for (let k = 0; k < firstRow.length; k++) {
    // The squares of float32 numbers cannot overflow float64: the sum is finite if and only if each component
    // is.
    if (!Number.isFinite(squares[k])) rejectRow(data, dimensions, firstRow[k]);
    if (normalize && squares[k] === 0) {
      const row = firstRow[k];
      throw new InvalidClusteringInputError("data", 0, `row ${row} is all zeros and has no direction`, row);
    }
    squares[k] = normalize ? Math.sqrt(squares[k]) : 1;
  }
  return squares;
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
        const start = rows[k] * dimensions;
        let sum = 0;
        for (let at = start; at < start + dimensions; at++) sum += data[at] * data[at];
        squares[k] = sum;
      }
    }
    return null;
  },
);

export interface ScaledRowsContext {
  data: Float32Array;
  dimensions: number;
  /** Per row of the result: the row of the data that it comes from, and its divisor. */
  sources: Int32Array;
  lengths: Float64Array;
  rows: Float32Array;
}

export const scaledRowsJob = teamJob("scaledRows", (context: ScaledRowsContext, take: TakeTasks): null => {
  const { data, dimensions, sources, lengths, rows } = context;
  for (let batch = take(); batch !== null; batch = take()) {
    for (let k = batch.from; k < batch.to; k++) {
      const from = sources[k] * dimensions;
      const to = k * dimensions;
      const length = lengths[k];
      for (let c = 0; c < dimensions; c++) rows[to + c] = Math.fround(data[from + c] / length) + 0;
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

function sameFloats(rows: Float32Array, a: number, b: number, length: number): boolean {
  for (let k = 0; k < length; k++) if (rows[a + k] !== rows[b + k]) return false;
  return true;
}
