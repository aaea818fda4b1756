/**
 * @returns the first index from `first` to `end` − 1 whose number is NaN or infinite; −1 if all are finite
 */
export function firstNotFinite(numbers: Float32Array, first: number, end: number): number {
  // A finite number times 0 is 0, any other NaN, so that the sum is 0 only if all are finite: one pass
  // without a branch per number.
  let sum = 0;
  for (let i = first; i < end; i++) sum += numbers[i] * 0;
  if (sum === 0) return -1;
  let i = first;
  while (Number.isFinite(numbers[i])) i++;
  return i;
}

/** Describes why a vector of this length in bytes cannot be read. */
export function wrongLength(bytes: number, dimensions: number): string {
  return `holds ${bytes} bytes, not ${dimensions} float32s (${dimensions * 4} bytes)`;
}

/** Describes why a vector with such a component cannot be read. */
export function notFinite(number: number, index: number): string {
  return `holds ${number} at index ${index}`;
}
