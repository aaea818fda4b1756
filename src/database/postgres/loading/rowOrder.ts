/**
 * Sorts rows by two keys, in ascending order, and stably. A radix sort with digits of 16 bits.
 * @returns the row of each position
 */
export function rowOrder(first: Uint32Array, second: Uint32Array): Uint32Array {
  const count = first.length;
  let order = Uint32Array.from({ length: count }, (_, row) => row);
  let sorted = new Uint32Array(count);
  const places = new Uint32Array(2 ** 16);
  for (const [keys, shift] of [
    [second, 0],
    [second, 16],
    [first, 0],
    [first, 16],
  ] as const) {
    places.fill(0);
    for (let row = 0; row < count; row++) places[(keys[row] >>> shift) & 0xffff]++;
    if (count > 0 && places[(keys[0] >>> shift) & 0xffff] === count) continue; // all keys have the same digit
    for (let value = 0, place = 0; value < places.length; value++) {
      const rows = places[value];
      places[value] = place;
      place += rows;
    }
    for (let at = 0; at < count; at++) sorted[places[(keys[order[at]] >>> shift) & 0xffff]++] = order[at];
    [order, sorted] = [sorted, order];
  }
  return order;
}
