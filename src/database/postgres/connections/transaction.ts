import type { PoolClient } from "pg";
import { throwIfOver } from "../../../runtime/deadline.js";
import { retry } from "../../../runtime/retry.js";
import { isUnreachable } from "../../errors/connectionErrors.js";
import type { BulkConnections } from "./bulkConnections.js";

/** How long retries go on while PostgreSQL is unavailable, in milliseconds. */
const longestOutage = 60_000;
const firstPause = 50;
const longestPause = 2_000;

/** Errors other than a lost connection after which a retry may succeed. */
const transientCodes = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "53300", // too_many_connections
]);

/**
 * Whether PostgreSQL was unavailable, or rolled the transaction back because of other transactions, so that a
 * retry may succeed.
 */
function isTransient(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return isUnreachable(error) || transientCodes.has(String(code));
}

class TransactionUnendedError extends Error {
  override readonly name = "TransactionUnendedError";
}

export interface RetryOptions {
  signal?: AbortSignal;
  /** Further errors after which a retry from the start may succeed. */
  isWorthRetrying?: (error: unknown) => boolean;
  /** Whether `work` may be retried. Default: true. */
  isRepeatable?: boolean;
}

/**
 * Runs `work`, and retries it from its start for as long as PostgreSQL is unavailable or rejects it because
 * of other transactions.
 * @throws the last error after a minute; any error of another kind without retrying; the signal's reason once
 *   it aborts
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
 * Runs `work` in a transaction, and retries it from its start if that is safe. All effects of `work` must
 * therefore go through the client. If the response to COMMIT is lost, PostgreSQL is asked for the outcome of
 * the transaction, so that nothing is done twice and nothing that was done is reported as failed.
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
        throwIfOver(options.signal);
        transaction = id;
        const { command } = await client.query("COMMIT");
        if (command !== "COMMIT") throw new Error("PostgreSQL rolled the transaction back");
        return result;
      }, options.signal);
    } catch (error) {
      // Until it has an id, a transaction has written nothing; and COMMIT is sent only after the id is known
      // here.
      if (transaction === null || !(await isCommitted(connections, transaction))) throw error;
      return result!;
    }
  }, options);
}

/** Asks for the outcome of a transaction whose COMMIT was sent. */
async function isCommitted(connections: BulkConnections, transaction: string): Promise<boolean> {
  const ask = async () => {
    const { rows } = await connections.query("SELECT pg_xact_status($1::xid8) AS status", [transaction]);
    const { status } = rows[0] as { status: string | null };
    // The server has not noticed yet that the connection is lost, or it is committing right now.
    if (status === "in progress")
      throw new TransactionUnendedError(`Transaction ${transaction} has not ended`);
    if (status === null)
      throw new Error(`PostgreSQL no longer knows what became of transaction ${transaction}`);
    return status === "committed";
  };
  return retryWhenAway(ask, { isWorthRetrying: (error) => error instanceof TransactionUnendedError });
}

/** Reads from one snapshot of the database. */
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
