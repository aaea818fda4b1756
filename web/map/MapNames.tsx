import type { Signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Box } from "./labelPlacement.js";
import type { MapView } from "./mapView.js";
import { type MapCluster, type PlacedName, placeNames } from "./placedNames.js";
import { ringRadius } from "./pointStyle.js";
import type { PointTable } from "./pointTable.js";

interface MapNamesProps {
  readonly view: MapView;
  readonly points: PointTable;
  /** Rises whenever points have arrived: medoids may be among them. */
  readonly arrived: number;
  readonly clusters: readonly MapCluster[];
  readonly obstacles: Signal<readonly Box[]>;
  /** The label of the cluster whose name comes before all others; null for none. */
  readonly preferred: number | null;
  /** Whether only one cluster, or the outliers, stand out: the names of the others fade. */
  readonly fades: boolean;
  /** Is set to what is shown. */
  readonly names: { current: readonly PlacedName[] };
}

/** The names of clusters, each beside the ring around its medoid. */
export function MapNames({ view, points, clusters, obstacles, preferred, fades, names }: MapNamesProps) {
  const places = useRef(new Map<number, number>());
  const radius = view.style.radius;
  const { value: camera } = view.camera;
  const { value: size } = view.size;
  const shown = placeNames(
    ...([clusters, points, { camera, size, radius }, preferred, obstacles.value] as const),
    ...([widthOf, places.current] as const),
  );
  names.current = shown;
  const classOf = (name: string, label: number) =>
    fades && label !== preferred ? `${name} map-faded` : name;
  return (
    <g>
      {shown.map(({ label, ring }) => (
        <circle
          key={label}
          class={classOf("map-medoid", label)}
          data-preferred={label === preferred || undefined}
          cx={ring[0]}
          cy={ring[1]}
          r={ringRadius(radius)}
        />
      ))}
      {shown.map(({ label, name, x, y, fontSize }) => (
        <text
          key={label}
          class={classOf("map-name", label)}
          data-label={label}
          data-preferred={label === preferred || undefined}
          style={{ fontSize: `${fontSize}px` }}
          transform={`translate(${x} ${y})`}
        >
          {name}
        </text>
      ))}
    </g>
  );
}

let context: CanvasRenderingContext2D | null = null;
const widths = new Map<string, number>();

/** The width of a name in pixels. Those of all names are kept for one size, to which other sizes are in proportion. */
function widthOf(name: string, fontSize: number): number {
  const measured = 100;
  let width = widths.get(name);
  if (width === undefined) {
    context ??= document.createElement("canvas").getContext("2d")!;
    context.font = `600 ${measured}px ${getComputedStyle(document.body).fontFamily}`;
    width = context.measureText(name).width;
    widths.set(name, width);
  }
  return (width * fontSize) / measured;
}
