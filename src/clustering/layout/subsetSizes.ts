// Separate from the code that draws the subset, so that the package's types do not depend on Node's.

/** When a layout lays out only a part of the distinct rows, and how large the part is. */
export interface SubsetSizes {
  /** All distinct rows are laid out up to this number of them. At least `size`. */
  all: number;
  /** Number of distinct rows that are laid out where there are more. */
  size: number;
}

/**
 * The exact search for neighbours takes a time that grows with the square of the number of rows. With 50,000 of them, a
 * million rows of 384 dimensions take minutes on two cores; with 250,000, a quarter of an hour.
 */
export const subsetSizes: SubsetSizes = { all: 250_000, size: 50_000 };

/** Number of distinct rows that are laid out. */
export const laidOutCount = (distinct: number, { all, size }: SubsetSizes): number =>
  distinct > all ? size : distinct;
