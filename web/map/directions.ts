/** Places in a view, in pixels from its upper left corner, by the labels of their clusters. */
export interface Place {
  readonly label: number;
  readonly x: number;
  readonly y: number;
}

const directions = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
} as const;

/** A key that moves from one place to another. */
export type DirectionKey = keyof typeof directions;
export const isDirectionKey = (key: string): key is DirectionKey => Object.hasOwn(directions, key);

/** How much farther a place seems by each pixel that it is beside the direction. */
const besideFactor = 2;
/** What is more beside than ahead is next only if nothing else is ahead. */
const farBeside = 1e9;

/**
 * The place that is next in a direction: near, and not far beside it.
 * @param from the place where one is; null to begin at the place nearest to the middle of the view
 * @returns null if there is none in this direction
 */
export function nextPlace<At extends Place>(
  places: readonly At[],
  from: At | null,
  key: DirectionKey,
  middle: { readonly x: number; readonly y: number },
): At | null {
  const [right, down] = directions[key];
  return least(places, (place) => {
    if (from === null) return Math.hypot(place.x - middle.x, place.y - middle.y);
    if (place.label === from.label) return Infinity;
    const [dx, dy] = [place.x - from.x, place.y - from.y];
    const along = dx * right + dy * down;
    const beside = Math.abs(dx * down) + Math.abs(dy * right);
    if (along <= 0) return Infinity;
    return along + besideFactor * beside + (beside > along ? farBeside : 0);
  });
}

function least<Value>(values: readonly Value[], cost: (value: Value) => number): Value | null {
  let best: Value | null = null;
  let bestCost = Infinity;
  for (const value of values) {
    const valueCost = cost(value);
    if (valueCost < bestCost) {
      best = value;
      bestCost = valueCost;
    }
  }
  return best;
}
