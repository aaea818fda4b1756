import KDBush from "kdbush";
import { type Camera, toMap } from "./camera.js";
import type { PointTable } from "./pointTable.js";

/** Finds the points that are near a place. */
export interface PointIndex {
  /**
   * The row of the point that is nearest to a pixel of the view; of several at one place the one that is drawn last.
   * @param reach how many pixels it may be away
   * @returns null if there is none
   */
  nearest(camera: Camera, x: number, y: number, reach: number): number | null;
}

/** Indexes all points of a table, once they have arrived. */
export function indexPoints({ capacity, x: xs, y: ys }: PointTable): PointIndex {
  if (capacity === 0) return { nearest: () => null };
  const index = new KDBush(capacity, 64, Float32Array);
  for (let row = 0; row < capacity; row++) index.add(xs[row], ys[row]);
  index.finish();
  return {
    nearest(camera, x, y, reach) {
      const [mapX, mapY] = toMap(camera, x, y);
      let nearest: number | null = null;
      let least = Infinity;
      for (const row of index.within(mapX, mapY, reach / camera.scale)) {
        const distance = (xs[row] - mapX) ** 2 + (ys[row] - mapY) ** 2;
        if (distance < least || (distance === least && row > (nearest ?? -1))) {
          nearest = row;
          least = distance;
        }
      }
      return nearest;
    },
  };
}
