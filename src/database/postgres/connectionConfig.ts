import pg from "pg";

/** A server that has not taken a connection by then is taken for away. */
const connectMilliseconds = 5_000;

/** A connection that is silent for so long asks whether the other side is still there. */
const keepAliveMilliseconds = 10_000;

export interface ConnectionOptions {
  /** Shown in pg_stat_activity, unless the URL names another. */
  applicationName?: string;
  /** Statements that run longer are ended, by the server or, where it is silent, by this side. Default: none are. */
  statementSeconds?: number;
}

/**
 * What every connection of Medoid is opened with. Prisma's adapter writes times without a zone, and means UTC.
 * @param url `postgresql://…`: what its parameters set is kept
 */
export function connectionConfig(url: string, options: ConnectionOptions = {}): pg.ClientConfig {
  const { applicationName = "medoid", statementSeconds } = options;
  const connectionUrl = new URL(url);
  const { searchParams } = connectionUrl;
  searchParams.set("options", `${searchParams.get("options") ?? ""} -c TimeZone=UTC`.trim());
  if (!searchParams.has("application_name")) searchParams.set("application_name", applicationName);
  return {
    connectionString: connectionUrl.href,
    connectionTimeoutMillis: connectMilliseconds,
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
