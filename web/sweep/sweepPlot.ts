import { count } from "../parts/format.js";
import { plateausOf, type SteadyPoint } from "./plateaus.js";

/** What a setting would give. */
export interface SweepPoint extends SteadyPoint {
  clusterSelectionMethod: "EXCESS_OF_MASS" | "LEAF";
  outlierCount: number;
}

export type Method = SweepPoint["clusterSelectionMethod"];
export const methods: readonly Method[] = ["EXCESS_OF_MASS", "LEAF"];

interface Tick {
  /** Pixels from the left, or from the top. */
  at: number;
  text: string;
}

interface PlacedPoint<Point> {
  x: number;
  y: number;
  point: Point;
}

/** The points of one method, joined by a line. */
interface Series<Point> {
  method: Method;
  points: readonly PlacedPoint<Point>[];
  /** The line, and the parts of it that are plateaus, as `points` of an SVG polyline. */
  line: string;
  plateaus: readonly string[];
}

/** A plot of one number over the sizes. */
interface Panel<Point> {
  name: string;
  /** Pixels from the top of the picture to the top and the bottom of the plot. */
  top: number;
  bottom: number;
  ticks: readonly Tick[];
  series: readonly Series<Point>[];
}

export interface SweepPicture<Point> {
  width: number;
  height: number;
  /** Pixels from the left to the left and the right end of the plots. */
  left: number;
  right: number;
  panels: readonly Panel<Point>[];
  sizes: readonly Tick[];
}

const margins = { left: 48, right: 14, top: 20, between: 30, bottom: 38 };
const panelHeight = 120;
/** Pixels between the middles of two texts below each other, and of those beside each other. */
const leastDistance = { vertical: 17, horizontal: 30 };

/**
 * Where everything of a plot is: above the number of clusters and below the share of outliers, over the minimum cluster
 * size. Sizes and numbers of clusters have logarithmic scales, that of clusters by log(1 + n), so that 0 has a place.
 * @param points one for each size and method, in any order, at least one
 * @param total number of embeddings, more than 0
 * @param width of the picture in pixels
 */
export function sweepPicture<Point extends SweepPoint>(
  points: readonly Point[],
  total: number,
  width: number,
): SweepPicture<Point> {
  const [left, right] = [margins.left, Math.max(margins.left + 1, width - margins.right)];
  const sizes = [...new Set(points.map(({ minClusterSize }) => minClusterSize))].sort((a, b) => a - b);
  const xOf = scale(Math.log(sizes[0]), Math.log(sizes[sizes.length - 1]), left, right);
  const mostClusters = Math.max(1, ...points.map(({ clusterCount }) => clusterCount));

  const panel = (
    name: string,
    top: number,
    most: number,
    numberOf: (point: Point) => number,
    ticks: readonly { value: number; text: string }[],
  ): Panel<Point> => {
    const bottom = top + panelHeight;
    const yOf = scale(0, most, bottom, top);
    const placed = (of: readonly Point[]) =>
      of.map((point) => ({ x: xOf(Math.log(point.minClusterSize)), y: yOf(numberOf(point)), point }));
    const series = methods
      .map((method) => points.filter((point) => point.clusterSelectionMethod === method))
      .filter(({ length }) => length > 0)
      .map((of) => {
        const sorted = [...of].sort((a, b) => a.minClusterSize - b.minClusterSize);
        return {
          method: sorted[0].clusterSelectionMethod,
          points: placed(sorted),
          line: polyline(placed(sorted)),
          plateaus: plateausOf(sorted).map((plateau) => polyline(placed(plateau))),
        };
      });
    const placedTicks = ticks.map(({ value, text }) => ({ at: yOf(value), text }));
    return { name, top, bottom, ticks: spaced(placedTicks, leastDistance.vertical), series };
  };

  const secondTop = margins.top + panelHeight + margins.between;
  const panels = [
    panel(
      "Clusters",
      margins.top,
      Math.log1p(mostClusters),
      ({ clusterCount }) => Math.log1p(clusterCount),
      clusterTicks(mostClusters).map((n) => ({ value: Math.log1p(n), text: count(n) })),
    ),
    panel(
      "Outliers",
      secondTop,
      1,
      ({ outlierCount }) => outlierCount / total,
      [0, 1, 0.5, 0.25, 0.75].map((share) => ({ value: share, text: `${100 * share} %` })),
    ),
  ];
  const sizeTicks = [...sizes]
    .sort((a, b) => roundness(a) - roundness(b) || a - b)
    .map((size) => ({ at: xOf(Math.log(size)), text: count(size) }));
  return {
    ...{ width, left, right, panels },
    height: secondTop + panelHeight + margins.bottom,
    sizes: spaced(sizeTicks, leastDistance.horizontal),
  };
}

/** The place of a value between two ends; the middle if all values are one. */
function scale(from: number, to: number, start: number, end: number): (value: number) => number {
  if (from === to) return () => (start + end) / 2;
  return (value) => start + ((value - from) / (to - from)) * (end - start);
}

const polyline = (points: readonly { x: number; y: number }[]) =>
  points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");

/** Numbers of clusters that may be written at an axis: those first that matter most. */
function clusterTicks(most: number): number[] {
  const ticks = [0];
  for (const first of [1, 5, 2]) {
    for (let n = first; n <= most; n *= 10) ticks.push(n);
  }
  return ticks;
}

/** How little a number stands out: least for powers of ten, then their halves. */
function roundness(n: number): number {
  const first = n / 10 ** Math.floor(Math.log10(n) + 1e-9);
  return first === 1 ? 0 : first === 5 ? 1 : first === 2 ? 2 : 3;
}

/** Those of the ticks that are far enough from all that come before them in the list. */
function spaced(ticks: readonly Tick[], least: number): Tick[] {
  const kept: Tick[] = [];
  for (const tick of ticks) {
    if (kept.every(({ at }) => Math.abs(at - tick.at) >= least)) kept.push(tick);
  }
  return kept;
}
