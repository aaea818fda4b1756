import { setTimeout as delay } from "node:timers/promises";

export interface RetryOptions {
  /** Whether the work may succeed if it is repeated after this error. */
  while: (error: unknown) => boolean;
  /**
   * Pauses in milliseconds: the first one, after which each is twice as long as the one before, and the
   * longest.
   */
  pauses: { first: number; longest: number };
  /** Milliseconds after the first failure; an attempt that fails later is not repeated. Default: no limit. */
  until?: number;
  signal?: AbortSignal;
  /** Called with each error after which the work is repeated. */
  onRetry?: (error: unknown) => void;
}

/**
 * Repeats work while it fails for a temporary reason. The work must be safe to repeat. Each pause is
 * shortened at random, to between half and all of its length, so that callers that failed together do not all
 * try again together.
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
