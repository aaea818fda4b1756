import { readFileSync } from "node:fs";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import { parse } from "pg-connection-string";
import { controlCharacters } from "../../controlCharacters.js";

/**
 * The parts of a `postgresql:` URL. For missing parts node-postgres uses the variables PGHOST, PGUSER, … or
 * its defaults.
 */
export interface ServerAddress {
  host?: string;
  port?: number;
  user?: string;
  password?: string;
  database: string;
  ssl?: boolean | TlsOptions;
  /** Whether TLS begins immediately ("direct") or is negotiated first. */
  sslnegotiation?: "postgres" | "direct";
  applicationName?: string;
  /** Options of the session, in the form of the server's command line: "-c NAME=VALUE". */
  options?: string;
  connectSeconds?: number;
}

type Refuse = (reason: string) => never;

const oneOf = (...values: string[]) => ({
  accepts: (value: string) => values.includes(value),
  expected: values.join(", "),
});
const text = { accepts: (value: string) => value !== "", expected: "not empty" };

/** The parameters that are supported. */
const parameters: Record<string, { accepts(value: string): boolean; expected: string }> = {
  host: text,
  port: { accepts: isPort, expected: "a port" },
  user: text,
  password: { accepts: () => true, expected: "" },
  // Prisma's tools add it to their URLs.
  schema: {
    accepts: (value) => value === "public",
    expected: '"public", where Medoid has its tables: use a database of its own',
  },
  sslmode: oneOf("disable", "prefer", "require", "verify-ca", "verify-full", "no-verify"),
  ssl: oneOf("1", "0"),
  sslcert: { accepts: isReadable, expected: "a file that can be read" },
  sslkey: { accepts: isReadable, expected: "a file that can be read" },
  sslrootcert: { accepts: isReadable, expected: "a file that can be read" },
  sslnegotiation: oneOf("postgres", "direct"),
  uselibpqcompat: oneOf("true", "false"),
  application_name: text,
  connect_timeout: { accepts: (value) => /^\d{1,4}$/.test(value), expected: "a number of seconds" },
  client_encoding: { accepts: (value) => /^utf-?8$/i.test(value), expected: "UTF8" },
  options: {
    accepts: (value) => !/search_path|timezone/i.test(value),
    expected: "without search_path and TimeZone, which Medoid sets",
  },
};

/** Parameters that are passed to node-postgres' own parser. */
const tlsParameters = [
  "sslmode",
  "ssl",
  "sslcert",
  "sslkey",
  "sslrootcert",
  "sslnegotiation",
  "uselibpqcompat",
];

const form = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE";
/**
 * Each of these characters, unescaped, would end the name or the password early and start another part of the
 * URL.
 */
const escaping = 'In a name or password "/" is written %2F, "?" %3F, "#" %23, "@" %40, ":" %3A and "%" %25';

/**
 * Parses the part of the URL after `postgresql:`. Error messages quote nothing that may be part of a
 * password, even of one whose special characters are not escaped.
 * @param refuse throws an error with the given reason
 */
export function readServerUrl(rest: string, refuse: Refuse): ServerAddress {
  // URL would silently drop line breaks and tabs, and a NUL would end the text in PostgreSQL's protocol.
  if (controlCharacters.test(rest) || /%00/.test(rest)) {
    refuse("has a control character, such as a line break.");
  }
  if (/%(?![0-9a-f]{2})/i.test(rest)) {
    refuse(`has a "%" that two hexadecimal digits do not follow. ${escaping}.`);
  }
  const url = URL.canParse(`postgresql:${rest}`) ? new URL(`postgresql:${rest}`) : undefined;
  if (!url) return refuse(`is not a valid URL: ${form}. ${escaping}.`);
  // No valid part after the host contains "@": a password with an unescaped special character has ended too
  // early.
  if (/@/.test(url.pathname + url.search + url.hash)) {
    refuse(`has an "@" after the host: ${form}. ${escaping}.`);
  }
  if (url.hash !== "" || rest.endsWith("#")) refuse(`has a "#". ${escaping}.`);
  const decode = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      return refuse(`has bytes that are not UTF-8, written as %XX. ${escaping}.`);
    }
  };
  const given = readParameters(url.search.slice(1), decode, refuse);
  const host = given.get("host") ?? decode(url.hostname).replace(/^\[(.+)\]$/, "$1");
  if (host.includes(",")) refuse("names several hosts, and Medoid connects to one.");
  const database = decode(url.pathname.slice(1));
  if (database === "") refuse(`names no database: ${form}.`);
  if (url.pathname.slice(1).includes("/")) {
    refuse(`has a "/" in the name of the database: ${form}. ${escaping}.`);
  }
  const port = given.get("port") ?? url.port;
  const connectSeconds = given.get("connect_timeout");
  return {
    host: host || undefined,
    port: port === "" ? undefined : Number(port),
    user: given.get("user") ?? (decode(url.username) || undefined),
    password: given.get("password") ?? (decode(url.password) || undefined),
    database,
    ssl: readTls(given, refuse),
    sslnegotiation: given.get("sslnegotiation") as ServerAddress["sslnegotiation"],
    applicationName: given.get("application_name"),
    options: given.get("options"),
    connectSeconds: connectSeconds === undefined ? undefined : Number(connectSeconds),
  };
}

/** Reads parameters as libpq does: "+" is a plus sign, not a space. */
function readParameters(
  query: string,
  decode: (part: string) => string,
  refuse: Refuse,
): Map<string, string> {
  const pairs = query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const [, name, value] = /^([^=]*)=?(.*)$/s.exec(pair) as RegExpExecArray;
      return [decode(name), decode(value)] as const;
    });
  const given = new Map<string, string>();
  for (const [name, value] of pairs) {
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (!parameter) {
      // The text may be the rest of a password that contains "&".
      const mayBeSecret = given.has("password") || !/^\w{1,40}$/.test(name);
      refuse(
        `has ${mayBeSecret ? "a parameter" : `the parameter ${JSON.stringify(name)}`} that Medoid does not understand. It understands ${Object.keys(parameters).join(", ")}.`,
      );
    } else if (given.has(name)) {
      refuse(`has the parameter ${JSON.stringify(name)} twice.`);
    } else if (!parameter.accepts(value)) {
      refuse(`has the parameter ${JSON.stringify(name)}, which must be ${parameter.expected}.`);
    }
    given.set(name, value);
  }
  return given;
}

function readTls(given: Map<string, string>, refuse: Refuse): ServerAddress["ssl"] {
  const query = tlsParameters
    .filter((name) => given.has(name))
    .map((name) => `${name}=${encodeURIComponent(given.get(name) ?? "")}`);
  if (query.length === 0) return undefined;
  try {
    return parse(`postgresql://host/database?${query.join("&")}`).ssl as ServerAddress["ssl"];
  } catch (error) {
    return refuse(`requests TLS in a way that is not possible: ${(error as Error).message}`);
  }
}

/** @param url that `readServerUrl` accepts */
export function serverUrlWithoutPassword(url: string): string {
  const shown = new URL(url);
  if (shown.password === "" && !shown.searchParams.has("password")) return url;
  shown.password = "";
  shown.searchParams.delete("password");
  return shown.href;
}

function isPort(value: string): boolean {
  return /^\d{1,5}$/.test(value) && Number(value) > 0 && Number(value) < 65_536;
}

function isReadable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}
