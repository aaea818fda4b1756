import pg from "pg";
import type { LongReads } from "../longReads.js";
import { connectionConfig } from "./connectionConfig.js";
import { retriedRead } from "./connectionErrors.js";

/** How many may run at a time; the rest wait. */
const connections = 4;
/** A statement that has not ended so long after it was cancelled has lost its server. */
const cancelMilliseconds = 2_000;

/**
 * Opens a pool of its own, so that a slow read never holds up others.
 * @param cancelThrough a pool through which the server is told that nobody waits for a statement any more
 */
export function openLongReads(url: string, cancelThrough: pg.Pool): LongReads {
  const pool = new pg.Pool({
    ...connectionConfig(url, { applicationName: "medoid long reads" }),
    max: connections,
    // A server whose client was killed would else go on to the end of a statement. Not every system can tell.
    onConnect: async (client) => {
      await client.query("SET client_connection_check_interval = 2000").catch(() => {});
    },
  });
  pool.on("error", () => {}); // an idle connection was lost: the pool has dropped it

  async function run(sql: string, values: unknown[], signal?: AbortSignal) {
    const client = await pool.connect();
    let failure: Error | undefined;
    let stopping: Promise<void> | undefined;
    let ended = false;
    const onLost = (error: Error) => {
      failure = error;
    };
    client.on("error", onLost);
    const statement = signal?.aborted
      ? Promise.reject(signal.reason)
      : client.query(sql, values).then(({ rows }) => rows as Record<string, unknown>[]);
    const over = statement
      .catch((error) => {
        if (!(error instanceof pg.DatabaseError)) failure ??= error;
      })
      .finally(() => {
        ended = true;
      });
    const aborted = new Promise<never>((_, reject) => {
      const onAbort = () => {
        reject(signal?.reason);
        stopping = stop(client, over, () => ended);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      over.then(() => signal?.removeEventListener("abort", onAbort));
    });
    // The connection is lent again only once nothing of the statement, nor of its cancelling, can reach the next one.
    over
      .then(() => stopping)
      .finally(() => {
        client.removeListener("error", onLost);
        client.release(failure);
      });
    aborted.catch(() => {});
    return Promise.race([statement, aborted]);
  }

  async function stop(client: pg.PoolClient, over: Promise<unknown>, ended: () => boolean): Promise<void> {
    const { processID } = client as pg.PoolClient & { processID: number };
    await cancelThrough.query("SELECT pg_cancel_backend($1)", [processID]).catch(() => {});
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, cancelMilliseconds).unref())]);
    if (!ended())
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }

  return {
    async query(sql, values, signal) {
      signal?.throwIfAborted();
      return retriedRead(() => run(sql, values, signal));
    },
    close: () => pool.end(),
  };
}
