/** A name that is to be written beside a point. */
export interface Label {
  /** The point, in pixels. */
  readonly x: number;
  readonly y: number;
  /** The size of the name. */
  readonly width: number;
  readonly height: number;
  /** The distance that it keeps from the point. */
  readonly gap: number;
}

/** A rectangle by its upper left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Space between two names. */
const space = 3;
/** Names are looked for in squares of this many pixels, instead of among all. */
const square = 64;

/**
 * Finds where names can be written: within a view, without touching each other, the points of other names or what lies
 * over the map, each beside its point. A name keeps the place that it had, if that is still free, so that it does not jump while one zooms.
 *
 * @param labels the most important first: the others give way
 * @param view the size of the view; a name whose point is outside is not written
 * @param obstacles what names must not touch, such as buttons
 * @param previous per name the number of the place that it had; −1 if it had none
 * @returns per name its box and the number of its place, or null if there is no room for it
 */
export function placeLabels(
  labels: readonly Label[],
  view: { readonly width: number; readonly height: number },
  obstacles: readonly Box[] = [],
  previous: readonly number[] = [],
): ({ box: Box; place: number } | null)[] {
  const names = new TakenBoxes();
  const points = new TakenBoxes();
  for (const obstacle of obstacles) names.add(obstacle);
  return labels.map((label, n) => {
    if (label.x < 0 || label.y < 0 || label.x > view.width || label.y > view.height) return null;
    const point = boxAround(label);
    if (names.overlaps(point)) return null;
    const boxes = candidates(label);
    const had = previous[n] ?? -1;
    const order = had < 0 ? boxes.keys() : [had, ...boxes.keys()];
    for (const place of order) {
      const box = boxes[place];
      if (box.x < 0 || box.y < 0 || box.x + box.width > view.width || box.y + box.height > view.height)
        continue;
      if (names.overlaps(box) || points.overlaps(box)) continue;
      names.add(box);
      points.add(point);
      return { box, place };
    }
    return null;
  });
}

/** Above the point, below it, at its sides, and beyond its corners. */
function candidates({ x, y, width, height, gap }: Label): Box[] {
  const [left, centred, right] = [x - gap - width, x - width / 2, x + gap];
  const [above, middle, below] = [y - gap - height, y - height / 2, y + gap];
  const places = [
    [centred, above],
    [centred, below],
    [right, middle],
    [left, middle],
    [right, above],
    [left, above],
    [right, below],
    [left, below],
  ];
  return places.map(([x, y]) => ({ x, y, width, height }));
}

/** What belongs to a point, such as a ring around it. */
const boxAround = ({ x, y, gap }: Label): Box => ({
  ...{ x: x - gap + space, y: y - gap + space },
  ...{ width: Math.max(0, 2 * (gap - space)), height: Math.max(0, 2 * (gap - space)) },
});

class TakenBoxes {
  readonly #squares = new Map<string, Box[]>();

  add(box: Box): void {
    for (const key of squaresOf(box)) {
      const boxes = this.#squares.get(key);
      if (boxes) boxes.push(box);
      else this.#squares.set(key, [box]);
    }
  }

  overlaps(box: Box): boolean {
    for (const key of squaresOf(box))
      if (this.#squares.get(key)?.some((other) => overlap(box, other))) return true;
    return false;
  }
}

function* squaresOf({ x, y, width, height }: Box): Generator<string, void, void> {
  const last = [Math.floor((x + width + space) / square), Math.floor((y + height + space) / square)];
  for (let column = Math.floor((x - space) / square); column <= last[0]; column++)
    for (let row = Math.floor((y - space) / square); row <= last[1]; row++) yield `${column} ${row}`;
}

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width + space &&
  b.x < a.x + a.width + space &&
  a.y < b.y + b.height + space &&
  b.y < a.y + a.height + space;
