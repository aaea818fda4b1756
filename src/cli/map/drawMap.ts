import { columnsOf, printable, shortened } from "../output/printable.js";
import { placeLabels } from "./placeLabels.js";

/** What a picture of a map shows. */
export interface DrawnMap {
  title: string;
  /** What the map was made from, as lines below it. */
  caption: string[];
  /** The coordinates of the points. */
  x: Float32Array;
  y: Float32Array;
  /** Per point: the label of its cluster, −1 for an outlier; null if no clustering is shown. */
  labels: Int32Array | null;
  clusters: DrawnCluster[];
}

interface DrawnCluster {
  label: number;
  /** What the cluster is called: the text of its medoid. */
  text: string;
  /** The number of the medoid's point; null if it is not on the map. */
  medoid: number | null;
}

const width = 1200;
const height = 900;
const margin = 48;
const titleHeight = 30;
const captionLine = 16;
/** The width of a cluster's name in columns, as of a terminal, and the width of one relative to the font's size. */
const nameWidth = 28;
const columnWidth = 0.56;
const largestFont = 16;
const smallestFont = 10;
const lineHeight = 1.2;
/** The width in columns of the text that a viewer shows for the cluster under the pointer. */
const tooltipWidth = 200;
/** The width of the title and of the caption in columns. */
const captionWidth = 160;

const outlierColour = "#d4d4d4";
const plainColour = "#3d6fb4";

/**
 * A picture of a map as SVG: its points in the colours of their clusters, outliers light grey below them, and the names
 * of as many clusters as can be written without touching each other, those of large clusters first. A name is written
 * beside its cluster's medoid, which has a ring; if that is not on the map, in the middle of the cluster's points.
 */
