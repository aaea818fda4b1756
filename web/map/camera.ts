/** How the plane of a map lies in a view: the position of its point 0, 0, and the pixels of a unit. The map's y goes up. */
export interface Camera {
  /** Pixels of the view. */
  readonly x: number;
  readonly y: number;
  /** Pixels per unit of the map. */
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Extent {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

/** d3-zoom's transform: how a view differs from the one that shows the whole map. */
export interface Zoom {
  readonly x: number;
  readonly y: number;
  readonly k: number;
}

/** How far the view of the whole map is enlarged at most, and how far it is reduced. */
export const zoomLimits = [0.5, 2000] as const;

/**
 * The camera that shows a whole extent, as large as it fits, in the middle of a view.
 * @param padding pixels that remain free at each side, unless the view is so small that they are half of it
 */
export function cameraOfExtent(extent: Extent, size: Size, padding: number): Camera {
  if (!(extent.left <= extent.right)) return { x: size.width / 2, y: size.height / 2, scale: 1 };
  const [across, down] = [extent.right - extent.left, extent.top - extent.bottom];
  const free = (length: number) => Math.max(length / 2, length - 2 * padding);
  const fitting = Math.min(
    across > 0 ? free(size.width) / across : Infinity,
    down > 0 ? free(size.height) / down : Infinity,
  );
  const scale = Number.isFinite(fitting) ? fitting : 1; // all points may be at one place
  return {
    x: size.width / 2 - ((extent.left + extent.right) / 2) * scale,
    y: size.height / 2 + ((extent.bottom + extent.top) / 2) * scale,
    scale,
  };
}

/** The camera after a zoom from the one that shows the whole map. */
export function zoomed(base: Camera, { x, y, k }: Zoom): Camera {
  return { x: x + k * base.x, y: y + k * base.y, scale: k * base.scale };
}

/** Where a place of the map is in the view, in pixels from its upper left corner. */
export function toView(camera: Camera, x: number, y: number): [number, number] {
  return [camera.x + x * camera.scale, camera.y - y * camera.scale];
}

/** Which place of the map is at a pixel of the view. */
export function toMap(camera: Camera, x: number, y: number): [number, number] {
  return [(x - camera.x) / camera.scale, (camera.y - y) / camera.scale];
}

/** What is seen of a map, whatever the size of the view: the place in its middle, and how far it is enlarged. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly k: number;
}

/** As an address has it: so exact that nothing moves by a pixel. */
export const writePlace = ({ x, y, k }: Place): string =>
  [x, y, k].map((number) => Number(number.toPrecision(7))).join(",");

/** @returns null if it is none */
export function readPlace(text: string | null): Place | null {
  const [x, y, k, ...others] = (text ?? "").split(",").map((part) => (part === "" ? NaN : Number(part)));
  const [least, most] = zoomLimits;
  if (others.length > 0 || !Number.isFinite(x) || !Number.isFinite(y) || !(k >= least && k <= most))
    return null;
  return { x, y, k };
}

/** The zoom by k that has a place of the map in the middle of the view. */
export function zoomAround(base: Camera, x: number, y: number, size: Size, k: number): Zoom {
  const [atX, atY] = toView(base, x, y);
  return { x: size.width / 2 - k * atX, y: size.height / 2 - k * atY, k };
}
