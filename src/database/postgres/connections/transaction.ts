import type { PoolClient } from "pg";
import { retry } from "../../../runtime/retry.js";
import { isUnreachable } from "../../errors/connectionErrors.js";
import type { BulkConnections } from "./bulkConnections.js";

/** How long PostgreSQL may be away. */
const longestOutage = 60_000;
const firstPause = 50;
const longestPause = 2_000;

/** Errors after which the same may succeed, though the connection was not lost: */
const transientCodes = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "25P03", // idle_in_transaction_session_timeout
  "53300", // too_many_connections
]);

/** Whether PostgreSQL was away, or undid the transaction for the sake of others: done again, it may succeed. */
function isTransient(error: unknown): boolean {
  const { code, syscall } = (error ?? {}) as { code?: unknown; syscall?: unknown };
  return (
    isUnreachable(error) ||
    transientCodes.has(String(code)) ||
    // A socket in the file system is missing while the server restarts.
    (code === "ENOENT" && syscall === "connect")
  );
}

class TransactionUnendedError extends Error {
  override readonly name = "TransactionUnendedError";
}

export interface RetryOptions {
  signal?: AbortSignal;
  /** Further errors after which it may succeed, done again from the start. */
  isWorthRetrying?: (error: unknown) => boolean;
  /** Default: true. */
  isRepeatable?: boolean;
}

/**
 * Does what may be done again from its start, for as long as PostgreSQL is away or refuses it for the sake of others.
 * @throws the last error after a minute, or at once any error of another kind; the signal's reason
 */
export function retryWhenAway<T>(work: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { signal, isWorthRetrying = () => false, isRepeatable = true } = options;
  return retry(work, {
    while: (error) => isRepeatable && (isTransient(error) || isWorthRetrying(error)),
    pauses: { first: firstPause, longest: longestPause },
    until: longestOutage,
    signal,
  });
}

/**
 * Runs `work` in a transaction, again from its start where that is safe: so it must do nothing but through the
 * client. Where the answer to the COMMIT is lost, PostgreSQL is asked what became of the transaction, so that
 * nothing is done twice and nothing that was done is reported as failed.
 */
export function writeTransaction<T>(
  connections: BulkConnections,
  work: (client: PoolClient) => Promise<T>,
  options: RetryOptions = {},
): Promise<T> {
  return retryWhenAway(async () => {
    let transaction: string | null = null;
    let result: T;
    try {
      return await connections.use(async (client) => {
        await client.query("BEGIN");
        result = await work(client);
        const { rows } = await client.query("SELECT pg_current_xact_id_if_assigned()::text AS id");
        const { id } = rows[0] as { id: string | null };
        transaction = id;
        const { command } = await client.query("COMMIT");
        if (command !== "COMMIT") throw new Error("PostgreSQL rolled the transaction back");
        return result;
      }, options.signal);
    } catch (error) {
      // Nothing was written before the transaction had an id, and nothing was committed before it was known here.
      if (transaction === null || !(await isCommitted(connections, transaction))) throw error;
      return result!;
    }
  }, options);
}

/** What became of a transaction whose COMMIT was sent. */
async function isCommitted(connections: BulkConnections, transaction: string): Promise<boolean> {
  const ask = async () => {
    const { rows } = await connections.query("SELECT pg_xact_status($1::xid8) AS status", [transaction]);
    const { status } = rows[0] as { status: string | null };
    // The server has not noticed yet that the connection is gone, or it commits right now.
    if (status === "in progress")
      throw new TransactionUnendedError(`Transaction ${transaction} has not ended`);
    if (status === null)
      throw new Error(`PostgreSQL no longer knows what became of transaction ${transaction}`);
    return status === "committed";
  };
  return retryWhenAway(ask, { isWorthRetrying: (error) => error instanceof TransactionUnendedError });
}

/** Reads on one state of the database. */
export function readTransaction<T>(
  connections: BulkConnections,
  read: (client: PoolClient) => Promise<T>,
  options: RetryOptions = {},
): Promise<T> {
  return retryWhenAway(
    () =>
      connections.use(async (client) => {
        await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        const result = await read(client);
        await client.query("COMMIT");
        return result;
      }, options.signal),
    options,
  );
}
