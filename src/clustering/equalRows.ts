import { sharedArray } from "./sharedArray.js";
import { type TakeTasks, type Team, teamJob } from "./team.js";

export interface EqualRows {
  /** n: each row's group, numbered by first occurrence. */
  ofRow: Int32Array;
  /** Per group: its first row. */
  firstRow: Int32Array;
}

const NEGATIVE_ZERO = -0x80000000;
/** Number of rows that a thread takes at a time. */
const BATCH = 256;
const REPORT_ROWS = 4_096;

/**
 * Groups equal rows (−0 equals 0): the threads hash the rows, then one thread puts the hashes into a hash
 * table with open addressing.
 *
 * @param data n·d float32, row-major
 * @param onRows called with the number of rows done
 */
export function equalRows(
  data: Float32Array,
  dimensions: number,
  team: Team,
  onRows: (done: number) => void,
): EqualRows {
  const n = data.length / dimensions;
  const hashOf = sharedArray(Int32Array, n);
  team.run(rowHashesJob, { data, dimensions, hashOf }, n, BATCH, (taken) => onRows(taken / 2));

  const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
  let capacity = 16;
  while (capacity < 2 * n) capacity *= 2;
  const slots = new Int32Array(capacity).fill(-1);
  const firstRow = new Int32Array(n);
  const ofRow = new Int32Array(n);
  let groups = 0;
  for (let row = 0; row < n; row++) {
    if (row % REPORT_ROWS === 0) onRows((n + row) / 2);
    const hash = hashOf[row];
    let slot = hash & (capacity - 1);
    for (;;) {
      const group = slots[slot];
      if (group < 0) {
        slots[slot] = groups;
        firstRow[groups] = row;
        ofRow[row] = groups++;
        break;
      }
      const first = firstRow[group];
      if (hashOf[first] === hash && rowsEqual(bits, row * dimensions, first * dimensions, dimensions)) {
        ofRow[row] = group;
        break;
      }
      slot = (slot + 1) & (capacity - 1);
    }
  }
  return { ofRow, firstRow: firstRow.slice(0, groups) };
}

export interface RowHashesContext {
  data: Float32Array;
  dimensions: number;
  /** n: receives the hashes. */
  hashOf: Int32Array;
}

export const rowHashesJob = teamJob(
  "rowHashes",
  ({ data, dimensions, hashOf }: RowHashesContext, take: TakeTasks): null => {
    const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
    for (let batch = take(); batch !== null; batch = take()) {
      for (let row = batch.from; row < batch.to; row++) {
        hashOf[row] = hashRow(bits, row * dimensions, dimensions);
      }
    }
    return null;
  },
);

/**
 * FNV-1a over 32-bit words, with the final mix of MurmurHash3. Two halves of the words are hashed side by
 * side, so that the multiplications of one need not wait for those of the other.
 */
export function hashRow(bits: Int32Array, start: number, length: number): number {
  const half = length >> 1;
  const end = start + half;
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let at = start; at < end; at++) {
    const x = bits[at];
    const y = bits[at + half];
    a = Math.imul(a ^ (x === NEGATIVE_ZERO ? 0 : x), 0x01000193);
    b = Math.imul(b ^ (y === NEGATIVE_ZERO ? 0 : y), 0x01000193);
    a ^= a >>> 15;
    b ^= b >>> 15;
  }
  if (length % 2 === 1) {
    const last = bits[start + length - 1];
    b = Math.imul(b ^ (last === NEGATIVE_ZERO ? 0 : last), 0x01000193);
  }
  let hash = Math.imul(a, 0x01000193) ^ b;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function rowsEqual(bits: Int32Array, a: number, b: number, length: number): boolean {
  for (let k = 0; k < length; k++) {
    const x = bits[a + k];
    const y = bits[b + k];
    // The bits of 0 and −0 differ only in the sign; no other equal floats have different bits.
    if (x !== y && ((x | y) & 0x7fffffff) !== 0) return false;
  }
  return true;
}
