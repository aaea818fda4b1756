/** How many outliers meet their nearest cluster within a multiple of its own largest height. */
export interface Joining {
  within: number;
  outlierCount: number;
}

/** Multiples between which outliers of very different data begin to join, as many as one request may have. */
export const surveyed: readonly number[] = [
  ...[1, 1.01, 1.02, 1.05, 1.1, 1.2, 1.35, 1.5, 1.75, 2],
  ...[2.5, 3, 4, 5, 7, 10, 15, 20, 50, 100],
];

/** Where the curve ends: of those that join within the largest multiple that was surveyed, so many have joined there. */
const nearlyAll = 0.98;
/** In so many even steps the curve rises from 1 to its end; it is as many as one request may have. */
const steps = 20;
const decimals = 4;

/**
 * The multiples after 1 at which the curve is read.
 * @param survey the numbers at `surveyed`
 * @returns null if no outlier joins a cluster within the largest of them
 */
export function curveMultiples(survey: readonly Joining[]): number[] | null {
  const most = survey[survey.length - 1].outlierCount;
  if (most === 0) return null;
  const { within: end } = survey.find(
    ({ within, outlierCount }) => within > 1 && outlierCount >= nearlyAll * most,
  )!;
  return Array.from({ length: steps }, (_, step) =>
    Number((1 + ((end - 1) * (step + 1)) / steps).toFixed(decimals)),
  );
}

/** The place on the curve that is shown first: the last multiple up to 1.25 by which any outlier joins. */
export function firstPlace(curve: readonly Joining[]): number {
  const last = curve.findLastIndex(({ within }) => within <= 1.25);
  const rising = curve.findIndex(({ outlierCount }) => outlierCount > 0);
  return Math.max(last, rising, 0);
}

interface Tick {
  /** Pixels from the left, or from the top. */
  at: number;
  text: string;
}

interface CurvePicture {
  width: number;
  height: number;
  /** Pixels to the ends of the plot. */
  left: number;
  right: number;
  top: number;
  bottom: number;
  /** The curve, and what is below it, as `points` of SVG. */
  line: string;
  area: string;
  places: readonly { x: number; y: number }[];
  shares: readonly Tick[];
  multiples: readonly Tick[];
}

const margins = { left: 48, right: 14, top: 10, bottom: 22 };
const plotHeight = 120;

/** How a multiple is written. */
export const multipleText = (within: number): string =>
  within.toLocaleString("en", { maximumFractionDigits: decimals });

/**
 * Where everything of the plot is: the share of the outliers that have joined over the multiple.
 * @param curve multiples in even steps, at least two
 * @param total number of outliers, more than 0
 * @param width of the picture in pixels
 */
export function curvePicture(curve: readonly Joining[], total: number, width: number): CurvePicture {
  const { left, top } = margins;
  const right = Math.max(left + 1, width - margins.right);
  const bottom = top + plotHeight;
  const xOf = (place: number) => left + (place / (curve.length - 1)) * (right - left);
  const yOf = (share: number) => bottom - share * plotHeight;
  const places = curve.map(({ outlierCount }, n) => ({ x: xOf(n), y: yOf(outlierCount / total) }));
  const line = places.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const middle = Math.floor((curve.length - 1) / 2);
  return {
    ...{ width, left, right, top, bottom, places, line },
    height: bottom + margins.bottom,
    area: `${left},${bottom} ${line} ${right},${bottom}`,
    shares: [0, 0.5, 1].map((share) => ({ at: yOf(share), text: `${100 * share} %` })),
    multiples: [0, middle, curve.length - 1].map((n) => ({
      at: xOf(n),
      text: `${multipleText(curve[n].within)} ×`,
    })),
  };
}
