import { retry } from "../../runtime/retry.js";
import { asUnavailable, DatabaseUnavailableError } from "./databaseUnavailable.js";
import { codesOf } from "./errorCodes.js";

const longestWait = 60_000;
const message = "Others write to the database and have not let this write be done in time. Try again later.";
/** Longest pause, in milliseconds, before a writer that waits for the lock tries again. */
export const longestPause = 60;

/**
 * Prisma's code for SQLite's lock; Prisma's and PostgreSQL's codes for a conflict of two transactions and for
 * a deadlock; Prisma's kinds of both, which are all that it says of statements written by hand.
 */
const busyCodes = ["P1008", "P2034", "40001", "40P01", "SocketTimeout", "TransactionWriteConflict"];

/** Whether the database rejected a whole write because of another connection's write. */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const codes = codesOf(error);
  return (
    codes.some((code) => busyCodes.includes(code)) ||
    /SQLITE_BUSY|database is locked/.test(`${codes} ${error.message}`)
  );
}

/**
 * Retries a write, without blocking the thread, for as long as another connection holds SQLite's single write
 * lock: libsql itself does not wait. On PostgreSQL, where writers wait for each other, a write that was
 * aborted to resolve a deadlock is retried. The write must be repeatable: one statement, or one transaction.
 * @param signal once it aborts, the write is not started again
 * @throws any error that is not about another connection's write, without retrying; a DatabaseUnavailableError
 *   if the database cannot write now, or if other connections' writes have not let it write for a minute; the
 *   signal's reason once it aborts, with nothing written
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
    if (isBusy(error)) throw new DatabaseUnavailableError(message, { cause: error });
    throw asUnavailable(error);
  }
}
