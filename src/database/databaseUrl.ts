import { DatabaseUrlError } from "./errors/databaseUrlError.js";
import {
  readServerUrl,
  type ServerAddress,
  serverUrlWithoutPassword,
} from "./postgres/connections/serverUrl.js";
import { readFileUrl } from "./sqlite/fileUrl.js";

export type DatabaseKind = "sqlite" | "postgresql";

export type DatabaseAddress =
  | { kind: "sqlite" /** Absolute path. */; path: string }
  | { kind: "postgresql"; server: ServerAddress };

/** The name of the setting in the message that refuses its URL, unless the caller gives another. */
const defaultName = "DATABASE_URL (or --database-url)";

/**
 * Parses a database's URL. Everything that opens a connection takes its address from here.
 * @param name the setting or option that the URL was given as, for messages
 * @throws DatabaseUrlError if any part of the URL is not understood
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

/** Quotes only what cannot contain a password: the scheme, or a path without one. */
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
 * @throws DatabaseUrlError if the URL names no file
 */
export function sqlitePath(url: string): string {
  const address = readDatabaseUrl(url);
  if (address.kind !== "sqlite") throw new DatabaseUrlError("The database is not a SQLite file.");
  return address.path;
}

/**
 * The server, database and role that a `postgresql:` URL names.
 * @throws DatabaseUrlError if the URL names no PostgreSQL database
 */
export function serverAddress(url: string): ServerAddress {
  const address = readDatabaseUrl(url);
  if (address.kind !== "postgresql") throw new DatabaseUrlError("The database is not on PostgreSQL.");
  return address.server;
}

/** A valid URL without its password, as it may be shown and logged. */
export function withoutPassword(url: string): string {
  return databaseKindOf(url) === "sqlite" ? url : serverUrlWithoutPassword(url);
}
