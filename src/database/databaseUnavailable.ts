/**
 * The database cannot do this now, through no fault of what was asked: the same can be asked again later. Of a write it
 * is not known whether it was done.
 */
export class DatabaseUnavailableError extends Error {
  override readonly name = "DatabaseUnavailableError";
}

const reasons: [pattern: RegExp, message: string][] = [
  [
    /SQLITE_FULL|database or disk is full/,
    "The disk that holds the database is full, and nothing can be written. Try again once there is room.",
  ],
  [
    /SQLITE_IOERR|disk I\/O error/,
    "The disk that holds the database cannot be read or written now (I/O error). Try again later.",
  ],
];

/** The error as callers tell it apart: a DatabaseUnavailableError where it is one of SQLite's that says so. */
export function asUnavailable(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const said = `${String((error as { code?: unknown }).code)} ${error.message}`;
  const [, message] = reasons.find(([pattern]) => pattern.test(said)) ?? [];
  return message === undefined ? error : new DatabaseUnavailableError(message, { cause: error });
}
