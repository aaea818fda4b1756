/**
 * Copies little-endian float32 numbers, bit by bit, from any address to memory that may be shared, and checks
 * in the same pass that they are finite. Several times as fast as `Buffer.copy`, which copies byte by byte
 * into shared memory if the address is not a multiple of 8.
 * @param offset of the first number in `from`, in bytes
 * @param bits receives the numbers from the index `at` on
 * @returns whether all numbers are finite
 */
export function copyFloats(
  from: DataView,
  offset: number,
  bits: Int32Array,
  at: number,
  count: number,
): boolean {
  // Become negative if the exponent of a number is all ones, which means NaN or infinity.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const place = offset + 4 * i;
    const w = from.getInt32(place, true);
    const x = from.getInt32(place + 4, true);
    const y = from.getInt32(place + 8, true);
    const z = from.getInt32(place + 12, true);
    bits[at + i] = w;
    bits[at + i + 1] = x;
    bits[at + i + 2] = y;
    bits[at + i + 3] = z;
    a |= (w & magnitude) + lowestExponent;
    b |= (x & magnitude) + lowestExponent;
    c |= (y & magnitude) + lowestExponent;
    d |= (z & magnitude) + lowestExponent;
  }
  for (; i < count; i++) {
    const w = from.getInt32(offset + 4 * i, true);
    bits[at + i] = w;
    a |= (w & magnitude) + lowestExponent;
  }
  return (a | b | c | d) >= 0;
}

/** All bits of a float32 except the sign. */
const magnitude = 0x7fffffff;
/** The lowest bit of the exponent: adding it to an exponent of all ones carries into the sign. */
const lowestExponent = 0x00800000;
