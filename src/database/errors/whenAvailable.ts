import { retry } from "../../runtime/retry.js";
import { asUnavailable, DatabaseUnavailableError } from "./databaseUnavailable.js";

const pauseMilliseconds = 1_000;

/**
 * Does `work` again while the database is unavailable, so that what was computed before is not lost. It must be
 * repeatable.
 * @param onUnavailable called with the error of each attempt that found the database unavailable
 * @throws the signal's reason once it has aborted; at once any error but a DatabaseUnavailableError
 */
export function whenAvailable<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  onUnavailable: (error: DatabaseUnavailableError) => void,
): Promise<T> {
  const attempt = () =>
    work().catch((error) => {
      throw asUnavailable(error);
    });
  return retry(attempt, {
    while: (error) => error instanceof DatabaseUnavailableError,
    pauses: { first: pauseMilliseconds, longest: pauseMilliseconds },
    signal,
    onRetry: (error) => onUnavailable(error as DatabaseUnavailableError),
  });
}
