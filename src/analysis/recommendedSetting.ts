import { keyBesidesSize, type SweptParameters } from "../clustering/sweepSettings.js";

/** What a sweep found out about one setting. */
export interface SweptPoint extends SweptParameters {
  clusterCount: number;
  outlierCount: number;
  /** Agreement with the point of the next smaller minClusterSize that is otherwise equal; null for the smallest. */
  adjustedRandIndexToSmaller: number | null;
}

/** Settings of one method and epsilon, neighbouring in minClusterSize, which give nearly the same clusters. */
interface Plateau<Point extends SweptPoint> {
  /** At least 2, the smallest size first. */
  points: Point[];
  /** The least agreement between neighbours. */
  leastAgreement: number;
}

export interface Recommendation<Point extends SweptPoint> {
  point: Point;
  /** The plateau that the point is on; null if there is no plateau. */
  plateau: Plateau<Point> | null;
  /** Without a plateau: the agreement with the neighbour that agrees most; null if there are no neighbours. */
  closestAgreement: number | null;
}

/** Neighbouring settings with at least this adjusted Rand index between them are on one plateau. */
export const plateauAgreement = 0.9;
/** Settings with fewer clusters say nothing about how embeddings are divided: they agree for no good reason. */
const fewestClusters = 2;
/** Below every adjusted Rand index: there is no neighbour. */
const none = -1;

/**
 * The plateaus of a sweep: the longest rows of settings, neighbouring in minClusterSize and otherwise equal, of which
 * each has at least two clusters and agrees with the next one.
 */
export function plateausOf<Point extends SweptPoint>(points: readonly Point[]): Plateau<Point>[] {
  const plateaus: Plateau<Point>[] = [];
  for (const line of linesOf(points)) {
    let current: Point[] = [];
    let least = 1;
    const end = () => {
      if (current.length > 1) plateaus.push({ points: current, leastAgreement: least });
      current = [];
      least = 1;
    };
    for (const point of line) {
      const agreement = point.adjustedRandIndexToSmaller;
      const continues = agreement !== null && agreement >= plateauAgreement;
      if (!continues || point.clusterCount < fewestClusters) end();
      if (point.clusterCount < fewestClusters) continue;
      if (current.length > 0 && agreement !== null) least = Math.min(least, agreement);
      current.push(point);
    }
    end();
  }
  return plateaus;
}

/**
 * The setting to try first. On the widest plateau, whose largest size is the greatest multiple of its smallest, it is
 * the one with the fewest outliers; plateaus of equal width are compared by that number, and equal settings by their
 * sizes, the smaller first, then by their order. Without a plateau it is the setting that agrees most with a neighbour, and without
 * neighbours the one with the fewest outliers.
 *
 * @returns null if no setting gives two clusters
 */
export function recommendedSetting<Point extends SweptPoint>(
  points: readonly Point[],
): Recommendation<Point> | null {
  const best = plateausOf(points)
    .map((plateau) => ({ plateau, point: withFewestOutliers(plateau.points) }))
    .sort((a, b) => widthOf(b.plateau) - widthOf(a.plateau) || compare(a.point, b.point))[0];
  if (best !== undefined) return { ...best, closestAgreement: null };
  const lines = linesOf(points);
  const candidates = lines.flatMap((line) =>
    line.flatMap((point, at) => {
      if (point.clusterCount < fewestClusters) return [];
      const toLarger = line[at + 1]?.adjustedRandIndexToSmaller ?? none;
      return [{ point, agreement: Math.max(point.adjustedRandIndexToSmaller ?? none, toLarger) }];
    }),
  );
  const [closest] = candidates.sort((a, b) => b.agreement - a.agreement || compare(a.point, b.point));
  if (closest === undefined) return null;
  const { point, agreement } = closest;
  return { point, plateau: null, closestAgreement: agreement === none ? null : agreement };
}

/** The points of each method and epsilon, the smallest size first. */
function linesOf<Point extends SweptPoint>(points: readonly Point[]): Point[][] {
  const lines = new Map<string, Point[]>();
  for (const point of points) {
    const key = keyBesidesSize(point);
    lines.set(key, [...(lines.get(key) ?? []), point]);
  }
  return [...lines.values()].map((line) => line.sort((a, b) => a.minClusterSize - b.minClusterSize));
}

const widthOf = ({ points }: Plateau<SweptPoint>): number =>
  points[points.length - 1].minClusterSize / points[0].minClusterSize;

const withFewestOutliers = <Point extends SweptPoint>(points: Point[]): Point => [...points].sort(compare)[0];

const compare = (a: SweptPoint, b: SweptPoint): number =>
  a.outlierCount - b.outlierCount || a.minClusterSize - b.minClusterSize;
