import { codesOf } from "./errorCodes.js";

/**
 * Codes that report a lost or failed connection, as opposed to a failed statement: SQLSTATEs of the classes 08
 * (connection exception) and 57P (the server shuts down, has crashed, or is starting), and
 * idle_in_transaction_session_timeout, which ends the connection; errors of sockets; and Prisma's kinds.
 */
const lostCodes =
  /^(08...|57P0[1-5]|25P03|ECONN(RESET|REFUSED|ABORTED)|EPIPE|ETIMEDOUT|E(HOST|NET)(UNREACH|DOWN)|ENETRESET|ConnectionClosed|DatabaseNotReachable)$/;
/** Messages of pg, and of Node for an address that cannot be found or connected to, for whatever reason. */
const lostMessages =
  /^(Connection terminated|Client has encountered a connection error|timeout expired|(connect|getaddrinfo) E[A-Z_]+\b)/m;
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
  return codesOf(error).some((code) => lostCodes.test(code)) || lostMessages.test(error.message);
}

/**
 * Whether the server could not be reached, or did not respond in time. The statement may be retried later,
 * but not immediately on a new connection: the caller has already waited for as long as it may, and if all
 * connections of the pool are in use, another one would exceed what the server allows.
 */
export function isUnreachable(error: unknown): boolean {
  return isConnectionLost(error) || (error instanceof Error && unreachableMessages.test(error.message));
}
