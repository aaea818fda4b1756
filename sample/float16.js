const bits = new Uint32Array(1);
const value = new Float32Array(bits.buffer);

/**
 * IEEE 754 binary16, to nearest, ties to even.
 *
 * @param {number} number at most 65504 in size
 * @returns {number} its 16 bits
 */
export function float16(number) {
  value[0] = number;
  const sign = (bits[0] >>> 16) & 0x8000;
  const size = Math.abs(value[0]);
  if (size > 65504 || Number.isNaN(size)) throw new RangeError(`${number} is no float16`);
  // Below 2^-14 steps are 2^-24 wide; above, 1024 to each power of two. Scaling by powers of two is exact.
  const exponent = size < 2 ** -14 ? -14 : ((bits[0] >>> 23) & 0xff) - 127;
  const steps = roundToEven(size * 2 ** (10 - exponent));
  // 1024 steps are the hidden bit: adding lets a mantissa that rounds up carry into the exponent.
  return sign | (steps + (exponent + 14) * 1024);
}

/** @param {number} x at least 0 */
function roundToEven(x) {
  const low = Math.floor(x);
  const rest = x - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}
