import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { LongReads } from "../database.js";
import { isConnectionLost } from "../errors/connectionErrors.js";
import { connectionConfig } from "./connections/connectionConfig.js";
import { withNewConnection } from "./connections/retryingPool.js";
import { watchPool } from "./connections/silentConnection.js";

type Rows = Record<string, unknown>[];

/** Maximum number of reads that run at a time; others wait. */
const connections = 4;
/** If a cancelled statement has not ended after this time, its server is considered lost. */
const cancelMilliseconds = 2_000;
/** If setting up a connection takes longer than this, the connection is discarded. */
const setMilliseconds = 5_000;

/**
 * Opens a pool of its own, so that slow reads do not delay other statements.
 * @param cancelThrough a pool through which statements are cancelled on the server
 */
export function openLongReads(url: string, cancelThrough: pg.Pool): LongReads {
  const config = connectionConfig(url, { applicationName: "medoid long reads" });
  const pool = new pg.Pool({
    ...config,
    max: connections,
    // Otherwise a server whose client was killed would run the statement to its end. Not every system
    // supports this setting.
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
    // The connection is lent again only when neither the statement nor its cancellation can affect the next
    // statement.
    over.then((isUsable) => client.release(!isUsable));
    return rows;
  }

  /**
   * Runs a statement until `signal` aborts. `over` resolves once the connection is idle, with whether it is
   * still usable.
   */
  function cancellable(client: pg.ClientBase, sql: string, values: unknown[], signal?: AbortSignal) {
    if (signal?.aborted) return { rows: Promise.reject(signal.reason), over: Promise.resolve(true) };
    const onLost = () => {}; // the failing statement reports it
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

  /** Cancels the statement on the server; if the server does not respond, the connection is closed. */
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
        // Not through the pool, whose other connections may be lost as well.
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
