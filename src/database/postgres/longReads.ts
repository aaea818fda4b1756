import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { LongReads } from "../database.js";
import { isConnectionLost } from "../errors/connectionErrors.js";
import { connectionConfig } from "./connections/connectionConfig.js";
import { withNewConnection } from "./connections/retryingPool.js";
import { watchPool } from "./connections/silentConnection.js";

type Rows = Record<string, unknown>[];

/** How many may run at a time; the rest wait. */
const connections = 4;
/** A statement that has not ended so long after it was cancelled has lost its server. */
const cancelMilliseconds = 2_000;
/** A connection on which nothing can be set within it is as good as none. */
const setMilliseconds = 5_000;

/**
 * Opens a pool of its own, so that a slow read never holds up others.
 * @param cancelThrough a pool through which the server is told that nobody waits for a statement any more
 */
export function openLongReads(url: string, cancelThrough: pg.Pool): LongReads {
  const config = connectionConfig(url, { applicationName: "medoid long reads" });
  const pool = new pg.Pool({
    ...config,
    max: connections,
    // A server whose client was killed would else go on to the end of a statement. Not every system can tell.
    onConnect: async (client) => {
      const set = { text: "SET client_connection_check_interval = 2000", query_timeout: setMilliseconds };
      await client.query(set).catch((error) => {
        if (!(error instanceof pg.DatabaseError)) throw error;
      });
    },
  });
  watchPool(pool, config);
  pool.on("error", () => {}); // an idle connection was lost: the pool has dropped it

  async function pooled(sql: string, values: unknown[], signal: AbortSignal | undefined): Promise<Rows> {
    const client = await pool.connect();
    const { rows, over } = cancellable(client, sql, values, signal);
    // Lent again only once nothing of the statement, nor of its cancelling, can reach the next one.
    over.then((isUsable) => client.release(!isUsable));
    return rows;
  }

  /** Asks, and no longer than `signal` lets it. `over` tells when the connection is at rest, and whether it is of use. */
  function cancellable(client: pg.ClientBase, sql: string, values: unknown[], signal?: AbortSignal) {
    if (signal?.aborted) return { rows: Promise.reject(signal.reason), over: Promise.resolve(true) };
    const onLost = () => {}; // told by the statement, which fails
    client.on("error", onLost);
    const statement = client.query<Record<string, unknown>>(sql, values).then(({ rows }) => rows);
    const ended = statement.then(
      () => true,
      (error) => error instanceof pg.DatabaseError && !isConnectionLost(error),
    );
    let stopped: Promise<void> | undefined;
    const aborted = new Promise<never>((_, reject) => {
      const onAbort = () => {
        stopped = stop(client, ended);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", onAbort);
      ended.then(() => signal?.removeEventListener("abort", onAbort));
    });
    const over = ended.then(async (isUsable) => {
      await stopped;
      client.removeListener("error", onLost);
      return isUsable;
    });
    return { rows: Promise.race([statement, aborted]), over };
  }

  /** Has the server end the statement; where it does not answer, the connection is given up. */
  async function stop(client: pg.ClientBase, ended: Promise<unknown>): Promise<void> {
    const { processID, connection } = client as unknown as {
      processID: number;
      connection: { stream: { destroy(): void } };
    };
    const cancelled = cancelThrough.query("SELECT pg_cancel_backend($1)", [processID]).catch(() => {});
    const waiting = new AbortController();
    const late = delay(cancelMilliseconds, true, { signal: waiting.signal, ref: false }).catch(() => false);
    if (await Promise.race([Promise.all([ended, cancelled]).then(() => false), late]))
      connection.stream.destroy();
    waiting.abort();
  }

  return {
    async query(sql, values, signal) {
      signal?.throwIfAborted();
      try {
        return await pooled(sql, values, signal);
      } catch (error) {
        if (signal?.aborted || !isConnectionLost(error)) throw error;
        // Past the pool: what else is in it may be dead as well.
        return withNewConnection(config, async (client) => {
          const { rows, over } = cancellable(client, sql, values, signal);
          try {
            return await rows;
          } finally {
            await over;
          }
        });
      }
    },
    close: () => pool.end(),
  };
}
