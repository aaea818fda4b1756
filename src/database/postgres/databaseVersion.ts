import pg from "pg";
import type { DatabaseVersion } from "../database.js";
import { connectionConfig } from "./connections/connectionConfig.js";

/** Seconds after which a database that has not responded has no known version. */
const longestSeconds = 2;

/**
 * The version is a snapshot: it names the transactions that have ended and those that are running, so that
 * any commit of any connection changes it as soon as others can see the committed rows. Snapshots taken
 * before a crash of the server, or on another server, are not comparable. The version therefore includes the
 * number of the connection, which survives neither.
 */
export function openDatabaseVersion(url: string): DatabaseVersion {
  const config = connectionConfig(url, {
    applicationName: "medoid version",
    statementSeconds: longestSeconds,
  });
  let connection: Promise<{ client: pg.Client; number: number }> | undefined;
  let connections = 0;
  let closed = false;

  function connect(): Promise<{ client: pg.Client; number: number }> {
    if (closed) return Promise.reject(new Error("The database is closed."));
    if (connection) return connection;
    const client = new pg.Client(config);
    const connecting = client.connect().then(() => ({ client, number: ++connections }));
    connection = connecting;
    const drop = () => {
      if (connection === connecting) connection = undefined;
    };
    client.on("error", drop);
    client.on("end", drop);
    connecting.catch(drop);
    return connecting;
  }

  let last: Promise<unknown> = Promise.resolve();
  /**
   * Runs one query at a time, because there is one connection. @returns null if the database cannot be
   * queried now
   */
  function ask<T>(use: (client: pg.Client, number: number) => Promise<T>): Promise<T | null> {
    const answer = last.then(() => askNow(use));
    last = answer;
    return answer;
  }

  async function askNow<T>(use: (client: pg.Client, number: number) => Promise<T>): Promise<T | null> {
    const connecting = connect();
    try {
      const { client, number } = await connecting;
      return await use(client, number);
    } catch {
      // After any error the connection is discarded, and the next query opens a new one.
      if (connection === connecting) connection = undefined;
      connecting.then(({ client }) => client.end()).catch(() => {});
      return null;
    }
  }

  const snapshot = () =>
    ask(async (client, number) => {
      const { rows } = await client.query<{ snapshot: string }>({
        name: "snapshot",
        text: `SELECT pg_current_snapshot()::text AS "snapshot"`,
      });
      return `${number} ${rows[0].snapshot}`;
    });

  // Calls during a running query share the next query: each gets a snapshot that was taken after the call.
  let running: Promise<string | null> | undefined;
  let next: Promise<string | null> | undefined;
  function current(): Promise<string | null> {
    if (!running) {
      running = snapshot().finally(() => {
        running = undefined;
      });
      return running;
    }
    next ??= running.then(() => {
      next = undefined;
      return current();
    });
    return next;
  }

  return {
    current,
    async annotationsOf(rows) {
      const found = await ask(async (client) => {
        const { rows: revisions } = await client.query<{ revision: number | null }>({
          name: "revisions",
          text: `
            SELECT CASE WHEN r."id" IS NULL THEN NULL ELSE coalesce(a."revision", 0) END AS "revision"
            FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS shown("type", "id", "place")
            LEFT JOIN "Cluster" c ON shown."type" = 'Cluster' AND c."id" = shown."id"
            LEFT JOIN "ClusteringResult" r
              ON r."id" = CASE shown."type" WHEN 'Cluster' THEN c."clusteringResultId" ELSE shown."id" END
              AND r."status" = 'SUCCEEDED'
            LEFT JOIN "ClusteringResultAnnotation" a ON a."id" = r."id"
            ORDER BY shown."place"`,
          values: [rows.map(({ type }) => type), rows.map(({ uuid }) => uuid)],
        });
        return revisions.map(({ revision }) => revision);
      });
      return found === null || found.includes(null) ? null : found.join(" ");
    },
    async close() {
      closed = true;
      await connection?.then(({ client }) => client.end()).catch(() => {});
    },
  };
}
