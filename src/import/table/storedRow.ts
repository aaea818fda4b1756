import type { RowFault } from "./rowValues.js";
import type { UsableRow } from "./usableRow.js";

/** The columns of a row in a temporary file. */
export interface StoredRow {
  number: number;
  /** Null if the row cannot be recorded. */
  values: string | null;
  vector: ArrayBuffer | Buffer | null;
  /** Why the row, or else its vector, cannot be recorded. */
  fault: string | null;
}

export function storedRow({ number, values, vector }: UsableRow): StoredRow {
  const isVector = vector instanceof Float32Array;
  return {
    number,
    values: JSON.stringify(values),
    vector: isVector ? Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength) : null,
    fault: isVector || vector === null ? null : JSON.stringify(vector),
  };
}

export function storedFault(number: number, fault: RowFault): StoredRow {
  return { number, values: null, vector: null, fault: JSON.stringify(fault) };
}

export function readStoredRow({ number, values, vector, fault }: StoredRow): UsableRow | RowFault {
  if (values === null) return JSON.parse(fault!);
  return {
    number,
    values: JSON.parse(values),
    vector: vector ? new Float32Array(new Uint8Array(vector).buffer) : fault && JSON.parse(fault),
  };
}
