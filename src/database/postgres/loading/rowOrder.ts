/**
 * The rows in the order of two keys, smaller ones first; rows with equal keys stay in the order that they have.
 * Sorts by counting, 16 bits at a time.
 * @returns for each place the row that belongs there
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
    if (count > 0 && places[(keys[0] >>> shift) & 0xffff] === count) continue; // all are alike
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
