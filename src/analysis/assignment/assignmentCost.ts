/** Components of vectors that the kernel compares in the time in which a row is read for a response, some 0.1 ms. */
const comparedPerRow = 3_000_000;
/** Components that are read from the database in that time, and those that are prepared once they are in memory. */
const readPerRow = 4_000;
const preparedPerRow = 60_000;
/** The kernel compares this many vectors with others in the time of one. */
const tile = 64;

/**
 * What assigning vectors costs, in rows whose reading takes as long.
 * @param points number of distinct vectors of the result
 * @param sought number of vectors to assign
 * @param isLoaded whether the distinct vectors are in memory
 */
export function assignmentCost(
  points: number,
  dimensions: number,
  sought: number,
  isLoaded: boolean,
): number {
  const compared = tile * Math.ceil(sought / tile);
  const perComponent = 1 / (isLoaded ? preparedPerRow : readPerRow) + compared / comparedPerRow;
  return Math.ceil(points * dimensions * perComponent);
}
