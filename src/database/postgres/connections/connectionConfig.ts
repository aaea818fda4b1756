import pg from "pg";
import { serverAddress } from "../../databaseUrl.js";

/** A server that has not taken a connection by then is taken for away. */
const connectMilliseconds = 5_000;

/** A connection that is silent for so long asks whether the other side is still there. */
const keepAliveMilliseconds = 10_000;

export interface ConnectionOptions {
  /** Shown in pg_stat_activity, unless the URL names another. */
  applicationName?: string;
  /** Statements that run longer are ended, by the server or, where it is silent, by this side. Default: none are. */
  statementSeconds?: number;
  /** Where names without a schema are looked up. Default: "public". */
  schema?: string;
}

/**
 * What every connection of Medoid is opened with. Prisma's adapter writes times without a zone, and means UTC; and it
 * names the schema of each table, which statements written by hand do not.
 * @param url `postgresql://…`: what its parameters set is kept
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
      // The server's word comes first, where it can be heard.
      query_timeout: Math.ceil(statementSeconds * 1000) + 1_000,
    }),
  };
}

/** 64-bit integers come as bigint, as they do from SQLite; all else as pg gives it. */
const nativeTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === pg.types.builtins.INT8 && format !== "binary"
      ? BigInt
      : pg.types.getTypeParser(oid, format as "text")) as typeof pg.types.getTypeParser,
};
