import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { MIMEType } from "node:util";
import type { GraphQLError } from "graphql";
import type { GraphQLParams, Plugin } from "graphql-yoga";
import { quotedValue, shortenedQuotation } from "../resolvers/errors.js";
import { decodeUtf8 } from "../runtime/utf8.js";
import { asError, invalidRequest } from "./errors.js";
import type { LimitJson } from "./limits/jsonSize.js";

/** The format in which a request's body is read. */
export type BodyFormat = keyof typeof readers;

const formats: Record<string, BodyFormat> = {
  "application/json": "json",
  "application/graphql+json": "json",
  "application/x-www-form-urlencoded": "form",
};

/**
 * Determines the format of a POST request's body from its headers.
 * @throws GraphQLError (415) if the media type, the charset or the content encoding is not supported
 */
export function bodyFormat(headers: IncomingHttpHeaders): BodyFormat {
  const type = mediaType(headers["content-type"]);
  const format = formats[type?.essence ?? ""];
  if (!format) {
    throw unsupported("A POST request's body is read as JSON, with the Content-Type application/json.");
  }
  const charset = type?.params.get("charset");
  if (charset != null && !/^utf-?8$/i.test(charset)) {
    throw unsupported(
      `A body is read as UTF-8; the Content-Type has the charset ${quotedValue(charset)}. Encode it anew.`,
    );
  }
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && !/^\s*(identity)?\s*$/i.test(encoding)) {
    throw unsupported(
      `A body is read as it is, not compressed; the Content-Encoding is ${quotedValue(encoding)}.`,
      { "Accept-Encoding": "identity" },
    );
  }
  return format;
}

/**
 * Maximum length of a Content-Type in characters: Node takes time quadratic in its white space to parse one.
 */
const longestMediaType = 255;

/**
 * Parses a Content-Type as browsers do.
 * @returns null if the header is not a media type, or is longer than `longestMediaType`
 */
export function mediaType(header = ""): MIMEType | null {
  if (header.length > longestMediaType) return null;
  try {
    return new MIMEType(header);
  } catch {
    return null;
  }
}

interface ServerContext {
  req: IncomingMessage;
  /** Null if the method is not POST. */
  body: Buffer | null;
  format: BodyFormat | null;
}

/** Reads the parameters of a request and checks their types. Unknown parameters are ignored. */
export function readParameters(limitJson: LimitJson): Plugin<object, ServerContext> {
  return {
    onRequestParse({ setRequestParser, serverContext: { req, body, format } }) {
      setRequestParser(() =>
        body && format
          ? readers[format](body, limitJson)
          : readForm(Buffer.from(queryOf(req.url), "latin1"), "URL", limitJson),
      );
    },
  };
}

const readers = {
  json(body: Buffer, limitJson: LimitJson) {
    const text = readUtf8(body, "body");
    limitJson(body, /^\s*\[/.test(text) ? 2 : 1);
    let given: unknown;
    try {
      given = JSON.parse(text);
    } catch (error) {
      throw malformed(`The body is not JSON: ${(error as Error).message}`);
    }
    if (!Array.isArray(given)) return parametersOf(given);
    if (given.length === 0) throw malformed("The body is an empty list; it must hold an operation.");
    return given.map((each, n) => parametersOf(each, [String(n)]));
  },
  form: (body: Buffer, limitJson: LimitJson) => readForm(body, "body", limitJson),
};

const types: Record<string, "string" | "object"> = {
  query: "string",
  documentId: "string",
  operationName: "string",
  variables: "object",
  extensions: "object",
};

/**
 * Takes the parameters of an operation from the parsed JSON of a request, and checks their types.
 * @param path the place of the parameters in the request, which errors name
 * @throws GraphQLError (400) that names the first invalid parameter
 */
export function parametersOf(given: unknown, path: string[] = []): GraphQLParams {
  if (!isObject(given)) {
    throw wrongType(path, "a request must be a JSON object", given);
  }
  const parameters: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(types)) {
    const value = Object.hasOwn(given, name) ? given[name] : null;
    if (value === null) continue;
    if (type === "string" && typeof value !== "string") {
      throw wrongType([...path, name], "must be a string", value);
    }
    if (type === "object" && !isObject(value)) {
      throw wrongType([...path, name], "must be a JSON object", value);
    }
    // Clients send an empty string for an absent parameter: graphql-ws sends an empty query beside a
    // document's id.
    if (value === "" && name !== "documentId") continue;
    if (value === "") throw wrongType([...path, name], "must not be empty", value);
    parameters[name] = value;
  }
  if ("query" in parameters && "documentId" in parameters) throw twoDocuments(path, parameters);
  const { persistedQuery } = (parameters.extensions ?? {}) as { persistedQuery?: unknown };
  const placeOfPersisted = [...path, "extensions", "persistedQuery"];
  if (persistedQuery != null && !isObject(persistedQuery)) {
    throw wrongType(placeOfPersisted, "must be a JSON object", persistedQuery);
  }
  const hash = persistedQuery?.sha256Hash;
  if (hash != null && typeof hash !== "string") {
    throw wrongType([...placeOfPersisted, "sha256Hash"], "must be a string", hash);
  }
  return parameters as GraphQLParams;
}

