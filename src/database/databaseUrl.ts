import { DatabaseUrlError } from "./errors/databaseUrlError.js";
import {
  readServerUrl,
  type ServerAddress,
  serverUrlWithoutPassword,
} from "./postgres/connections/serverUrl.js";
import { readFileUrl } from "./sqlite/fileUrl.js";

export type DatabaseKind = "sqlite" | "postgresql";

export type DatabaseAddress =
  | { kind: "sqlite" /** Absolute. */; path: string }
  | { kind: "postgresql"; server: ServerAddress };

/** What a URL is called that is refused, unless it was given as something else. */
const defaultName = "DATABASE_URL (or --database-url)";

/**
 * The one reading of a database's URL: whatever opens a connection takes its address from here.
 * @param name of what the URL was given as
 * @throws DatabaseUrlError where any part of the URL is not understood
 */
export function readDatabaseUrl(url: string, name = defaultName): DatabaseAddress {
  const [, scheme, rest = ""] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(url) ?? [];
  const refuse = (reason: string): never => {
    throw new DatabaseUrlError(`${name} ${reason}`);
  };
  switch (scheme?.toLowerCase()) {
    case "file":
      return { kind: "sqlite", path: readFileUrl(rest, refuse) };
    case "postgres":
    case "postgresql":
      if (rest.startsWith("//")) return { kind: "postgresql", server: readServerUrl(rest, refuse) };
  }
  return refuse(
    `must start with "file:" and name a file, or with "postgresql://" and name a database${butNot(url, scheme)}.`,
  );
}

/** Only what cannot hold a password: the scheme, or a path that stands alone. */
function butNot(url: string, scheme: string | undefined): string {
  if (scheme) return `, not with ${JSON.stringify(`${scheme}:`)}`;
  return /^[\w./-]*$/.test(url) ? `, not ${JSON.stringify(url)}` : "";
}

/** @throws DatabaseUrlError as `readDatabaseUrl` does */
export function databaseKindOf(url: string, name?: string): DatabaseKind {
  return readDatabaseUrl(url, name).kind;
}

/**
 * The path that a `file:` URL names.
 * @throws DatabaseUrlError where it is another URL
 */
export function sqlitePath(url: string): string {
  const address = readDatabaseUrl(url);
  if (address.kind !== "sqlite") throw new DatabaseUrlError("The database is not a SQLite file.");
  return address.path;
}

/**
 * The server, database and role that a `postgresql:` URL names.
 * @throws DatabaseUrlError where it is another URL
 */
export function serverAddress(url: string): ServerAddress {
  const address = readDatabaseUrl(url);
  if (address.kind !== "postgresql") throw new DatabaseUrlError("The database is not on PostgreSQL.");
  return address.server;
}

/** A URL that can be read, as it may be shown and logged. */
export function withoutPassword(url: string): string {
  return databaseKindOf(url) === "sqlite" ? url : serverUrlWithoutPassword(url);
}
