/** Approximate number of bytes that are in memory at a time; a single row may be larger. */
export const bytesPerBatch = 4 * 2 ** 20;

/**
 * Rows of a table in the format that rows have within PostgreSQL's binary COPY, for either database: equal
 * rows have equal bytes.
 */
export interface RowBatch {
  bytes: Buffer;
  /** The offset at which each row ends. */
  ends: number[];
}
