import { isUnreachable } from "./postgres/connectionErrors.js";

/**
 * The database cannot do this now, through no fault of what was asked: the same can be asked again later. Of a write it
 * is not known whether it was done.
 */
export class DatabaseUnavailableError extends Error {
  override readonly name = "DatabaseUnavailableError";
}

interface Reason {
  applies(code: string, error: Error): boolean;
  message: string;
}

const reasons: Reason[] = [
  {
    // SQLite's, and PostgreSQL's disk_full
    applies: (code, { message }) =>
      code === "SQLITE_FULL" || code === "53100" || /database or disk is full/.test(message),
    message:
      "The disk that holds the database is full, and nothing can be written. Try again once there is room.",
  },
  {
    applies: (code, { message }) => code.startsWith("SQLITE_IOERR") || /disk I\/O error/.test(message),
    message: "The disk that holds the database cannot be read or written now (I/O error). Try again later.",
  },
  {
    // Prisma's: not reached, in time or at all; closed; no connection free, here or there. PostgreSQL's
    // too_many_connections.
    applies: (code, error) =>
      ["P1001", "P1002", "P1017", "P2024", "P2037", "53300"].includes(code) || isUnreachable(error),
    message: "The database cannot be reached now. Try again later.",
  },
];

/** The error as callers tell it apart: a DatabaseUnavailableError where it is one of a database that says so. */
export function asUnavailable(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DatabaseUnavailableError) return error;
  const code = String((error as { code?: unknown }).code);
  const reason = reasons.find(({ applies }) => applies(code, error));
  return reason ? new DatabaseUnavailableError(reason.message, { cause: error }) : error;
}
