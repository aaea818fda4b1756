import pg from "pg";
import { isConnectionLost } from "../../errors/connectionErrors.js";
import { watchPool } from "./silentConnection.js";

const isRead = /^\s*SELECT\b/i;

/**
 * A pool that survives restarts of its server and connections that hang. A lost connection is dropped, and a
 * statement that only reads is retried once on a new connection. For a write, the caller must find out
 * whether it took effect.
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
        // Not through the pool, whose other connections may be lost as well.
        return withNewConnection(config, (client) => client.query(statement, values));
      }
    };
    this.query = queryTwice as pg.Pool["query"];
  }
}

/** Opens a connection for a single use. */
export async function withNewConnection<T>(
  config: pg.ClientConfig,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(config);
  client.on("error", () => {}); // the failing statement reports it
  await client.connect();
  try {
    return await use(client);
  } finally {
    client.end().catch(() => {});
  }
}
