import { InvalidClusteringInputError } from "./parameters.js";

/** The distinct rows, in the order of their content: what follows knows nothing of the input's order. */
export interface DistinctPoints {
  /** m·d, row-major; lexicographic by component, as numbers; no −0. */
  rows: Float32Array;
  dimensions: number;
  /** m: how many rows of the input are equal to each. */
  weight: Int32Array;
  /** n: the distinct point of each row of the input. */
  ofRow: Int32Array;
  /** m: the first row of the input that is equal to each. */
  firstRow: Int32Array;
}

/**
 * Finds the rows that are equal (−0 equals 0), after scaling to length 1 where asked: computed in float64,
 * squares summed in index order, rounded to float32.
 *
 * Copies are found first, so that the memory beyond the input is that of the distinct rows; rows that differ
 * but have one direction are neighbours once they are scaled and sorted.
 *
 * @param data n·d float32, row-major
 * @param onRows called with the number of rows done, of `of`
 * @throws {InvalidClusteringInputError} "data", with the first row that is not finite, or cannot be scaled
 */
export function distinctPoints(
  data: Float32Array,
  dimensions: number,
  normalize: boolean,
  onRows: (done: number, of: number) => void = () => {},
): DistinctPoints {
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
  const copies = equalRows(bits, dimensions, (done) => onRows(done, 2 * (data.length / dimensions)));
  const lengths = rowLengths(data, dimensions, copies.firstRow, normalize);
  const order = contentOrder(data, dimensions, copies.firstRow, lengths);

  const rows = new Float32Array(new SharedArrayBuffer(order.length * dimensions * 4));
  const rank = new Int32Array(order.length);
  let count = 0;
  for (let k = 0; k < order.length; k++) {
    const from = copies.firstRow[order[k]] * dimensions;
    const to = count * dimensions;
    const length = lengths[order[k]];
    for (let c = 0; c < dimensions; c++) rows[to + c] = data[from + c] / length + 0;
    if (count === 0 || !sameFloats(rows, to - dimensions, to, dimensions)) count++;
    rank[order[k]] = count - 1;
    if (k % REPORT_ROWS === 0) onRows(order.length + k, 2 * order.length);
  }

  const weight = new Int32Array(new SharedArrayBuffer(count * 4));
  const firstRow = new Int32Array(count);
  const ofRow = copies.ofRow;
  for (let row = 0; row < ofRow.length; row++) {
    const point = rank[ofRow[row]];
    ofRow[row] = point;
    if (weight[point]++ === 0) firstRow[point] = row;
  }
  return { rows: rows.subarray(0, count * dimensions), dimensions, weight, ofRow, firstRow };
}

const REPORT_ROWS = 4_096;

/**
 * What each of the rows is to be divided by: its length, or 1 where it stays as it is. As rows come in the
 * order of the input, the first that is at fault is the first of the input.
 */
function rowLengths(
  data: Float32Array,
  dimensions: number,
  firstRow: Int32Array,
  normalize: boolean,
): Float64Array {
  const lengths = new Float64Array(firstRow.length);
  for (let k = 0; k < firstRow.length; k++) {
    const start = firstRow[k] * dimensions;
    let squares = 0;
    for (let at = start; at < start + dimensions; at++) squares += data[at] * data[at];
    // Squares of float32 cannot overflow float64: the sum is finite if and only if each component is.
    if (!Number.isFinite(squares)) rejectRow(data, dimensions, firstRow[k]);
    if (normalize && squares === 0) {
      const row = firstRow[k];
      throw new InvalidClusteringInputError("data", 0, `row ${row} is all zeros and has no direction`, row);
    }
    lengths[k] = normalize ? Math.sqrt(squares) : 1;
  }
  return lengths;
}

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

const NEGATIVE_ZERO = -0x80000000;

/**
 * Groups equal rows by a hash table with open addressing.
 *
 * @param bits n·d, the bits of float32 components
 * @returns ofRow: each row's group, numbered by first occurrence; firstRow: each group's first row
 */
