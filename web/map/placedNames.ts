import { type Camera, type Size, toView } from "./camera.js";
import { type Box, placeLabels } from "./labelPlacement.js";
import type { PictureName } from "./mapSvg.js";
import { ringRadius } from "./pointStyle.js";
import type { PointTable } from "./pointTable.js";

/** A cluster of the clustering that a map shows. */
export interface MapCluster {
  readonly label: number;
  /** A short name. */
  readonly name: string;
  /** The number of its members. */
  readonly size: number;
}

/** The name of a cluster where it is written in a view. */
export interface PlacedName extends PictureName {
  readonly label: number;
}

const [largestFont, smallestFont] = [14, 11];
const lineHeight = 1.25;
/** How far the baseline is above the lower edge of a line, in parts of the font's size: the depth of letters such as "g". */
const descent = 0.3;

/**
 * Places the names of as many clusters as there is room for, those of large clusters first.
 *
 * @param clusters the largest first
 * @param preferred the label of the cluster whose name comes before all others; null for none
 * @param widthOf measures a name in a font of a size in pixels
 * @param places the place that each name has beside its medoid, by the labels: it is read and written
 */
export function placeNames(
  clusters: readonly MapCluster[],
  points: PointTable,
  { camera, size, radius }: { camera: Camera; size: Size; radius: number },
  preferred: number | null,
  obstacles: readonly Box[],
  widthOf: (name: string, fontSize: number) => number,
  places: Map<number, number>,
): PlacedName[] {
  const most = clusters[0]?.size ?? 1;
  const first = clusters.filter(({ label }) => label === preferred);
  const wanted = [...first, ...clusters.filter(({ label }) => label !== preferred)].flatMap((cluster) => {
    const row = points.medoids.get(cluster.label);
    if (row === undefined) return [];
    const [x, y] = toView(camera, points.x[row], points.y[row]);
    if (x < 0 || y < 0 || x > size.width || y > size.height) return [];
    const fontSize = smallestFont + (largestFont - smallestFont) * Math.sqrt(cluster.size / most);
    return [{ ...cluster, x, y, fontSize }];
  });
  const gap = ringRadius(radius) + 4;
  const labels = wanted.map(({ x, y, name, fontSize }) => {
    return { x, y, width: widthOf(name, fontSize), height: lineHeight * fontSize, gap };
  });
  const previous = wanted.map(({ label }) => places.get(label) ?? -1);
  const placed = placeLabels(labels, size, obstacles, previous);
  places.clear();
  return wanted.flatMap(({ label, name, x, y, fontSize }, n) => {
    const at = placed[n];
    if (at === null) return [];
    places.set(label, at.place);
    const middle = at.box.x + at.box.width / 2;
    const baseline = at.box.y + at.box.height - descent * fontSize;
    return [{ label, name, fontSize, x: middle, y: baseline, ring: [x, y] as const }];
  });
}
