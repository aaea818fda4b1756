import {
  type Colour,
  clusterColour,
  type MapColours,
  mapColours,
  rampColour,
  type Theme,
} from "./colours.js";
import { notClustered, outlier, type PointTable } from "./pointTable.js";

/** By what the points of a map are coloured. */
export const colourings = ["cluster", "network", "prompt", "model", "step"] as const;
export type Colouring = (typeof colourings)[number];

/** A category of points that have one colour. */
export interface Category {
  /** The number that its points have in `ColouredPoints.codes`. */
  readonly code: number;
  /** The text that its points have in common; of clusters the label, −1 for outliers. */
  readonly value: string | number;
  readonly count: number;
  readonly colour: Colour;
}

/** The colours of the points of a map. */
export interface ColouredPoints {
  /** For each row the number of its colour in `palette`. */
  readonly codes: Uint32Array;
  readonly palette: readonly Colour[];
  /** What the colours mean: the categories with colours of their own, the largest first; null for steps. */
  readonly categories: readonly Category[] | null;
  /** Categories that share the muted colour, because there are more than colours. */
  readonly others: { readonly categories: number; readonly points: number } | null;
  /** The least and the greatest step, and their ramp; null for categories. */
  readonly range: { readonly from: number; readonly to: number; readonly ramp: readonly Colour[] } | null;
}

/** Colours the points that have arrived. */
export function colourPoints(points: PointTable, colouring: Colouring, theme: Theme): ColouredPoints {
  const colours = mapColours[theme];
  if (colouring === "cluster") return byCluster(points, theme, colours);
  if (colouring === "step") return byStep(points, colours);
  return byText(points, colouring, colours);
}

/** The code of points without a cluster is 0, of outliers 1; those of clusters follow. */
const codeOfLabel = (label: number) => label - notClustered;

function byCluster(points: PointTable, theme: Theme, { muted, plain }: MapColours): ColouredPoints {
  const codes = new Uint32Array(points.capacity);
  const counts: number[] = [0, 0];
  points.forEachRow((row) => {
    const code = codeOfLabel(points.labels[row]);
    codes[row] = code;
    counts[code] = (counts[code] ?? 0) + 1;
  });
  const hasClusters = counts.length > codeOfLabel(outlier) + 1 || counts[codeOfLabel(outlier)] > 0;
  const palette = Array.from(counts, (_, code): Colour => {
    if (code === codeOfLabel(notClustered)) return hasClusters ? muted : plain;
    return clusterColour(code + notClustered, theme);
  });
  const categories = Array.from(counts, (count = 0, code) => ({
    ...{ code, value: code + notClustered, count, colour: palette[code] },
  })).filter(({ count }) => count > 0);
  categories.sort((a, b) => Number(b.value >= 0) - Number(a.value >= 0) || b.count - a.count);
  return { codes, palette, categories, others: null, range: null };
}

function byText(
  points: PointTable,
  name: "network" | "prompt" | "model",
  { muted, categories: colours }: MapColours,
): ColouredPoints {
  const column = points[name];
  const counts = new Uint32Array(column.values.length);
  points.forEachRow((row) => {
    counts[column.codes[row]]++;
  });
  const { values } = column;
  // In an order that does not depend on which points arrive first.
  const ranked = [...values.keys()].sort((a, b) => counts[b] - counts[a] || (values[a] < values[b] ? -1 : 1));
  // Code 0 is that of the others.
  const categories = ranked.slice(0, colours.length).map((text, rank) => ({
    ...{ code: rank + 1, value: values[text], count: counts[text], colour: colours[rank] },
  }));
  const codeOfText = new Uint32Array(counts.length);
  for (const { code } of categories) codeOfText[ranked[code - 1]] = code;
  const codes = new Uint32Array(points.capacity);
  points.forEachRow((row) => {
    codes[row] = codeOfText[column.codes[row]];
  });
  const rest = ranked.slice(colours.length);
  const others =
    rest.length === 0
      ? null
      : { categories: rest.length, points: rest.reduce((sum, text) => sum + counts[text], 0) };
  return {
    codes,
    palette: [muted, ...categories.map(({ colour }) => colour)],
    categories,
    others,
    range: null,
  };
}

/** The number of colours of a ramp: no eye sees the steps between them. */
const rampLength = 256;

function byStep(points: PointTable, { ramp }: MapColours): ColouredPoints {
  let [from, to] = [Infinity, -Infinity];
  points.forEachRow((row) => {
    const step = points.steps[row];
    if (step < from) from = step;
    if (step > to) to = step;
  });
  const codes = new Uint32Array(points.capacity);
  const perStep = to > from ? (rampLength - 1) / (to - from) : 0;
  points.forEachRow((row) => {
    codes[row] = Math.round((points.steps[row] - from) * perStep);
  });
  const palette = Array.from({ length: rampLength }, (_, n) => rampColour(ramp, n / (rampLength - 1)));
  const range = points.count === 0 ? null : { from, to, ramp };
  return { codes, palette, categories: null, others: null, range };
}
