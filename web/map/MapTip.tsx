import type { ComponentChildren } from "preact";
import { toView } from "./camera.js";
import type { MapView } from "./mapView.js";
import type { PointTable } from "./pointTable.js";

interface MapTipProps {
  readonly view: MapView;
  readonly points: PointTable;
  /** The row of the point under the pointer; null for none. */
  readonly row: number | null;
  readonly describe: (row: number) => ComponentChildren;
}

const gap = 14;

/** What is known about a point, beside it: on the side where there is more room. */
export function MapTip({ view, points, row, describe }: MapTipProps) {
  if (row === null) return null;
  const [x, y] = toView(view.camera.value, points.x[row], points.y[row]);
  const { width, height } = view.size.value;
  const style = {
    ...(x < width / 2 ? { left: `${x + gap}px` } : { right: `${width - x + gap}px` }),
    ...(y < height / 2 ? { top: `${y + gap}px` } : { bottom: `${height - y + gap}px` }),
  };
  return (
    <div class="map-tip" style={style}>
      {describe(row)}
    </div>
  );
}
