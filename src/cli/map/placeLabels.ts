/** A name that is to be written beside a point. */
export interface Label {
  /** The point. */
  x: number;
  y: number;
  /** The size of the name. */
  width: number;
  height: number;
  /** The distance that it keeps from the point. */
  gap: number;
}

/** A rectangle by its upper left corner. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Space between two names. */
const space = 2;

/**
 * Finds where names can be written without touching each other, and within a frame.
 *
 * @param labels the most important first
 * @returns per name its box, or null if there is no room for it
 */
export function placeLabels(
  labels: Label[],
  frame: { left: number; top: number; right: number; bottom: number },
): (Box | null)[] {
  const taken: Box[] = [];
  return labels.map((label) => {
    const { width, height } = label;
    for (const { x, y } of candidates(label)) {
      const box = {
        x: Math.max(frame.left, Math.min(x, frame.right - width)),
        y: Math.max(frame.top, Math.min(y, frame.bottom - height)),
        width,
        height,
      };
      if (taken.some((other) => overlap(box, other))) continue;
      taken.push(box);
      return box;
    }
    return null;
  });
}

/** Above the point, below it, at its sides, and then farther above and below. */
function candidates({ x, y, width, height, gap }: Label): { x: number; y: number }[] {
  const centred = x - width / 2;
  const above = y - gap - height;
  const below = y + gap;
  return [
    { x: centred, y: above },
    { x: centred, y: below },
    { x: x + gap, y: y - height / 2 },
    { x: x - gap - width, y: y - height / 2 },
    { x: centred, y: above - height },
    { x: centred, y: below + height },
  ];
}

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width + space &&
  b.x < a.x + a.width + space &&
  a.y < b.y + b.height + space &&
  b.y < a.y + a.height + space;