function twoDocuments(path: string[], parameters: Record<string, unknown>): GraphQLError {
  const message = "Send either query or documentId, not both.";
  const issues = ["query", "documentId"].map((name) => ({
    path: [...path, name],
    message,
    value: quotedValue(parameters[name]),
  }));
  const [query, documentId] = issues.map(({ value }) => value);
  return malformed(
    `Send either query or documentId, not both; they were ${query} and ${documentId}.`,
    issues,
  );
}

/**
 * Reads parameters in the encoding of HTML forms. Parameters that are objects are written as JSON; an empty
 * one counts as absent.
 * @param where the part of the request that holds the parameters, which errors name
 */
function readForm(bytes: Buffer, where: string, limitJson: LimitJson): GraphQLParams {
  const parameters: Record<string, unknown> = {};
  for (const pair of bytes.toString("latin1").split("&")) {
    const end = pair.indexOf("=");
    const [encodedName, encodedValue] = end < 0 ? [pair, ""] : [pair.slice(0, end), pair.slice(end + 1)];
    const name = readUtf8(percentDecoded(encodedName), where);
    const value = readUtf8(percentDecoded(encodedValue), where, name);
    if (!Object.hasOwn(types, name) || (types[name] === "object" && value === "")) continue;
    if (Object.hasOwn(parameters, name)) {
      throw malformed(`${name}: must be given once; the ${where} has it several times.`);
    }
    if (types[name] === "object") limitJson(Buffer.from(value), 0);
    try {
      parameters[name] = types[name] === "object" ? JSON.parse(value) : value;
    } catch {
      throw wrongType([name], "must be a JSON object", value);
    }
  }
  return parametersOf(parameters);
}

const queryOf = (target = "") => target.slice(target.indexOf("?") + 1 || target.length);

/**
 * Decodes a name or value of a form into bytes. Each character of the text stands for one byte (Latin-1). A
 * "%" without two hex digits after it is left unchanged.
 */
function percentDecoded(text: string): Buffer {
  return Buffer.from(
    text
      .replace(/\+/g, " ")
      .replace(/%([0-9a-f]{2})/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16))),
    "latin1",
  );
}

/** @param name the parameter whose value the bytes are, if they are one's */
function readUtf8(bytes: Buffer, where: string, name?: string): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    const { message } = error as RangeError;
    if (name === undefined) throw malformed(`The ${where} is not UTF-8: ${message}`);
    const value = quotedValue(bytes.toString("latin1"));
    const what = `${message.replace(/\.$/, "")}, in the value of ${shortenedQuotation(name)}; it was ${value}, read as Latin-1.`;
    throw malformed(`The ${where} is not UTF-8: ${what}`, [
      { path: [name], message: "is not UTF-8.", value },
    ]);
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrongType(path: string[], message: string, given: unknown): GraphQLError {
  // The value may be nested so deep that serialising it as JSON would exhaust the stack.
  const value = Array.isArray(given) ? "[…]" : isObject(given) ? "{…}" : quotedValue(given);
  const where = path.length > 0 ? `${path.join(".")}: ` : "";
  return malformed(`${where}${message}; it was ${value}.`, [{ path, message: `${message}.`, value }]);
}

/**
 * Makes the error for a request that is not a GraphQL request. Its status does not depend on what the client
 * accepts.
 */
const malformed = (message: string, issues?: object[]) => asError(invalidRequest(message, { issues }));

const unsupported = (message: string, headers?: Record<string, string>) =>
  asError(invalidRequest(message, { status: 415, headers }));
