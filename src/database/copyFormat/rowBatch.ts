/** About so many bytes are in memory at a time; a row may be larger. */
export const bytesPerBatch = 4 * 2 ** 20;

/**
 * Rows of a table, each in the form that it has within PostgreSQL's binary COPY, whichever database it is of: the same
 * row has the same bytes everywhere.
 */
export interface RowBatch {
  bytes: Buffer;
  /** Where each row ends. */
  ends: number[];
}
