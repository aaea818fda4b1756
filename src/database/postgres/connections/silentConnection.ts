import type { Socket } from "node:net";
import pg from "pg";

/** A connection no longer works although neither side has closed it. */
export class SilentConnectionError extends Error {
  override readonly name = "SilentConnectionError";
  /** The SQLSTATE connection_failure, which a server would report. */
  readonly code = "08006";
  constructor() {
    super("The connection to PostgreSQL was lost: no response came");
  }
}

/**
 * After this time without a byte, another connection checks whether the server still serves the first one.
 */
const silenceMilliseconds = 5_000;
/** Time for the check. If it gets no response either, the server counts as unreachable. */
const lookMilliseconds = 3_000;

/** Properties of a client that its type declarations omit. */
interface ClientParts {
  connection: { stream: Socket };
  processID: number;
  /** Whether the client has no statement in progress. */
  readyForQuery: boolean;
}

export const socketOf = (client: pg.ClientBase) => (client as unknown as ClientParts).connection.stream;

/**
 * Watches a connection while it is used. A connection can hang half open, for example behind a firewall that
 * has dropped its state: neither side sees it closed, and a statement on it would never end.
 * @param config of the connection; the checks open others with it
 * @param onSilent called at most once, when the connection is found dead
 * @returns a function that ends the watch
 */
export function watchConnection(
  client: pg.ClientBase,
  config: pg.ClientConfig,
  onSilent: (error: SilentConnectionError) => void,
): () => void {
  const parts = client as unknown as ClientParts;
  const { stream } = parts.connection;
  const moved = () => stream.bytesRead + stream.bytesWritten - stream.writableLength;
  let seen = moved();
  let suspected = false;
  let looking = false;

  async function look(): Promise<void> {
    // Bytes that have arrived but were not read yet mean that this side is slow, such as the reader of a
    // COPY; the connection is alive.
    const isSilent = () => !parts.readyForQuery && stream.readableLength === 0 && moved() === seen;
    if (looking) return;
    if (isSilent()) {
      looking = true;
      const state = await serverSide(config, parts.processID).catch(() => "GONE");
      looking = false;
      // The server may wait for this side for a moment, as between two parts of a COPY, but not in two checks
      // in a row.
      if (isSilent() && (state === "GONE" || (state === "WAITS" && suspected))) {
        stop();
        if (state === "WAITS") endOnServer(config, parts.processID).catch(() => {});
        onSilent(new SilentConnectionError());
        return;
      }
      suspected = isSilent() && state === "WAITS";
    } else suspected = false;
    seen = moved();
  }

  const timer = setInterval(look, silenceMilliseconds);
  timer.unref();
  const stop = () => clearInterval(timer);
  return stop;
}

/**
 * Watches every connection while the pool lends it: a statement on a dead connection fails as if the
 * connection had been closed.
 */
export function watchPool(pool: pg.Pool, config: pg.ClientConfig): void {
  const watches = new WeakMap<pg.ClientBase, () => void>();
  pool.on("acquire", (client) => {
    watches.set(
      client,
      watchConnection(client, config, () => socketOf(client).destroy()),
    );
  });
  pool.on("release", (_, client) => watches.get(client)?.());
}

/**
 * The server's state of a connection: it executes a statement, it waits for the client, or it does not know
 * the connection.
 */
async function serverSide(config: pg.ClientConfig, processId: number): Promise<"WORKS" | "WAITS" | "GONE"> {
  const rows = await askElsewhere(
    config,
    `SELECT state = 'active' AND wait_event_type IS DISTINCT FROM 'Client' FROM pg_stat_activity WHERE pid = $1`,
    processId,
  );
  if (rows.length === 0) return "GONE";
  return rows[0][0] === true ? "WORKS" : "WAITS";
}

/**
 * Ends a connection on the server, which releases its locks and its snapshot. The condition on the
 * application's name protects another connection whose process has got the same number meanwhile.
 */
export async function endOnServer(config: pg.ClientConfig, processId: number): Promise<void> {
  await askElsewhere(
    config,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE pid = $1 AND application_name = current_setting('application_name')`,
    processId,
  );
}

/** Queries on a new connection, because all connections of a pool may be dead. */
async function askElsewhere(config: pg.ClientConfig, text: string, processId: number): Promise<unknown[][]> {
  const client = new pg.Client({ ...config, query_timeout: lookMilliseconds });
  client.on("error", () => {});
  try {
    await client.connect();
    return (await client.query({ text, values: [processId], rowMode: "array" })).rows;
  } finally {
    client.end().catch(() => {});
  }
}
