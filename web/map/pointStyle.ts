import type { Colour } from "./colours.js";

/** How the points are drawn in one picture. */
export interface PointStyle {
  readonly background: Colour;
  readonly muted: Colour;
  /** The colour of texts, in which outliers are drawn where they stand out. */
  readonly text: Colour;
  /** The radius of a point in pixels of CSS, and how much it covers, 0 to 1. */
  readonly radius: number;
  readonly opacity: number;
  /** The only cluster, category, or rows (1 for each of them) whose points do not fade; null for all. */
  readonly emphasis:
    | { readonly label: number }
    | { readonly code: number }
    | { readonly rows: Uint8Array }
    | null;
}

/** Of few points they are large enough to be seen, of many so small that they do not hide each other. */
const [largest, smallest, numerator] = [5, 0.65, 19];
/** How fast points grow as one zooms in: slower than the map, so that they come apart. */
const growth = 0.4;
const largestZoomed = 9;
const outlierShare = 0.8;

/**
 * The radius of a point in pixels of CSS.
 * @param count how many points the map has
 * @param k how far the view of the whole map is enlarged
 */
export function pointRadius(count: number, k: number): number {
  const whole = Math.min(largest, Math.max(smallest, numerator / Math.max(1, count) ** 0.25));
  return Math.min(largestZoomed, whole * Math.max(1, k) ** growth);
}

/** The radius of an outlier, which is smaller. */
export const outlierRadius = (radius: number) => outlierShare * radius;

/**
 * How much a point covers what is beneath it, 0 to 1: of many points each covers less, so that dense places are told
 * apart from sparse ones; as one zooms in, they cover more.
 */
export function pointOpacity(count: number, k: number): number {
  const whole = Math.min(0.85, Math.max(0.45, 1.25 - 0.13 * Math.log10(Math.max(1, count))));
  return Math.min(0.9, whole + 0.08 * Math.log2(Math.max(1, k)));
}

/** How much an outlier covers, compared with the other points. */
export const outlierOpacity = 0.6;

/** The radius of the ring around a medoid. */
export const ringRadius = (radius: number) => radius + 2.5;
