/** The database cannot do this now, through no fault of what was asked: it can be asked again later. */
export class DatabaseUnavailableError extends Error {
  override readonly name = "DatabaseUnavailableError";
}

/** The error as it is told to others: a full disk as what it is, all else as it was. */
export function asUnavailable(error: unknown): unknown {
  if (!isDiskFull(error)) return error;
  return new DatabaseUnavailableError(
    "The disk that holds the database is full, and nothing can be written. Try again once there is room.",
    { cause: error },
  );
}

function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return /SQLITE_FULL|database or disk is full/.test(`${String(code)} ${error.message}`);
}