export function drawMap({ title, caption, x, y, labels, clusters }: DrawnMap): string {
  const bottom = margin + captionLine * caption.length;
  const frame = { left: margin, top: margin + titleHeight, right: width - margin, bottom: height - bottom };
  const [across, down] = scaledInto(frame, x, y);
  const radius = pointRadius(x.length);
  const members = membersOf(labels, x.length);
  const drawn = clusters
    .map((cluster) => ({ ...cluster, points: members.get(cluster.label) ?? [] }))
    .filter(({ points }) => points.length > 0)
    .sort((a, b) => b.points.length - a.points.length || a.label - b.label)
    .map(({ points, medoid, ...cluster }) => ({
      ...cluster,
      points,
      colour: clusterColour(cluster.label),
      hasMedoid: medoid !== null,
      x: medoid === null ? middle(points, across) : across[medoid],
      y: medoid === null ? middle(points, down) : down[medoid],
    }));
  const dots = (points: number[], colour: string, about: string) => {
    const path = points.map((point) => `M${decimal(across[point])} ${decimal(down[point])}h0`).join("");
    return points.length === 0 ? [] : [`<path stroke="${colour}" d="${path}">${titleOf(about)}</path>`];
  };

  const most = drawn[0]?.points.length ?? 1;
  const names = drawn.map(({ x, y, text, points }) => {
    const name = shortened(legible(text), nameWidth);
    const size = smallestFont + (largestFont - smallestFont) * Math.sqrt(points.length / most);
    const box = { width: columnsOf(name) * columnWidth * size, height: lineHeight * size };
    return { x, y, name, size, ...box, gap: radius + 3 };
  });
  const texts = placeLabels(names, { left: 4, top: 4, right: width - 4, bottom: height - bottom }).flatMap(
    (box, k) => {
      const { name, size } = names[k];
      // The baseline is above the lower edge of the box by the depth of letters such as "g".
      const baseline = box === null ? 0 : box.y + box.height - 0.3 * size;
      const at = box && `x="${decimal(box.x + box.width / 2)}" y="${decimal(baseline)}"`;
      return at === null ? [] : [`<text ${at} font-size="${decimal(size)}">${escaped(name)}</text>`];
    },
  );

  const unclustered = labels === null ? members.get(plain) : members.get(outliers);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Helvetica, Arial, 'Noto Sans', sans-serif">`,
    titleOf(title),
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${margin}" y="${margin}" font-size="20" fill="#222">${captionText(title)}</text>`,
    `<g fill="none" stroke-linecap="round" stroke-width="${decimal(2 * radius)}" stroke-opacity="0.75">`,
    ...dots(
      unclustered ?? [],
      labels === null ? plainColour : outlierColour,
      labels === null ? "" : "outliers",
    ),
    ...drawn.flatMap(({ points, colour, label, text }) =>
      dots(points, colour, `${label}: ${text} (${points.length.toLocaleString("en-US")})`),
    ),
    "</g>",
    `<g fill="none" stroke="#111" stroke-width="1.2">`,
    ...drawn.flatMap(({ hasMedoid, x, y }) =>
      hasMedoid ? [`<circle cx="${decimal(x)}" cy="${decimal(y)}" r="${decimal(radius + 1.5)}"/>`] : [],
    ),
    "</g>",
    `<g fill="#111" stroke="#fff" stroke-width="3" stroke-linejoin="round" paint-order="stroke" text-anchor="middle">`,
    ...texts,
    "</g>",
    `<g font-size="12" fill="#666">`,
    ...caption.map((line, n) => {
      const baseline = height - margin / 2 - captionLine * (caption.length - 1 - n);
      return `<text x="${margin}" y="${baseline}">${captionText(line)}</text>`;
    }),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

/** The label of outliers, and the one that stands for all points where no clustering is shown. */
const outliers = -1;
const plain = -2;

function membersOf(labels: Int32Array | null, count: number): Map<number, number[]> {
  const members = new Map<number, number[]>();
  for (let point = 0; point < count; point++) {
    const label = labels?.[point] ?? plain;
    const points = members.get(label);
    if (points) points.push(point);
    else members.set(label, [point]);
  }
  return members;
}

interface Frame {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The points in the picture: as large as they fit, in the middle of the frame, equally scaled in both directions. */
function scaledInto(frame: Frame, x: Float32Array, y: Float32Array): [Float64Array, Float64Array] {
  const [left, right] = extent(x);
  const [low, high] = extent(y);
  const fitting = Math.min(
    (frame.right - frame.left) / (right - left),
    (frame.bottom - frame.top) / (high - low),
  );
  const scale = Number.isFinite(fitting) ? fitting : 1; // all points may be at one place
  const centre = { x: (frame.left + frame.right) / 2, y: (frame.top + frame.bottom) / 2 };
  return [
    Float64Array.from(x, (at) => centre.x + (at - (left + right) / 2) * scale),
    Float64Array.from(y, (at) => centre.y - (at - (low + high) / 2) * scale),
  ];
}

function extent(values: Float32Array): [number, number] {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return values.length === 0 ? [0, 0] : [least, most];
}

function middle(points: number[], at: Float64Array): number {
  const sorted = Float64Array.from(points, (point) => at[point]).sort();
  return sorted[sorted.length >> 1];
}

/** Of few points they are large enough to be seen, of many so small that they do not hide each other. */
const pointRadius = (count: number) => Math.min(4, Math.max(0.6, 14 / Math.max(1, count) ** 0.25));

/** Hues that are far apart for labels that follow each other: multiples of the golden angle. */
const goldenAngle = 137.508;
const lightnesses = [0.42, 0.55, 0.34];

function clusterColour(label: number): string {
  const hue = (label * goldenAngle) % 360;
  const lightness = lightnesses[label % lightnesses.length];
  const chroma = 0.62 * Math.min(lightness, 1 - lightness);
  const channel = (offset: number) => {
    const k = (offset + hue / 30) % 12;
    const value = lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(255 * value)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}

const decimal = (value: number) => String(Math.round(10 * value) / 10);

/** On one line, with single spaces. */
const legible = (text: string) => text.trim().replace(/\s+/g, " ");

const captionText = (text: string) => escaped(shortened(legible(text), captionWidth));

const titleOf = (text: string) =>
  text === "" ? "" : `<title>${escaped(shortened(legible(text), tooltipWidth))}</title>`;

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** As the content of an element of XML, which has no place for some characters. */
function escaped(text: string): string {
  return printable(text)
    .toWellFormed()
    .replace(/[\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"]/g, (character) => entities[character]);
}
