import pg from "pg";
import { isConnectionLost } from "../../errors/connectionErrors.js";
import { watchPool } from "./silentConnection.js";

const isRead = /^\s*SELECT\b/i;

/**
 * A pool that outlives its server's restarts, and connections that hang: one that is lost is dropped, and a statement
 * that reads and finds its connection dead is asked once more, on a new one. Whether a write took effect is for its
 * caller to find out.
 */
export class RetryingPool extends pg.Pool {
  constructor(config: pg.PoolConfig) {
    super(config);
    this.on("error", () => {}); // an idle connection was lost: the pool has dropped it
    watchPool(this, config);
    type Query = (statement: pg.QueryConfig | string, values?: unknown[]) => Promise<pg.QueryResult>;
    const query = this.query.bind(this) as Query;
    const queryTwice: Query = async (statement, values) => {
      try {
        return await query(statement, values);
      } catch (error) {
        const text = typeof statement === "string" ? statement : statement.text;
        if (!isRead.test(text) || !isConnectionLost(error)) throw error;
        // Past the pool: what else is in it may be dead as well.
        return withNewConnection(config, (client) => client.query(statement, values));
      }
    };
    this.query = queryTwice as pg.Pool["query"];
  }
}

/** Connects for one use. */
export async function withNewConnection<T>(
  config: pg.ClientConfig,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(config);
  client.on("error", () => {}); // told by the statement that fails
  await client.connect();
  try {
    return await use(client);
  } finally {
    client.end().catch(() => {});
  }
}
