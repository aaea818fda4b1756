import { groupSizes, type Overlap } from "../clustering/overlaps.js";

/** What became of a cluster from one clustering to another of the same rows. */
export type LineageKind = "CONTINUED" | "SPLIT" | "MERGED" | "BORN" | "DIED";

export interface ClusterLineage {
  kind: LineageKind;
  /** Labels; null for the side on which there is no counterpart. */
  from: number | null;
  to: number | null;
  /** Number of rows that the two share; 0 without a counterpart. */
  sharedCount: number;
  /** Rows that the two share, as a share of the rows that are in either, 0 to 1. */
  jaccard: number;
}

interface Pair {
  from: number;
  to: number;
  sharedCount: number;
  jaccard: number;
}

/** Clusters that continue each other share at least this much of the rows that are in either. */
const CONTINUING = 0.5;

/**
 * What became of each cluster from one clustering to another.
 *
 * - CONTINUED: the two are each other's best match by the Jaccard index, which is at least 0.5. Of equally good matches
 *   the one with the least label counts, which is the largest.
 * - SPLIT: at least half of the new cluster was in the old one, which is not smaller.
 * - MERGED: at least half of the old cluster is in the new one, which is larger.
 * - DIED, BORN: an old or a new cluster to which none of these applies.
 *
 * @param overlaps of rows that are in both clusterings; groups are labels, −1 for outliers, which are no cluster
 * @returns in the order of `from`, then of `to`; what was born comes last
 */
export function clusterLineage(overlaps: readonly Overlap[]): ClusterLineage[] {
  const sizesFrom = groupSizes(overlaps, "from");
  const sizesTo = groupSizes(overlaps, "to");
  const pairs: Pair[] = overlaps
    .filter(({ from, to }) => from >= 0 && to >= 0)
    .map(({ from, to, count }) => {
      const inEither = (sizesFrom.get(from) as number) + (sizesTo.get(to) as number) - count;
      return { from, to, sharedCount: count, jaccard: count / inEither };
    })
    .sort((p, q) => p.from - q.from || p.to - q.to);
  const bestOfFrom = bestPairs(pairs, "from");
  const bestOfTo = bestPairs(pairs, "to");

  const lineage: ClusterLineage[] = [];
  const told = { from: new Set<number>(), to: new Set<number>() };
  for (const pair of pairs) {
    const { from, to, sharedCount, jaccard } = pair;
    const sizeFrom = sizesFrom.get(from) as number;
    const sizeTo = sizesTo.get(to) as number;
    let kind: LineageKind;
    if (bestOfFrom.get(from) === pair && bestOfTo.get(to) === pair && jaccard >= CONTINUING)
      kind = "CONTINUED";
    else if (2 * sharedCount >= sizeTo && sizeTo <= sizeFrom) kind = "SPLIT";
    else if (2 * sharedCount >= sizeFrom && sizeFrom < sizeTo) kind = "MERGED";
    else continue;
    told.from.add(from);
    told.to.add(to);
    lineage.push({ kind, from, to, sharedCount, jaccard });
  }
  const without = { sharedCount: 0, jaccard: 0 };
  for (const from of sizesFrom.keys()) {
    if (from >= 0 && !told.from.has(from)) lineage.push({ kind: "DIED", from, to: null, ...without });
  }
  for (const to of sizesTo.keys()) {
    if (to >= 0 && !told.to.has(to)) lineage.push({ kind: "BORN", from: null, to, ...without });
  }
  const last = Number.MAX_SAFE_INTEGER;
  return lineage.sort((p, q) => (p.from ?? last) - (q.from ?? last) || (p.to ?? last) - (q.to ?? last));
}

/** Per cluster of one side its pair with the greatest Jaccard index, the first of equal ones. */
function bestPairs(pairs: readonly Pair[], side: "from" | "to"): Map<number, Pair> {
  const best = new Map<number, Pair>();
  for (const pair of pairs) {
    const known = best.get(pair[side]);
    if (known === undefined || pair.jaccard > known.jaccard) best.set(pair[side], pair);
  }
  return best;
}