function equalRows(
  bits: Int32Array,
  dimensions: number,
  onRows: (done: number) => void,
): { ofRow: Int32Array; firstRow: Int32Array } {
  const n = bits.length / dimensions;
  let capacity = 16;
  while (capacity < 2 * n) capacity *= 2;
  const slots = new Int32Array(capacity).fill(-1);
  const hashes = new Int32Array(n);
  const firstRow = new Int32Array(n);
  const ofRow = new Int32Array(n);
  let groups = 0;
  for (let row = 0; row < n; row++) {
    if (row % REPORT_ROWS === 0) onRows(row);
    const hash = hashRow(bits, row * dimensions, dimensions);
    let slot = hash & (capacity - 1);
    for (;;) {
      const group = slots[slot];
      if (group < 0) {
        slots[slot] = groups;
        hashes[groups] = hash;
        firstRow[groups] = row;
        ofRow[row] = groups++;
        break;
      }
      if (
        hashes[group] === hash &&
        rowsEqual(bits, row * dimensions, firstRow[group] * dimensions, dimensions)
      ) {
        ofRow[row] = group;
        break;
      }
      slot = (slot + 1) & (capacity - 1);
    }
  }
  return { ofRow, firstRow: firstRow.slice(0, groups) };
}

/** FNV-1a over 32-bit words, with the final mix of MurmurHash3. */
function hashRow(bits: Int32Array, start: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < start + length; at++) {
    const word = bits[at];
    hash = Math.imul(hash ^ (word === NEGATIVE_ZERO ? 0 : word), 0x01000193);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function rowsEqual(bits: Int32Array, a: number, b: number, length: number): boolean {
  for (let k = 0; k < length; k++) {
    const x = bits[a + k];
    const y = bits[b + k];
    // The bits of 0 and −0 differ in the sign alone; no other equal floats have different bits.
    if (x !== y && ((x | y) & 0x7fffffff) !== 0) return false;
  }
  return true;
}

/** Up to this many points, a float64 holds the first component's 32 bits and the point's number exactly. */
const PACKED_POINTS = 2 ** 21;

/**
 * The given rows, each divided by its length, in lexicographic order.
 *
 * Almost all are told apart by their first component: its bits, mapped so that they order as unsigned
 * numbers do, make a sort key together with the position; only runs of equal first components are compared
 * component by component.
 */
function contentOrder(
  data: Float32Array,
  dimensions: number,
  firstRow: Int32Array,
  lengths: Float64Array,
): Int32Array {
  const compare = (p: number, q: number): number => {
    const a = firstRow[p] * dimensions;
    const b = firstRow[q] * dimensions;
    for (let k = 0; k < dimensions; k++) {
      const difference = Math.fround(data[a + k] / lengths[p]) - Math.fround(data[b + k] / lengths[q]);
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const count = firstRow.length;
  if (count > PACKED_POINTS) return identity(count).sort(compare);

  const first = new Float32Array(count);
  for (let p = 0; p < count; p++) first[p] = data[firstRow[p] * dimensions] / lengths[p] + 0;
  const bits = new Int32Array(first.buffer);
  const keys = new Float64Array(count);
  for (let p = 0; p < count; p++) {
    const ordered = (bits[p] < 0 ? ~bits[p] : bits[p] | 0x80000000) >>> 0;
    keys[p] = ordered * PACKED_POINTS + p;
  }
  keys.sort();
  const order = new Int32Array(count);
  let start = 0;
  for (let place = 0; place < count; place++) {
    order[place] = keys[place] % PACKED_POINTS;
    const last = place + 1 === count;
    if (last || Math.floor(keys[place + 1] / PACKED_POINTS) !== Math.floor(keys[place] / PACKED_POINTS)) {
      if (place > start) order.subarray(start, place + 1).sort(compare);
      start = place + 1;
    }
  }
  return order;
}

function identity(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}
