/** How many rows a group of one grouping shares with a group of another. Only pairs that share rows are listed. */
export interface Overlap {
  from: number;
  to: number;
  /** At least 1. */
  count: number;
}

/**
 * The overlaps of two groupings of the same rows. Groups are told apart by their numbers, of which any may be used, −1
 * among them.
 *
 * @param from per point: its group in the one grouping
 * @param to per point: its group in the other
 * @param weights per point: number of rows
 */
export function overlapsOf(from: Int32Array, to: Int32Array, weights: Int32Array): Overlap[] {
  const ofGroup = new Map<number, Map<number, Overlap>>();
  const all: Overlap[] = [];
  for (let point = 0; point < from.length; point++) {
    let shared = ofGroup.get(from[point]);
    if (shared === undefined) {
      shared = new Map();
      ofGroup.set(from[point], shared);
    }
    const overlap = shared.get(to[point]);
    if (overlap !== undefined) {
      overlap.count += weights[point];
      continue;
    }
    const first = { from: from[point], to: to[point], count: weights[point] };
    shared.set(to[point], first);
    all.push(first);
  }
  return all;
}

/** The number of rows in each group of one of the two groupings. */
export function groupSizes(overlaps: readonly Overlap[], side: "from" | "to"): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const overlap of overlaps) sizes.set(overlap[side], (sizes.get(overlap[side]) ?? 0) + overlap.count);
  return sizes;
}
