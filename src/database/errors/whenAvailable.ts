import { setTimeout as delay } from "node:timers/promises";
import { asUnavailable, DatabaseUnavailableError } from "./databaseUnavailable.js";

const pauseMilliseconds = 1_000;

/**
 * Does `work` again and again while the database cannot do it, so that what was computed before is not lost. It must be
 * repeatable.
 * @param onUnavailable told each time why it could not
 * @throws the signal's reason once it aborts; at once any error but a DatabaseUnavailableError
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
