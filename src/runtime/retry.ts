import { setTimeout as delay } from "node:timers/promises";

export interface RetryOptions {
  /** Whether the work may succeed when it is done again after this error. */
  while: (error: unknown) => boolean;
  /** Milliseconds: the pause after the first failure, twice as long after each further one, and the longest pause. */
  pauses: { first: number; longest: number };
  /** Milliseconds from the first failure; no pause begins after that. Default: no limit. */
  until?: number;
  signal?: AbortSignal;
  /** Called with each error after which the work is done again. */
  onRetry?: (error: unknown) => void;
}

/**
 * Does work again while it fails for a reason that passes. The work must be repeatable. Pauses are shortened at
 * random, to between half and all of their length, so that those that failed together do not try again together.
 *
 * @throws the error of the last attempt, or the signal's reason once it has aborted
 */
export async function retry<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { pauses, until = Number.POSITIVE_INFINITY, signal, onRetry } = options;
  let failingSince: number | undefined;
  for (let pause = pauses.first; ; pause = Math.min(2 * pause, pauses.longest)) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      failingSince ??= performance.now();
      if (!options.while(error) || performance.now() - failingSince > until) throw error;
      onRetry?.(error);
    }
    await delay(pause * (0.5 + Math.random() / 2), undefined, { signal }).catch(() =>
      signal?.throwIfAborted(),
    );
  }
}
