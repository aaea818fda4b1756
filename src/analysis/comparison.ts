import { adjustedRandIndex } from "../clustering/adjustedRandIndex.js";
import { groupSizes, type Overlap } from "../clustering/overlaps.js";
import { adjustedMutualInformation } from "./adjustedMutualInformation.js";
import { clusterLineage, type LineageKind } from "./lineage.js";

/** Pairs of clusters of two clusterings, in columns, because threads exchange these much faster than objects. */
export interface PairColumns {
  /** Labels; −1 where there is no cluster. */
  from: Int32Array;
  to: Int32Array;
  /** Number of rows that the two share. */
  shared: Int32Array;
  /** Rows that the two share, as a share of the rows that are in either, 0 to 1. */
  jaccard: Float64Array;
}

/** How two clusterings of the same rows agree, and what became of the clusters of the first. */
export interface Comparison {
  /** Number of rows. */
  commonCount: number;
  /** −0.5 to 1; the outliers of each clustering count as one more cluster. */
  adjustedRandIndex: number;
  /** At most 1; likewise. */
  adjustedMutualInformation: number;
  /** Over the rows that are in a cluster in both; null if there are none. */
  adjustedRandIndexOfClustered: number | null;
  /** In the order of labels; what was born comes last. */
  lineage: PairColumns & { kind: LineageKind[] };
  /** The pairs that share rows, most first, then in the order of labels; −1 is the outliers. */
  overlaps: PairColumns;
}

/**
 * The numbers are the same to the bit whatever the order of the overlaps.
 *
 * @param overlaps groups are labels, −1 for outliers
 * @param throwIfStopped called now and then; what it throws ends the comparison
 */
export function compare(overlaps: readonly Overlap[], throwIfStopped = () => {}): Comparison {
  const ordered = overlaps.toSorted((p, q) => q.count - p.count || p.from - q.from || p.to - q.to);
  const clustered = ordered.filter(({ from, to }) => from >= 0 && to >= 0);
  const sizesFrom = groupSizes(ordered, "from");
  const sizesTo = groupSizes(ordered, "to");
  const lineage = clusterLineage(ordered);
  let commonCount = 0;
  for (const { count } of ordered) commonCount += count;
  return {
    commonCount,
    adjustedRandIndex: adjustedRandIndex(ordered),
    adjustedMutualInformation: adjustedMutualInformation(ordered, throwIfStopped),
    adjustedRandIndexOfClustered: clustered.length === 0 ? null : adjustedRandIndex(clustered),
    lineage: {
      kind: lineage.map(({ kind }) => kind),
      from: Int32Array.from(lineage, ({ from }) => from ?? -1),
      to: Int32Array.from(lineage, ({ to }) => to ?? -1),
      shared: Int32Array.from(lineage, ({ sharedCount }) => sharedCount),
      jaccard: Float64Array.from(lineage, ({ jaccard }) => jaccard),
    },
    overlaps: {
      from: Int32Array.from(ordered, ({ from }) => from),
      to: Int32Array.from(ordered, ({ to }) => to),
      shared: Int32Array.from(ordered, ({ count }) => count),
      jaccard: Float64Array.from(
        ordered,
        ({ from, to, count }) =>
          count / ((sizesFrom.get(from) as number) + (sizesTo.get(to) as number) - count),
      ),
    },
  };
}

/** The approximate number of bytes of a comparison in memory. */
export function bytesOf({ lineage, overlaps }: Comparison): number {
  const bytesPerPair = 20;
  return 200 + (bytesPerPair + 8) * lineage.kind.length + bytesPerPair * overlaps.from.length;
}

/**
 * Overlaps from the text in which a database gathers them in one row: for each pair the two labels and the number of
 * rows, separated by spaces, and commas between the pairs.
 */
export function readOverlaps(text: string): Overlap[] {
  if (text === "") return [];
  return text.split(",").map((pair) => {
    const [from, to, count] = pair.split(" ").map(Number);
    return { from, to, count };
  });
}
