import { InvalidClusteringInputError } from "./parameters.js";
import { scaleToUnitLength } from "./unitLength.js";

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
 * Finds the rows that are equal (−0 equals 0), after scaling to length 1 where asked.
 *
 * Copies are found before the scaling, so that the memory beyond the input is that of the distinct rows,
 * and once more after it: different rows may have one direction.
 *
 * @param data n·d float32, row-major
 * @throws {InvalidClusteringInputError} "data", with the first row that is not finite, or cannot be scaled
 */
export function distinctPoints(data: Float32Array, dimensions: number, normalize: boolean): DistinctPoints {
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
  const raw = equalRows(bits, dimensions);
  const count = raw.firstRow.length;
  const rows = new Float32Array(new SharedArrayBuffer(count * dimensions * 4));
  for (let point = 0; point < count; point++) {
    copyRow(data, raw.firstRow[point], rows, point, dimensions, normalize);
  }
  if (normalize) scaleToUnitLength(rows, dimensions);
  const again = normalize
    ? equalRows(new Int32Array(rows.buffer, 0, rows.length), dimensions)
    : { ofRow: identity(count), firstRow: identity(count) };

  const order = contentOrder(rows, dimensions, again.firstRow);
  const rank = new Int32Array(order.length);
  for (let place = 0; place < order.length; place++) rank[order[place]] = place;

  const weight = new Int32Array(new SharedArrayBuffer(order.length * 4));
  const firstRow = new Int32Array(order.length).fill(-1);
  const ofRow = raw.ofRow;
  for (let row = 0; row < ofRow.length; row++) {
    const point = rank[again.ofRow[ofRow[row]]];
    ofRow[row] = point;
    if (weight[point]++ === 0) firstRow[point] = row;
  }
  const sorted = new Float32Array(new SharedArrayBuffer(order.length * dimensions * 4));
  for (let place = 0; place < order.length; place++) {
    const start = again.firstRow[order[place]] * dimensions;
    sorted.set(rows.subarray(start, start + dimensions), place * dimensions);
  }
  return { rows: sorted, dimensions, weight, ofRow, firstRow };
}

/** Copies a row, −0 as 0, and checks it. */
function copyRow(
  data: Float32Array,
  row: number,
  rows: Float32Array,
  point: number,
  dimensions: number,
  normalize: boolean,
): void {
  let zero = true;
  for (let k = 0, a = row * dimensions, b = point * dimensions; k < dimensions; k++) {
    const value = data[a + k] + 0;
    if (!Number.isFinite(value)) {
      throw new InvalidClusteringInputError(
        "data",
        value,
        `row ${row} holds a component that is ${value}`,
        row,
      );
    }
    if (value !== 0) zero = false;
    rows[b + k] = value;
  }
  if (zero && normalize) {
    throw new InvalidClusteringInputError("data", 0, `row ${row} is all zeros and has no direction`, row);
  }
}

const NEGATIVE_ZERO = -0x80000000;

/**
 * Groups equal rows by a hash table with open addressing.
 *
 * @param bits n·d, the bits of float32 components
 * @returns ofRow: each row's group, numbered by first occurrence; firstRow: each group's first row
 */
function equalRows(bits: Int32Array, dimensions: number): { ofRow: Int32Array; firstRow: Int32Array } {
  const n = bits.length / dimensions;
  let capacity = 16;
  while (capacity < 2 * n) capacity *= 2;
  const slots = new Int32Array(capacity).fill(-1);
  const hashes = new Int32Array(n);
  const firstRow = new Int32Array(n);
  const ofRow = new Int32Array(n);
  let groups = 0;
  for (let row = 0; row < n; row++) {
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
 * The given rows in lexicographic order.
 *
 * Almost all are told apart by their first component: its bits, mapped so that they order as unsigned
 * numbers do, make a sort key together with the position; only runs of equal first components are compared
 * component by component.
 */
function contentOrder(rows: Float32Array, dimensions: number, firstRow: Int32Array): Int32Array {
  const compare = (p: number, q: number): number => {
    const a = firstRow[p] * dimensions;
    const b = firstRow[q] * dimensions;
    for (let k = 0; k < dimensions; k++) {
      const difference = rows[a + k] - rows[b + k];
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const count = firstRow.length;
  if (count > PACKED_POINTS) return identity(count).sort(compare);

  const bits = new Int32Array(rows.buffer, rows.byteOffset, rows.length);
  const keys = new Float64Array(count);
  for (let p = 0; p < count; p++) {
    const word = bits[firstRow[p] * dimensions];
    const ordered = (word < 0 ? ~word : word | 0x80000000) >>> 0;
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
