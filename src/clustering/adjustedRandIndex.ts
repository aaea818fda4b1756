import { groupSizes, type Overlap } from "./overlaps.js";

/**
 * The adjusted Rand index of two groupings of the same rows (Hubert & Arabie 1985): 1 for equal groupings, about 0 for
 * independent ones, at least −0.5.
 */
export function adjustedRandIndex(overlaps: readonly Overlap[]): number {
  let rows = 0;
  let squares = 0;
  for (const { count } of overlaps) {
    rows += count;
    squares += count * count;
  }
  const squaresOfFrom = sumOfSquares(groupSizes(overlaps, "from"));
  const squaresOfTo = sumOfSquares(groupSizes(overlaps, "to"));
  // Ordered pairs of different rows: together in both groupings, in one of them alone, in neither.
  const both = squares - rows;
  const onlyFrom = squaresOfFrom - squares;
  const onlyTo = squaresOfTo - squares;
  const neither = rows * rows - squaresOfFrom - squaresOfTo + squares;
  if (onlyFrom === 0 && onlyTo === 0) return 1;
  const scale = (both + onlyFrom) * (onlyFrom + neither) + (both + onlyTo) * (onlyTo + neither);
  return (2 * (both * neither - onlyFrom * onlyTo)) / scale;
}

function sumOfSquares(sizes: Map<number, number>): number {
  let sum = 0;
  for (const size of sizes.values()) sum += size * size;
  return sum;
}
