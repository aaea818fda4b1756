/** The numbers of a stored vector: raw little-endian float32, not necessarily aligned in memory. */
export function float32s(vector: Buffer): number[] {
  const numbers = new Array<number>(vector.byteLength / 4);
  for (let i = 0; i < numbers.length; i++) numbers[i] = vector.readFloatLE(4 * i);
  return numbers;
}
