/** Pixels that are left above what is brought into view. */
export const spaceAbove = 12;

/** How long the window follows what it was scrolled to, as what is above it grows; longer if it is not there yet. */
const growMilliseconds = 5_000;
const gestures = ["wheel", "touchstart", "pointerdown", "keydown"] as const;

let stop = () => {};

/**
 * Scrolls to a place that may not be there yet, or may still move, because what is shown is read piece by piece: again
 * whenever the page has grown, until the reader does something.
 * @param placeOf finds the place, in pixels from the top of the page
 */
export function scrollToPlace(placeOf: () => number): void {
  stop();
  const ended = new AbortController();
  const grown = new ResizeObserver(() => scrollTo(0, placeOf()));
  const timer = setInterval(() => {
    if (Math.abs(scrollY - placeOf()) < 2) stop();
  }, growMilliseconds);
  stop = () => {
    ended.abort();
    grown.disconnect();
    clearInterval(timer);
  };
  for (const gesture of gestures)
    addEventListener(gesture, stop, { signal: ended.signal, passive: true, capture: true });
  grown.observe(document.documentElement);
}

/** Leaves the window where it is. */
export const stopScrolling = (): void => stop();
