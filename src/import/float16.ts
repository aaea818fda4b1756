/** Converts little-endian float16 numbers (IEEE 754 binary16) to float32; the conversion is exact. */
export function widenFloat16(bytes: Buffer): Float32Array {
  const floats = new Float32Array(bytes.length / 2);
  for (let i = 0; i < floats.length; i++) {
    const bits = bytes.readUInt16LE(2 * i);
    const exponent = (bits >>> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    const size =
      exponent === 0
        ? fraction * 2 ** -24
        : exponent === 0x1f
          ? fraction === 0
            ? Number.POSITIVE_INFINITY
            : Number.NaN
          : (1024 + fraction) * 2 ** (exponent - 25);
    floats[i] = bits & 0x8000 ? -size : size;
  }
  return floats;
}
