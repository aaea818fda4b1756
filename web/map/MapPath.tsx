import { useMemo } from "preact/hooks";
import type { ColouredPoints } from "./colouring.js";
import { cssColour } from "./colours.js";
import type { MapView } from "./mapView.js";
import type { PointTable } from "./pointTable.js";

interface MapPathProps {
  readonly view: MapView;
  readonly points: PointTable;
  readonly path: readonly number[];
  /** The colours of the points. */
  readonly colours: ColouredPoints;
}

/** The number of parts of a path that differ in weight. */
const mostParts = 8;
const [thinnest, heaviest] = [0.9, 3];
const [palest, strongest] = [0.4, 0.95];

/** How the parts of a path are drawn, from its beginning to its end: heavier and heavier, so that its direction is seen. */
export function pathWeights(parts: number): { strokeWidth: string; opacity: number }[] {
  return Array.from({ length: parts }, (_, part) => {
    const along = parts === 1 ? 1 : part / (parts - 1);
    return {
      strokeWidth: `${thinnest + (heaviest - thinnest) * along}px`,
      opacity: palest + (strongest - palest) * along,
    };
  });
}

/** The way of a run over the map: a line through its points, heavier and heavier from a dashed ring to a heavy one. */
export function MapPath({ view, points, path, colours }: MapPathProps) {
  // In the units of the map, so that while the view moves only the transformation changes.
  const { line, parts, dots } = useMemo(() => {
    const places = path.map((row) => `${points.x[row]} ${-points.y[row]}`);
    const dots = new Map<number, string>();
    for (const [n, row] of path.entries()) {
      const code = colours.codes[row];
      dots.set(code, `${dots.get(code) ?? ""}M${places[n]}h0`);
    }
    const count = Math.min(mostParts, Math.max(1, places.length - 1));
    const border = (part: number) => Math.round((part * (places.length - 1)) / count);
    const parts = pathWeights(count).map((style, part) => ({
      d: `M${places.slice(border(part), border(part + 1) + 1).join("L")}`,
      style,
    }));
    return { line: `M${places.join("L")}`, parts, dots: [...dots] };
  }, [points, path, colours]);
  const { x, y, scale } = view.camera.value;
  const ends = [path[0], path[path.length - 1]].map((row) => [
    x + points.x[row] * scale,
    y - points.y[row] * scale,
  ]);
  return (
    <g class="map-path">
      <g transform={`translate(${x} ${y}) scale(${scale})`}>
        <path class="map-path-halo" d={line} />
        {parts.map(({ d, style }) => (
          <path key={d} class="map-path-line" d={d} style={style} />
        ))}
        <path class="map-path-rims" d={dots.map(([, d]) => d).join("")} />
        {dots.map(([code, d]) => (
          <path key={code} class="map-path-dots" d={d} style={{ stroke: cssColour(colours.palette[code]) }} />
        ))}
      </g>
      <circle class="map-path-start" cx={ends[0][0]} cy={ends[0][1]} r={7} />
      <circle class="map-path-end" cx={ends[1][0]} cy={ends[1][1]} r={7} />
    </g>
  );
}
