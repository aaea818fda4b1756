type NumberArray = Uint8Array | Int32Array | Float32Array | Float64Array;

/** `length` zeros in memory that threads share. */
export function sharedArray<T extends NumberArray>(
  Kind: { new (buffer: SharedArrayBuffer): T; BYTES_PER_ELEMENT: number },
  length: number,
): T {
  return new Kind(new SharedArrayBuffer(length * Kind.BYTES_PER_ELEMENT));
}

/** The same numbers in memory that threads share. */
export function sharedCopy<T extends NumberArray>(
  Kind: { new (buffer: SharedArrayBuffer): T; BYTES_PER_ELEMENT: number },
  values: ArrayLike<number>,
): T {
  const copy = sharedArray(Kind, values.length);
  copy.set(values);
  return copy;
}
