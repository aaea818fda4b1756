/**
 * What says that a connection was lost, or could not be had, as opposed to what a server says of a statement: the
 * classes 08 (connection) and 57P (the server shuts down, crashed, or is starting), and what sockets and pg say.
 */
const lostCodes = /^(08...|57P0[1-5]|ECONN(RESET|REFUSED|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;
const lostMessages = /^(Connection terminated|Client has encountered a connection error|timeout expired)/;

/** Whether the statement failed for want of its connection; whether it took effect is then not known. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return lostCodes.test(String(code)) || lostMessages.test(error.message);
}
