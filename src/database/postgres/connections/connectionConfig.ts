import pg from "pg";
import { serverAddress } from "../../databaseUrl.js";

/** A server that has not accepted a connection after this time is considered unreachable. */
const connectMilliseconds = 5_000;

/**
 * After this time without traffic, a connection probes whether the other side still exists (TCP keep-alive).
 */
const keepAliveMilliseconds = 10_000;

export interface ConnectionOptions {
  /** The name in pg_stat_activity, unless the URL gives another. */
  applicationName?: string;
  /**
   * Seconds after which a statement is ended, by the server or, if the server does not respond, by this side.
   * Default: no limit.
   */
  statementSeconds?: number;
  /** The schema in which unqualified names are looked up. Default: "public". */
  schema?: string;
}

/**
 * The configuration of every connection that Medoid opens. It sets the time zone, because Prisma's adapter
 * writes times in UTC without a zone, and the schema, because statements written by hand do not qualify the
 * names of tables.
 * @param url `postgresql://…`; its parameters take precedence
 */
export function connectionConfig(url: string, options: ConnectionOptions = {}): pg.ClientConfig {
  const { applicationName = "medoid", statementSeconds, schema = "public" } = options;
  const { connectSeconds, applicationName: givenName, options: givenOptions, ...server } = serverAddress(url);
  const given = Object.fromEntries(Object.entries(server).filter(([, value]) => value !== undefined));
  return {
    ...given,
    application_name: givenName ?? applicationName,
    options: `${givenOptions ?? ""} -c TimeZone=UTC -c search_path=${schema}`.trim(),
    connectionTimeoutMillis: connectSeconds === undefined ? connectMilliseconds : connectSeconds * 1000,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMilliseconds,
    types: nativeTypes,
    ...(statementSeconds && {
      statement_timeout: Math.ceil(statementSeconds * 1000),
      // Later than the server's own limit, so that the server's error arrives first if the server responds.
      query_timeout: Math.ceil(statementSeconds * 1000) + 1_000,
    }),
  };
}

/** 64-bit integers are parsed as bigint, as on SQLite; all other types as pg does by default. */
const nativeTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === pg.types.builtins.INT8 && format !== "binary"
      ? BigInt
      : pg.types.getTypeParser(oid, format as "text")) as typeof pg.types.getTypeParser,
};
