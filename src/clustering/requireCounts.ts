import { isCount, require } from "./invalidClusteringInput.js";

/** The counts on which an estimate depends. */
interface EstimatedCounts {
  rows: number;
  threads: number;
  /** Number of distinct rows. */
  distinct: number;
}

/**
 * Checks the counts that an estimate is given, with the dimensions under their name there.
 *
 * @throws {InvalidClusteringInputError} with the name of the first one that is invalid
 */
export function requireCounts({
  rows,
  threads,
  distinct,
  ...rest
}: EstimatedCounts & ({ dimensions: number } | { rowDimensions: number })): void {
  require(isCount(rows, 0), "rows", rows, "a whole number of at least 0");
  for (const [name, dimensions] of Object.entries(rest)) {
    require(isCount(dimensions, 1), name, dimensions, "a whole number of at least 1");
  }
  require(isCount(threads, 1), "threads", threads, "a whole number of at least 1");
  const isDistinct = isCount(distinct, 0) && distinct <= rows;
  require(isDistinct, "distinct", distinct, `a whole number, at most the ${rows} rows`);
}

/**
 * Checks the dimensions of rows on which the range of a parameter depends: ∞ if they are not known.
 *
 * @throws {InvalidClusteringInputError} "rowDimensions"
 */
export function requireRowDimensions(rowDimensions: number): void {
  const isKnown = isCount(rowDimensions, 1);
  const expected = "a whole number of at least 1, or Infinity if they are not known";
  require(isKnown || rowDimensions === Infinity, "rowDimensions", rowDimensions, expected);
}
