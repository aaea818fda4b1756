/** What a setting would give, as far as plateaus depend on it. */
export interface SteadyPoint {
  minClusterSize: number;
  clusterCount: number;
  adjustedRandIndexToSmaller: number | null;
}

/** From this agreement on, the clusterings of two neighbouring sizes are as good as the same. */
const steadyFrom = 0.9;
const fewestClusters = 2;

/**
 * Ranges of sizes over which the clusters hardly change: each size agrees with the one before it, and has two clusters
 * or more, because any two sizes that find none, or one, agree.
 * @param points of one method, by rising size
 * @returns each range with its points, two or more
 */
export function plateausOf<Point extends SteadyPoint>(points: readonly Point[]): Point[][] {
  const ranges: Point[][] = [];
  for (const point of points) {
    const last = ranges.at(-1);
    if (point.clusterCount < fewestClusters) ranges.push([]);
    else if (last?.length && (point.adjustedRandIndexToSmaller ?? 0) >= steadyFrom) last.push(point);
    else ranges.push([point]);
  }
  return ranges.filter(({ length }) => length > 1);
}
