import { kernelFor, kernelModule, memoryBuffer, TILE } from "./kernel/kernel.js";
import type { QuantisedRows } from "./quantisedRows.js";
import { sharedArray } from "./sharedArray.js";
import { type TakeTasks, type Team, teamJob } from "./team.js";

/** Rows that are sampled to find the direction along which a set is split. */
const SAMPLE = 16;
const LLOYD_ROUNDS = 1;

/**
 * Number of sets per thread that each a single thread splits: with several, threads finish at about the same
 * time.
 */
const SETS_PER_THREAD = 4;

/**
 * Sorts the rows into tiles of rows that are near each other. A set is split in two along the line between
 * the centres that 2-means finds in a sample, at the multiple of the tile size nearest to the median, until
 * each part is a tile. The result is correct for any order; this one fills the lists of neighbours early and
 * lets pairs of tiles be skipped.
 *
 * @param from the place at which the rows to sort begin, a multiple of the tile size; they end with the place before
 *   `to`. The others stay where they are
 */
export function sortIntoTiles(rows: QuantisedRows, team: Team, from = 0, to = rows.count): void {
  const { layout, count } = rows;
  const list = new Int32Array(memoryBuffer(rows.memory), layout.list, count);
  for (let place = 0; place < count; place++) list[place] = place;
  const keys = sharedArray(Float64Array, count);

  // This thread makes the first splits; then each of the sets is split by the next thread that is free.
  const split = setSplitter(rows, keys, 0);
  let sets: number[][] = [[from, to]];
  while (team.threads > 1 && sets.length < SETS_PER_THREAD * team.threads) {
    const parts = sets.flatMap(([start, end]) => {
      const middle = end - start > TILE ? split(start, end) : null;
      return middle === null
        ? [[start, end]]
        : [
            [start, middle],
            [middle, end],
          ];
    });
    if (parts.length === sets.length) break;
    sets = parts;
  }
  team.run(tiledSetsJob, { rows, keys, sets }, sets.length, 1);
  reorder(rows, list);
}

export interface TiledSetsContext {
  rows: QuantisedRows;
  /** Per place: space for one number. */
  keys: Float64Array;
  /** Start and end of each set in the list. */
  sets: number[][];
}

export const tiledSetsJob = teamJob(
  "tiledSets",
  ({ rows, keys, sets }: TiledSetsContext, take: TakeTasks, slot: number): null => {
    const split = setSplitter(rows, keys, slot);
    for (let batch = take(); batch !== null; batch = take()) {
      const stack = sets.slice(batch.from, batch.to).flat();
      while (stack.length > 0) {
        const end = stack.pop() as number;
        const start = stack.pop() as number;
        if (end - start <= TILE) continue;
        const middle = split(start, end);
        if (middle !== null) stack.push(start, middle, middle, end);
      }
    }
    return null;
  },
);

/**
 * Returns a function that splits a set of the list that is larger than a tile. It returns where the second
 * part starts, or null if all sampled rows of the set are equal.
 */
function setSplitter(
  rows: QuantisedRows,
  keys: Float64Array,
  slot: number,
): (start: number, end: number) => number | null {
  const { layout, count, dimensions } = rows;
  const { stride } = layout;
  const kernel = kernelFor(rows.memory, kernelModule());
  const buffer = memoryBuffer(rows.memory);
  const list = new Int32Array(buffer, layout.list, count);
  const products = new Int32Array(buffer, layout.products, count);
  const vectorAt = layout.scratch + slot * layout.scratchBytes;
  const vector = new Int16Array(buffer, vectorAt, stride / 2).fill(0);
  const scales = new Float32Array(buffer, layout.scales, count);
  const integers = new Int16Array(buffer, layout.rows, layout.tiles * TILE * (stride / 2));
  const direction = splitDirection(integers, scales, stride / 2, dimensions);
  return (start, end) => {
    if (!direction(list.subarray(start, end), vector)) return null;
    const size = end - start;
    kernel.dotRows(layout.rows, stride, layout.list + start * 4, size, vectorAt, layout.products + start * 4);
    for (let k = start; k < end; k++) keys[k] = products[k] * scales[list[k]];
    const middle = start + Math.ceil(Math.ceil(size / TILE) / 2) * TILE;
    partitionAt(keys, list, start, end, middle);
    return middle;
  };
}

/**
 * Moves the row at list[place] to each place, together with its scale, norm, error and point, one cycle of
 * the permutation after another. Overwrites `list`. Does not move the lists of neighbours.
 */
