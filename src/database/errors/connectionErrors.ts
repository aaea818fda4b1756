/**
 * What says that a connection was lost, or could not be had, as opposed to what a server says of a statement: the
 * classes 08 (connection) and 57P (the server shuts down, crashed, or is starting), and what sockets and pg say.
 */
const lostCodes = /^(08...|57P0[1-5]|ECONN(RESET|REFUSED|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;
const lostMessages = /^(Connection terminated|Client has encountered a connection error|timeout expired)/;
/** pg's, for a statement without an answer, a pool without a free connection, and a client given up meanwhile. */
const unreachableMessages =
  /^(Query read timeout|timeout exceeded when trying to connect|Client was closed and is not queryable)/;

/** Whether the statement failed for want of its connection; whether it took effect is then not known. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return lostCodes.test(String(code)) || lostMessages.test(error.message);
}

/**
 * Whether the server could not be had, or gave no answer in time. What was asked may be asked again later, but not at
 * once on a new connection: who asked has waited for as long as it may, and where the pool is in use to the last
 * connection, others beside it would be one too many for the server.
 */
export function isUnreachable(error: unknown): boolean {
  return isConnectionLost(error) || (error instanceof Error && unreachableMessages.test(error.message));
}
