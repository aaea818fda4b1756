import { type Camera, type Size, toView } from "./camera.js";
import type { ColouredPoints } from "./colouring.js";
import { hexColour } from "./colours.js";
import { outlierOpacity, outlierRadius, type PointStyle, ringRadius } from "./pointStyle.js";
import type { PointTable } from "./pointTable.js";

/** What a view of a map shows, for a picture of it. */
export interface MapPicture {
  readonly title: string;
  readonly points: PointTable;
  readonly colours: ColouredPoints;
  readonly camera: Camera;
  readonly size: Size;
  readonly style: PointStyle;
  readonly names: readonly PictureName[];
}

/** The name of a cluster beside the ring around its medoid. */
export interface PictureName {
  readonly name: string;
  readonly fontSize: number;
  /** The middle of the name's baseline, and the middle of the ring. */
  readonly x: number;
  readonly y: number;
  readonly ring: readonly [x: number, y: number];
}

export const fontFamily = "system-ui, sans-serif";
/** The width of the lines around names, half of which is outside the letters. */
export const haloWidth = 3.5;

const decimal = (value: number) => String(Math.round(10 * value) / 10);

/** A picture as SVG, in parts, because that of many points is long. */
export function* mapSvg(picture: MapPicture): Generator<string, void, void> {
  const { title, points, colours, camera, size, style, names } = picture;
  const { width, height } = size;
  yield `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}">\n<title>${escaped(title)}</title>\n<rect width="100%" height="100%" fill="${hexColour(style.background)}"/>\n`;
  for (const isBelow of [true, false]) {
    const [first, last] = isBelow ? [0, points.below] : [points.above, points.capacity];
    const radius = isBelow ? outlierRadius(style.radius) : style.radius;
    const opacity = isBelow ? style.opacity * outlierOpacity : style.opacity;
    yield `<g fill="none" stroke-linecap="round" stroke-width="${decimal(2 * radius)}" stroke-opacity="${decimal(opacity)}">\n`;
    const paths = new Map<number, string[]>();
    for (let row = first; row < last; row++) {
      const [x, y] = toView(camera, points.x[row], points.y[row]);
      if (x < -radius || y < -radius || x > width + radius || y > height + radius) continue;
      const dots = paths.get(colours.codes[row]);
      const dot = `M${decimal(x)} ${decimal(y)}h0`;
      if (dots) dots.push(dot);
      else paths.set(colours.codes[row], [dot]);
    }
    for (const [code, dots] of paths)
      yield `<path stroke="${hexColour(colours.palette[code])}" d="${dots.join("")}"/>\n`;
    yield "</g>\n";
  }
  const [ink, halo] = [hexColour(style.text), hexColour(style.background)];
  yield `<g fill="none" stroke="${ink}" stroke-width="1.4">\n`;
  for (const { ring } of names)
    yield `<circle cx="${decimal(ring[0])}" cy="${decimal(ring[1])}" r="${decimal(ringRadius(style.radius))}"/>\n`;
  yield `</g>\n<g fill="${ink}" stroke="${halo}" stroke-width="${haloWidth}" stroke-linejoin="round" paint-order="stroke" text-anchor="middle" font-weight="600">\n`;
  for (const { name, fontSize, x, y } of names)
    yield `<text x="${decimal(x)}" y="${decimal(y)}" font-size="${decimal(fontSize)}">${escaped(name)}</text>\n`;
  yield "</g>\n</svg>\n";
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** As the content of an element of XML, which has no place for control characters and halves of characters. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\ufffe\uffff]/gu, "\ufffd")
    .replace(/[&<>"]/g, (character) => entities[character]);
}
