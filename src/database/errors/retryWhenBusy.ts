import { retry } from "../../runtime/retry.js";
import { asUnavailable } from "./databaseUnavailable.js";

const longestWait = 60_000;
/** A writer that waits for the lock asks again within this time. Milliseconds. */
export const longestPause = 60;

/** What Prisma calls SQLite's lock; what it and PostgreSQL call a conflict of two transactions, and a deadlock. */
const busyCodes = ["P1008", "P2034", "40001", "40P01"];

/** Whether the database refused a write, all of it, because of what another connection is writing. */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (
    busyCodes.includes(String(code)) ||
    /SQLITE_BUSY|database is locked/.test(`${String(code)} ${error.message}`)
  );
}

/**
 * Runs a write again, without blocking the thread, while another connection holds SQLite's one write lock: libsql
 * itself does not wait. On PostgreSQL, where writers wait for each other, a write that was aborted to resolve a
 * deadlock is run again. The write must be repeatable: one statement, or one transaction.
 * @param signal once it has aborted, the write does not begin again
 * @throws the last error, after a minute of waiting, or at once any error that is not about another's write; a
 *   DatabaseUnavailableError where the database cannot do it now; or the signal's reason: then nothing was written.
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
