import { toView } from "./camera.js";
import type { MapView } from "./mapView.js";
import type { PointTable } from "./pointTable.js";

interface MapRingProps {
  readonly view: MapView;
  readonly points: PointTable;
  /** The row of the point; null for none. */
  readonly row: number | null;
  readonly kind: "hovered" | "selected" | "active";
}

const widening = { hovered: 3, selected: 5, active: 8 };

/** A ring around a point. */
export function MapRing({ view, points, row, kind }: MapRingProps) {
  if (row === null) return null;
  const [x, y] = toView(view.camera.value, points.x[row], points.y[row]);
  return <circle class={`map-ring map-ring-${kind}`} cx={x} cy={y} r={view.style.radius + widening[kind]} />;
}
