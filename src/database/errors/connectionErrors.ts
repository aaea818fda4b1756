/**
 * SQLSTATEs and system errors that report a lost or failed connection, as opposed to a failed statement: the
 * classes 08 (connection exception) and 57P (the server shuts down, has crashed, or is starting), errors of
 * sockets, and messages of pg.
 */
const lostCodes = /^(08...|57P0[1-5]|ECONN(RESET|REFUSED|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;
const lostMessages = /^(Connection terminated|Client has encountered a connection error|timeout expired)/;
/**
 * Messages of pg for a statement without a response, for a pool without a free connection, and for a client
 * that was closed meanwhile.
 */
const unreachableMessages =
  /^(Query read timeout|timeout exceeded when trying to connect|Client was closed and is not queryable)/;

/**
 * Whether a statement failed because its connection was lost. Whether the statement took effect is then
 * unknown.
 */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return lostCodes.test(String(code)) || lostMessages.test(error.message);
}

/**
 * Whether the server could not be reached, or did not respond in time. The statement may be retried later,
 * but not immediately on a new connection: the caller has already waited for as long as it may, and if all
 * connections of the pool are in use, another one would exceed what the server allows.
 */
export function isUnreachable(error: unknown): boolean {
  return isConnectionLost(error) || (error instanceof Error && unreachableMessages.test(error.message));
}
