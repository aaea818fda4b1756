import { retry } from "../../runtime/retry.js";
import { asUnavailable } from "./databaseUnavailable.js";

const longestWait = 60_000;
/** Longest pause, in milliseconds, before a writer that waits for the lock tries again. */
export const longestPause = 60;

/**
 * Prisma's code for SQLite's lock; Prisma's and PostgreSQL's codes for a conflict of two transactions and for
 * a deadlock.
 */
const busyCodes = ["P1008", "P2034", "40001", "40P01"];

/** Whether the database rejected a whole write because of another connection's write. */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (
    busyCodes.includes(String(code)) ||
    /SQLITE_BUSY|database is locked/.test(`${String(code)} ${error.message}`)
  );
}

/**
 * Retries a write, without blocking the thread, for as long as another connection holds SQLite's single write
 * lock: libsql itself does not wait. On PostgreSQL, where writers wait for each other, a write that was
 * aborted to resolve a deadlock is retried. The write must be repeatable: one statement, or one transaction.
 * @param signal once it aborts, the write is not started again
 * @throws any error that is not about another connection's write, without retrying; such an error, too, after
 *   a minute of waiting; a DatabaseUnavailableError if the database cannot write now; the signal's reason
 *   once it aborts, with nothing written
 */
export async function retryWhenBusy<T>(write: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await retry(write, {
      while: isBusy,
      pauses: { first: 5, longest: longestPause },
      until: longestWait,
      signal,
    });
  } catch (error) {
    throw asUnavailable(error);
  }
}
