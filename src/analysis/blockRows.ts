/**
 * The number of vectors of a block that is read and compared at once: few, so that work that is to stop does so soon.
 * @param most bytes of its vectors, unless a single one takes more, and vectors
 */
export const blockRows = (dimensions: number, most: { bytes: number; rows: number }): number =>
  Math.max(1, Math.min(most.rows, Math.floor(most.bytes / (4 * dimensions))));
