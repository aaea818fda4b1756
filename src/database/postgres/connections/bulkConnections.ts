import pg from "pg";
import { connectionConfig } from "./connectionConfig.js";
import { endOnServer, socketOf, watchConnection } from "./silentConnection.js";

export interface BulkConnections {
  /** Runs one statement on a connection, under the same rules as `use`. */
  query<Row extends pg.QueryResultRow>(
    sql: string,
    values?: unknown[],
    signal?: AbortSignal,
  ): Promise<pg.QueryResult<Row>>;
  /**
   * Lends a connection to `work`. If the signal aborts, the statement is ended on the server and the
   * connection is discarded.
   * @throws the signal's reason once it aborts; an error for which `isTransient` holds if the connection is
   *   lost meanwhile
   */
  use<T>(work: (client: pg.PoolClient) => Promise<T>, signal?: AbortSignal): Promise<T>;
  close(): Promise<void>;
}

const idleMilliseconds = 5_000;
/** Limits how long a worker that was suspended in the middle of a transaction can hold its locks. */
const idleInTransactionMilliseconds = 10_000;

/**
 * A pool of connections for bulk work. None is opened before it is needed.
 * @param stream creates the connections' sockets. Default: Node's own
 */
export function openBulkConnections(
  url: string,
  maximum: number,
  stream?: pg.PoolConfig["stream"],
): BulkConnections {
  const config = connectionConfig(url, { applicationName: "medoid bulk" });
  const pool = new pg.Pool({
    ...config,
    ...(stream && { stream }),
    max: maximum,
    idleTimeoutMillis: idleMilliseconds,
    idle_in_transaction_session_timeout: idleInTransactionMilliseconds,
    allowExitOnIdle: true,
  });
  pool.on("error", () => {}); // an idle connection was lost: the pool opens a new one when it is needed

  /** Takes a connection of the pool, and stops waiting for one when the signal aborts. */
  function lend(signal: AbortSignal | undefined): Promise<pg.PoolClient> {
    const coming = pool.connect();
    if (!signal) return coming;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        reject(signal.reason);
        coming.then(
          (client) => client.release(),
          () => {},
        );
      };
      signal.addEventListener("abort", onAbort, { once: true });
      coming.then(
        (client) => {
          signal.removeEventListener("abort", onAbort);
          resolve(client);
        },
        (error) => {
          signal.removeEventListener("abort", onAbort);
          reject(error);
        },
      );
    });
  }

  async function use<T>(work: (client: pg.PoolClient) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const client = await lend(signal);
    const { processID: processId } = client as unknown as { processID: number };
    let failure: unknown;
    let giveUp: (error: unknown) => void = () => {};
    const givenUp = new Promise<never>((_, reject) => {
      giveUp = (error) => {
        failure ??= error;
        reject(error);
        socketOf(client).destroy();
      };
    });
    givenUp.catch(() => {});
    const onError = (error: unknown) => giveUp(error);
    client.on("error", onError);
    const onAbort = () => {
      giveUp(signal?.reason);
      endOnServer(config, processId).catch(() => {});
    };
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
    const endWatch = watchConnection(client, config, giveUp);
    try {
      return await Promise.race([work(client), givenUp]);
    } catch (error) {
      failure ??= error;
      throw signal?.aborted ? signal.reason : error;
    } finally {
      endWatch();
      signal?.removeEventListener("abort", onAbort);
      client.off("error", onError);
      if (failure) client.on("error", () => {});
      // After a failure the state of the connection is unknown, so that it is not lent again.
      client.release(failure instanceof Error ? failure : failure !== undefined);
    }
  }

  return {
    query: (sql, values, signal) => use((client) => client.query(sql, values), signal),
    use,
    async close() {
      if (!pool.ended) await pool.end();
    },
  };
}
