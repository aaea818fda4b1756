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

/** The way of a run over the map: a line through its points, from a dashed ring to a heavy one. */
export function MapPath({ view, points, path, colours }: MapPathProps) {
  // In the units of the map, so that while the view moves only the transformation changes.
  const { line, dots } = useMemo(() => {
    const places = path.map((row) => `${points.x[row]} ${-points.y[row]}`);
    const dots = new Map<number, string>();
    for (const [n, row] of path.entries()) {
      const code = colours.codes[row];
      dots.set(code, `${dots.get(code) ?? ""}M${places[n]}h0`);
    }
    return { line: `M${places.join("L")}`, dots: [...dots] };
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
        <path class="map-path-line" d={line} />
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
