import type { Socket } from "node:net";
import pg from "pg";
import { connectionConfig } from "./connectionConfig.js";

/** A connection that was found dead though nobody had closed it. */
class SilentConnectionError extends Error {
  override readonly name = "SilentConnectionError";
  /** connection_failure, as a server would say it. */
  readonly code = "08006";
  constructor() {
    super("The connection to PostgreSQL was lost: no answer came");
  }
}

export interface BulkConnections {
  readonly pool: pg.Pool;
  /**
   * Lends a connection. It is given up, and its statement ended on the server, where the signal aborts.
   * @throws the signal's reason; an error for which `isTransient` holds where the connection is lost meanwhile
   */
  use<T>(work: (client: pg.PoolClient) => Promise<T>, signal?: AbortSignal): Promise<T>;
  close(): Promise<void>;
}

const idleMilliseconds = 5_000;
/** A worker that was stopped in the middle of a transaction must not hold its locks for longer. */
const idleInTransactionMilliseconds = 10_000;
/** After so long without a byte, another connection looks whether the first one's is still served. */
const silenceMilliseconds = 5_000;

/**
 * Connections for bulk work; none is opened before it is needed.
 * @param stream makes their sockets. Default: Node's own
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
  pool.on("error", () => {}); // of an idle connection: the next one to be lent is a new one

  /** A connection of the pool; it is waited for no longer than the signal lets it. */
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

  /** On a connection of its own, since all of the pool's may be silent. */
  async function ask(sql: string, processId: number): Promise<boolean> {
    const client = new pg.Client(config);
    client.on("error", () => {});
    try {
      await client.connect();
      const { rows } = await client.query({ text: sql, values: [processId], rowMode: "array" });
      return rows.length > 0 && rows[0][0] === true;
    } finally {
      client.end().catch(() => {});
    }
  }

  return {
    pool,
    async use(work, signal) {
      signal?.throwIfAborted();
      const client = await lend(signal);
      const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
      const { processID: processId } = client as unknown as { processID: number };
      let failure: unknown;
      let giveUp: (error: unknown) => void = () => {};
      const givenUp = new Promise<never>((_, reject) => {
        giveUp = (error) => {
          failure ??= error;
          reject(error);
          stream.destroy();
        };
      });
      givenUp.catch(() => {});
      const onError = (error: unknown) => giveUp(error);
      client.on("error", onError);
      const onAbort = () => {
        giveUp(signal?.reason);
        ask("SELECT pg_terminate_backend($1)", processId).catch(() => {});
      };
      signal?.addEventListener("abort", onAbort);
      if (signal?.aborted) onAbort();
      let moved = 0;
      const watch = setInterval(async () => {
        const now = stream.bytesRead + stream.bytesWritten;
        if (now !== moved) {
          moved = now;
          return;
        }
        const isServed = await ask(
          "SELECT count(*) > 0 FROM pg_stat_activity WHERE pid = $1",
          processId,
        ).catch(() => false);
        if (!isServed) giveUp(new SilentConnectionError());
      }, silenceMilliseconds);
      watch.unref();
      try {
        return await Promise.race([work(client), givenUp]);
      } catch (error) {
        failure ??= error;
        throw signal?.aborted ? signal.reason : error;
      } finally {
        clearInterval(watch);
        signal?.removeEventListener("abort", onAbort);
        client.off("error", onError);
        if (failure) client.on("error", () => {});
        // After a failure the connection may be in any state: it is not lent again.
        client.release(failure instanceof Error ? failure : failure !== undefined);
      }
    },
    async close() {
      if (!pool.ended) await pool.end();
    },
  };
}
