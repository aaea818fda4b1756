import { sortedInPieces } from "./sortedInPieces.js";

/** Up to this many points, a float64 holds the first component's 32 bits and the point's number exactly. */
const PACKED_POINTS = 2 ** 21;

/**
 * The order that sorts the given rows, each divided by its length, lexicographically.
 *
 * Almost all rows differ in their first component. Its bits, mapped so that they sort as unsigned numbers,
 * form a sort key together with the row's position; only runs of equal first components are compared
 * component by component.
 */
export function contentOrder(
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
  // 0 is added after rounding, because a number that rounds to −0 must become 0 too.
  for (let p = 0; p < count; p++) first[p] = Math.fround(data[firstRow[p] * dimensions] / lengths[p]) + 0;
  const bits = new Int32Array(first.buffer);
  const unsorted = new Float64Array(count);
  for (let p = 0; p < count; p++) {
    const ordered = (bits[p] < 0 ? ~bits[p] : bits[p] | 0x80000000) >>> 0;
    unsorted[p] = ordered * PACKED_POINTS + p;
  }
  const keys = sortedInPieces(unsorted);
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
