/** Components of vectors that are compared in the time in which a row is read for a response, some 0.1 ms. */
const comparedPerRow = 80_000;
/** Reading a component takes as long as comparing it this many times. */
const reading = 20;

/**
 * What a search costs, in rows whose reading takes as long.
 * @param rows number of embeddings that took part
 * @param sought number of embeddings whose neighbours are sought
 */
export function searchCost(rows: number, dimensions: number, sought: number): number {
  return Math.ceil((rows * dimensions * (reading + sought)) / comparedPerRow);
}
