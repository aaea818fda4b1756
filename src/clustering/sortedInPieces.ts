/** Most numbers that are sorted at a time. */
export const PIECE = 2 ** 16;

/**
 * Sorts numbers, none of them NaN, in ascending order, as their own `sort()` does, but a piece at a time, and merges
 * the pieces: a thread that is terminated while `sort()` runs stops only after it, which takes a second for ten million
 * numbers.
 *
 * @returns the sorted numbers; `values` is overwritten
 */
export function sortedInPieces<T extends Float64Array | Uint32Array>(values: T): T {
  const { length } = values;
  for (let start = 0; start < length; start += PIECE) values.subarray(start, start + PIECE).sort();
  let [from, to]: [T, T] = [values, values];
  for (let size = PIECE; size < length; size *= 2) {
    if (to === from) to = values.slice() as T;
    for (let start = 0; start < length; start += 2 * size) {
      const middle = Math.min(length, start + size);
      const end = Math.min(length, start + 2 * size);
      for (let at = start, left = start, right = middle; at < end; at++) {
        const isLeft = left < middle && (right === end || from[left] <= from[right]);
        to[at] = isLeft ? from[left++] : from[right++];
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
