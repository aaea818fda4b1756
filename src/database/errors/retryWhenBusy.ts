import { setTimeout as delay } from "node:timers/promises";
import { asUnavailable } from "./databaseUnavailable.js";

const longestWait = 60_000;
/** A writer that waits for the lock asks again within so many milliseconds. */
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
 * Runs a write again, without blocking the thread, for as long as another connection holds SQLite's one
 * write lock: libsql itself does not wait. On PostgreSQL, where writers wait for each other, a write is run again that
 * was chosen to end a deadlock. The write must be repeatable: one statement, or one transaction.
 * @param signal once it aborts the write is not begun any more
 * @throws the last error, after a minute of waiting, or at once any error that is not about another's write; a
 *   DatabaseUnavailableError where the database cannot do it now; or the signal's reason: then nothing was written.
 */
export async function retryWhenBusy<T>(write: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const giveUpAt = Date.now() + longestWait;
  for (let wait = 5; ; wait = Math.min(wait * 2, longestPause)) {
    signal?.throwIfAborted();
    try {
      return await write();
    } catch (error) {
      if (!isBusy(error) || Date.now() > giveUpAt) throw asUnavailable(error);
    }
    await delay(wait * (0.5 + Math.random() / 2));
  }
}
