/** @returns the first index, from `first` and before `end`, whose number is NaN or infinite; −1 where there is none */
export function firstNotFinite(numbers: Float32Array, first: number, end: number): number {
  // 0 for as long as all of them are finite, then NaN: one pass without a branch a number.
  let sum = 0;
  for (let i = first; i < end; i++) sum += numbers[i] * 0;
  if (sum === 0) return -1;
  let i = first;
  while (Number.isFinite(numbers[i])) i++;
  return i;
}

/** Why a vector of so many bytes cannot be read. */
export function wrongLength(bytes: number, dimensions: number): string {
  return `holds ${bytes} bytes, not ${dimensions} float32s (${dimensions * 4} bytes)`;
}

/** Why a vector with such a number in it cannot be read. */
export function notFinite(number: number, index: number): string {
  return `holds ${number} at index ${index}`;
}
