import { DatabaseUrlError } from "./errors/databaseUrlError.js";
import {
  readServerUrl,
  type ServerAddress,
  serverUrlWithoutPassword,
} from "./postgres/connections/serverUrl.js";
import { readFilePath, readFileUrl } from "./sqlite/fileUrl.js";

export type DatabaseKind = "sqlite" | "postgresql";

export type DatabaseAddress =
  | { kind: "sqlite" /** Absolute path. */; path: string }
  | { kind: "postgresql"; server: ServerAddress };

/** The name of the setting in the message that refuses its URL, unless the caller gives another. */
const defaultName = "DATABASE_URL (or --database-url)";

/**
 * Parses a database's URL, or the path of a SQLite file. Everything that opens a connection takes its address from
 * here.
 * @param name the setting or option that the URL was given as, for messages
 * @throws DatabaseUrlError if any part of the URL is not understood
 */
export function readDatabaseUrl(url: string, name = defaultName): DatabaseAddress {
  const [, scheme, rest = ""] = isDrivePath(url) ? [] : (/^([a-z][a-z0-9+.-]*):(.*)$/is.exec(url) ?? []);
  const refuse = (reason: string): never => {
    throw new DatabaseUrlError(`${name} ${reason}`);
  };
  switch (scheme?.toLowerCase()) {
    case "file":
      return { kind: "sqlite", path: readFileUrl(rest, refuse) };
    case "postgres":
    case "postgresql":
      if (rest.startsWith("//")) return { kind: "postgresql", server: readServerUrl(rest, refuse) };
      break;
    case undefined:
      if (isPath(url)) return { kind: "sqlite", path: readFilePath(url, refuse) };
  }
  return refuse(
    `must be the path of a file, start with "file:" and name a file, or start with "postgresql://" and name a database${butNot(url, scheme)}.`,
  );
}

/** Whether a text without a scheme is a path, and not a URL whose beginning is wrong, which may have a password. */
function isPath(text: string): boolean {
  return text !== "" && !text.startsWith(":") && !/@|:\/\/|^\/\/|\bpassword=/i.test(text);
}

function isDrivePath(text: string): boolean {
  return process.platform === "win32" && /^[a-z]:[\\/]/i.test(text);
}

/** Quotes only what cannot contain a password. */
function butNot(url: string, scheme: string | undefined): string {
  if (scheme) return `, not with ${JSON.stringify(`${scheme}:`)}`;
  return url === "" || url.startsWith(":memory:") ? `, not ${JSON.stringify(url)}` : "";
}

/** @throws DatabaseUrlError as `readDatabaseUrl` does */
export function databaseKindOf(url: string, name?: string): DatabaseKind {
  return readDatabaseUrl(url, name).kind;
}

/**
 * The path of the SQLite file that a URL or path names.
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
