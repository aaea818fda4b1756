/**
 * Deadlines of signals. A timer aborts a signal, but on a busy machine timers fire late, and those of a thread
 * that is blocked do not fire at all. So whoever is about to make an effect final, such as a COMMIT, calls
 * `throwIfOver`, which looks at the clock itself.
 */

interface Deadline {
  /** The time, from `clock`, after which the signal is aborted; absent if only a look can tell. */
  at?: number;
  /** Aborts the signal if it should be aborted by now. */
  look(): void;
}

const deadlines = new WeakMap<AbortSignal, Deadline>();

/** Milliseconds of a clock that never goes back and that is the same in all threads of the process. */
export function clock(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/**
 * Aborts a controller after some time.
 * @param reason creates the signal's reason, once the time is over
 * @returns a function that ends the timer, after which the signal is no longer aborted
 */
export function abortAfter(
  controller: AbortController,
  milliseconds: number,
  reason: () => unknown,
): () => void {
  const { signal } = controller;
  const at = clock() + milliseconds;
  const abort = () => {
    if (!signal.aborted) controller.abort(reason());
  };
  deadlines.set(signal, {
    at,
    look: () => {
      if (clock() >= at) abort();
    },
  });
  const timer = setTimeout(abort, Math.max(0, milliseconds));
  return () => {
    clearTimeout(timer);
    deadlines.delete(signal);
  };
}

/** Makes `throwIfOver` call `look`, which aborts the signal if it should be aborted by now. */
export function lookBeforeEffects(signal: AbortSignal, look: () => void): void {
  deadlines.set(signal, { look });
}

/** The time, from `clock`, at which a signal will be aborted, if that is known. */
export function deadlineOf(signal: AbortSignal | undefined): number | undefined {
  return signal && deadlines.get(signal)?.at;
}

/** @throws the signal's reason if it is aborted, or should be by now */
export function throwIfOver(signal: AbortSignal | undefined): void {
  if (!signal) return;
  deadlines.get(signal)?.look();
  signal.throwIfAborted();
}
