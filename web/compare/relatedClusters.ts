import type { Side } from "./fates.js";

interface Overlap {
  count: number;
  /** Null: outliers. */
  from: { label: number } | null;
  to: { label: number } | null;
}

/** The label of a cluster of an overlap; −1 for outliers. */
export const labelIn = (overlap: Overlap, side: Side): number => overlap[side]?.label ?? -1;

/**
 * The clusters of the other clustering that have embeddings in common with one, with their numbers.
 * @param overlaps most embeddings first
 * @param selected a cluster; label −1 for the outliers of its side; null for none
 */
export function relatedClusters(
  overlaps: readonly Overlap[],
  selected: { side: Side; label: number } | null,
): Map<number, number> {
  if (selected === null) return new Map();
  const other = selected.side === "from" ? "to" : "from";
  return new Map(
    overlaps
      .filter((overlap) => labelIn(overlap, selected.side) === selected.label)
      .map((overlap) => [labelIn(overlap, other), overlap.count]),
  );
}
