import type { Socket } from "node:net";
import pg from "pg";

/** A connection that was found dead though nobody had closed it. */
export class SilentConnectionError extends Error {
  override readonly name = "SilentConnectionError";
  /** connection_failure, as a server would say it. */
  readonly code = "08006";
  constructor() {
    super("The connection to PostgreSQL was lost: no answer came");
  }
}

/** After so long without a byte, another connection looks whether the first one's is still served. */
const silenceMilliseconds = 5_000;
/** The one that looks has an answer by then, or it is as silent as the first. */
const lookMilliseconds = 3_000;

/** What there is of a client beside what its types say. */
interface ClientParts {
  connection: { stream: Socket };
  processID: number;
  /** No statement of this client's is under way. */
  readyForQuery: boolean;
}

export const socketOf = (client: pg.ClientBase) => (client as unknown as ClientParts).connection.stream;

/**
 * Watches a connection while it is used: one that hangs half open, behind a firewall that has forgotten it, closes on
 * neither side, and a statement on it would be waited for without end.
 * @param config of the connection; others are opened with it to look
 * @param onSilent told once that the connection is dead
 * @returns what ends the watch
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
    // What has come and was not taken yet is this side's own silence: a reader of a COPY may be slow.
    const isSilent = () => !parts.readyForQuery && stream.readableLength === 0 && moved() === seen;
    if (looking) return;
    if (isSilent()) {
      looking = true;
      const state = await serverSide(config, parts.processID).catch(() => "GONE");
      looking = false;
      // It may wait for this side for a moment, as between two parts of a COPY; not each time that it is looked at.
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

/** Watches whatever the pool lends: what is asked on a connection that is dead fails as on one that was closed. */
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

/** What the server does for a connection: it works, it waits to be sent something, or it knows none. */
async function serverSide(config: pg.ClientConfig, processId: number): Promise<"WORKS" | "WAITS" | "GONE"> {
  const rows = await askElsewhere(
    config,
    `SELECT state = 'active' AND wait_event_type IS DISTINCT FROM 'Client' FROM pg_stat_activity WHERE pid = $1`,
    processId,
  );
  if (rows.length === 0) return "GONE";
  return rows[0][0] === true ? "WORKS" : "WAITS";
}

/** Its locks and its snapshot go with it. The name keeps it from meeting another that has got the same number. */
export async function endOnServer(config: pg.ClientConfig, processId: number): Promise<void> {
  await askElsewhere(
    config,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE pid = $1 AND application_name = current_setting('application_name')`,
    processId,
  );
}

/** On a connection of its own, since all of a pool may be silent. */
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
