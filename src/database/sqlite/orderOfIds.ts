const BYTES = 16;
const WORDS = 4;

/**
 * The order that sorts UUIDs as their texts are sorted: order[k] is the number of the kth one.
 *
 * Rows of a result are inserted in the order of their embeddings' ids. They are read in this order, by an index, and the
 * table itself then has them in it too: that halves the time in which all of them are read.
 *
 * @param ids 16 bytes each
 */
export function orderOfIds(ids: Uint8Array): Int32Array {
  const count = ids.length / BYTES;
  const view = new DataView(ids.buffer, ids.byteOffset, ids.byteLength);
  const words = Uint32Array.from({ length: count * WORDS }, (_, word) => view.getUint32(4 * word));
  return Int32Array.from({ length: count }, (_, n) => n).sort((a, b) => {
    for (let word = 0; word < WORDS; word++) {
      const difference = words[a * WORDS + word] - words[b * WORDS + word];
      if (difference !== 0) return difference;
    }
    return 0;
  });
}