export function reorder(rows: QuantisedRows, list: Int32Array): void {
  const { layout, count, norms, errors, pointAt } = rows;
  const buffer = memoryBuffer(rows.memory);
  const width = layout.stride / 2;
  const scales = new Float32Array(buffer, layout.scales, count);
  const integers = new Int16Array(buffer, layout.rows, count * width);
  const heldRow = new Int16Array(width);
  for (let first = 0; first < count; first++) {
    if (list[first] === first || list[first] < 0) continue;
    heldRow.set(integers.subarray(first * width, (first + 1) * width));
    const held = [scales[first], norms[first], errors[first], pointAt[first]];
    let place = first;
    for (;;) {
      const from = list[place];
      list[place] = -1;
      if (from === first) break;
      integers.copyWithin(place * width, from * width, (from + 1) * width);
      scales[place] = scales[from];
      norms[place] = norms[from];
      errors[place] = errors[from];
      pointAt[place] = pointAt[from];
      place = from;
    }
    integers.set(heldRow, place * width);
    [scales[place], norms[place], errors[place], pointAt[place]] = held;
  }
}

/**
 * Returns a function that finds the direction between two centres of a sample of a set. It returns false if
 * all rows of the sample are equal.
 *
 * @param next random numbers, 0 ≤ x < 1, that draw the sample and its first centres, so that a set is split
 *   in another way each time; if null, the sample is spread evenly and its centres are far apart
 */
export function splitDirection(
  integers: Int16Array,
  scales: Float32Array,
  width: number,
  dimensions: number,
  next: (() => number) | null = null,
): (set: Int32Array, vector: Int16Array) => boolean {
  const sample = new Float64Array(SAMPLE * dimensions);
  const centres = [new Float64Array(dimensions), new Float64Array(dimensions)];
  const side = new Uint8Array(SAMPLE);
  const squareTo = (s: number, centre: Float64Array): number => {
    let sum = 0;
    for (let c = 0, at = s * dimensions; c < dimensions; c++, at++) {
      const difference = sample[at] - centre[c];
      sum += difference * difference;
    }
    return sum;
  };
  const farthestFrom = (centre: Float64Array, size: number): number => {
    let farthest = 0;
    let most = -1;
    for (let s = 0; s < size; s++) {
      const square = squareTo(s, centre);
      if (square > most) {
        most = square;
        farthest = s;
      }
    }
    return farthest;
  };
  return (set, vector) => {
    const size = Math.min(SAMPLE, set.length);
    for (let s = 0; s < size; s++) {
      const place = set[Math.floor(next === null ? (s * set.length) / size : next() * set.length)];
      const scale = scales[place];
      for (let c = 0; c < dimensions; c++) sample[s * dimensions + c] = integers[place * width + c] * scale;
    }
    centres[0].set(sample.subarray(0, dimensions));
    if (next !== null) centres[1].set(sample.subarray(dimensions, 2 * dimensions));
    else {
      for (const [of, to] of [
        [0, 1],
        [1, 0],
      ]) {
        const s = farthestFrom(centres[of], size);
        centres[to].set(sample.subarray(s * dimensions, (s + 1) * dimensions));
      }
    }
    for (let round = 0; round < LLOYD_ROUNDS; round++) {
      for (let s = 0; s < size; s++) side[s] = squareTo(s, centres[1]) < squareTo(s, centres[0]) ? 1 : 0;
      const ones = side.subarray(0, size).reduce((sum, one) => sum + one, 0);
      if (ones === 0 || ones === size) break;
      centres[0].fill(0);
      centres[1].fill(0);
      for (let s = 0; s < size; s++) {
        const centre = centres[side[s]];
        const share = 1 / (side[s] === 1 ? ones : size - ones);
        for (let c = 0; c < dimensions; c++) centre[c] += sample[s * dimensions + c] * share;
      }
    }
    let squares = 0;
    let largest = 0;
    for (let c = 0; c < dimensions; c++) {
      const value = centres[1][c] - centres[0][c];
      squares += value * value;
      largest = Math.max(largest, Math.abs(value));
    }
    if (largest === 0) return false;
    const scale = Math.min(46_000 / Math.sqrt(squares), 32_767 / largest);
    for (let c = 0; c < dimensions; c++) vector[c] = Math.round((centres[1][c] - centres[0][c]) * scale);
    return true;
  };
}

/** Reorders keys and list between start and end so that the least `middle − start` keys come first (Hoare's find). */
export function partitionAt(
  keys: Float64Array,
  list: Int32Array,
  start: number,
  end: number,
  middle: number,
): void {
  let low = start;
  let high = end - 1;
  while (low < high) {
    const pivot = keys[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (keys[i] < pivot) i++;
      while (keys[j] > pivot) j--;
      if (i > j) break;
      const key = keys[i];
      keys[i] = keys[j];
      keys[j] = key;
      const name = list[i];
      list[i] = list[j];
      list[j] = name;
      i++;
      j--;
    }
    if (middle <= j) high = j;
    else if (middle >= i) low = i;
    else break;
  }
}
