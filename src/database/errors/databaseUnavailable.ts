import { isUnreachable } from "./connectionErrors.js";
import { codesOf } from "./errorCodes.js";

/**
 * The database cannot do this now, for a reason that does not lie in the request, which can be retried later.
 * Whether a failed write took effect is unknown.
 */
export class DatabaseUnavailableError extends Error {
  override readonly name = "DatabaseUnavailableError";
  /** Whether the same work is likely to fail again, however long one waits. */
  readonly recurs: boolean;
  constructor(message: string, { cause, recurs = false }: { cause?: unknown; recurs?: boolean } = {}) {
    super(message, { cause });
    this.recurs = recurs;
  }
}

interface Reason {
  /** Matches the codes to which the reason applies: Prisma's, libsql's, PostgreSQL's, or those of sockets. */
  codes: RegExp;
  /** Whether it applies to an error that has none of these codes. */
  applies?(error: Error): boolean;
  message: string;
  /** As in DatabaseUnavailableError. Default: false. */
  recurs?: boolean;
}

const reasons: Reason[] = [
  {
    // SQLite's errors, the second if there is no room for the index of its write-ahead log, and PostgreSQL's
    // disk_full.
    codes: /^(SQLITE_FULL|SQLITE_IOERR_SHMSIZE|53100)$/,
    applies: ({ message }) => /database or disk is full/.test(message),
    message:
      "The disk that holds the database is full, and nothing can be written. Try again once there is room.",
  },
  {
    // SQLite's errors, and PostgreSQL's class of errors of its system.
    codes: /^(SQLITE_IOERR.*|58...)$/,
    applies: ({ message }) => /disk I\/O error/.test(message),
    // SQLite reports a full disk in this way too where its log's index or a delayed write finds no room, and
    // Prisma passes on the message without the code that tells them apart.
    message:
      "The disk that holds the database cannot be read or written now (I/O error). Try again later; look whether it is full.",
  },
  {
    // Prisma's errors: the server was not reached, or not in time; the connection was closed; no connection
    // is free in the pool or on the server; a transaction could not begin, or was lost with its connection.
    // PostgreSQL's insufficient_resources and too_many_connections.
    codes: /^(P1001|P1002|P1017|P2024|P2028|P2037|53000|53300|TooManyConnections)$/,
    applies: isUnreachable,
    message: "The database cannot be reached now. Try again later.",
  },
  {
    // PostgreSQL's query_canceled.
    codes: /^57014$/,
    message:
      "The database ended this before it was complete, because it took too long or an administrator cancelled it. Try again later.",
    recurs: true,
  },
  {
    // PostgreSQL's out_of_memory, and configuration_limit_exceeded, such as that of temporary files.
    codes: /^(53200|53400)$/,
    message: "The database does not have the memory or the space that this takes. Try again later.",
    recurs: true,
  },
  {
    codes: /^SQLITE_NOTADB$/,
    applies: ({ message }) => /file is not a database/.test(message),
    message: "The database's file is not a SQLite database. Restore it, or name another.",
  },
  {
    // SQLite's errors for a file that was damaged or replaced, and libsql's; Prisma's and PostgreSQL's for a
    // table, column or schema that does not exist. All statements are the program's own, so that a missing
    // table means a changed database, not a wrong statement.
    codes: /^(SQLITE_(CORRUPT|CANTOPEN).*|P2021|P2022|42P01|42703|3F000)$/,
    applies: ({ message }) =>
      /no such (table|column)|disk image is malformed|Unable to open connection to local database|does not exist in the current database/.test(
        message,
      ),
    message: "The database's tables cannot be read now: they are missing, or damaged. Try again later.",
  },
  {
    // PostgreSQL's read_only_sql_transaction and insufficient_privilege, and SQLite's counterparts.
    codes: /^(25006|42501|SQLITE_READONLY.*)$/,
    applies: ({ message }) =>
      /in a read-only transaction|permission denied for|readonly database/.test(message),
    message: "The database does not let this program do that now. Try again later.",
  },
];

/**
 * Converts an error that reports an unavailable database into a DatabaseUnavailableError; returns others
 * unchanged.
 */
export function asUnavailable(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DatabaseUnavailableError) return error;
  const reason = reasons.find(
    ({ codes, applies }) => codesOf(error).some((code) => codes.test(code)) || applies?.(error),
  );
  if (!reason) return error;
  const { message, recurs } = reason;
  return new DatabaseUnavailableError(message, { cause: error, recurs });
}
