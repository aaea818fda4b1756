import { retry } from "../../runtime/retry.js";
import { asUnavailable, DatabaseUnavailableError } from "./databaseUnavailable.js";

const pauseMilliseconds = 1_000;

/**
 * Runs `work`, and retries it for as long as the database is unavailable, so that what was computed before is
 * not lost. The work must be repeatable.
 * @param onUnavailable called with the error of each failed try
 * @throws the signal's reason once it aborts; any error other than a DatabaseUnavailableError, and one that is
 *   likely to recur, without retrying
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
    while: (error) => error instanceof DatabaseUnavailableError && !error.recurs,
    pauses: { first: pauseMilliseconds, longest: pauseMilliseconds },
    signal,
    onRetry: (error) => onUnavailable(error as DatabaseUnavailableError),
  });
}
