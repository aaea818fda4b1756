import { setTimeout as delay } from "node:timers/promises";
import { asUnavailable, DatabaseUnavailableError } from "./databaseUnavailable.js";

const pauseMilliseconds = 1_000;

/**
 * Runs `work`, and retries it for as long as the database is unavailable, so that what was computed before is
 * not lost. The work must be repeatable.
 * @param onUnavailable called with the error of each failed try
 * @throws the signal's reason once it aborts; any error other than a DatabaseUnavailableError, without
 *   retrying
 */
export async function whenAvailable<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  onUnavailable: (error: DatabaseUnavailableError) => void,
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      signal.throwIfAborted();
      const error = asUnavailable(thrown);
      if (!(error instanceof DatabaseUnavailableError)) throw error;
      onUnavailable(error);
    }
    await delay(pauseMilliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
