import type { OutgoingHttpHeaders } from "node:http";
import { GraphQLError } from "graphql";
import type { ErrorCode } from "../resolvers/errors.js";

// The reasons for which a request, or one of its operations, is refused. Only here does the server assign
// codes to errors. The errors of the domain are in resolvers/errors.ts, and responseError.ts finds the code
// of everything that was thrown.

/**
 * The reason for which a request is refused. `refuse` responds with it, and `asError` makes it an error that
 * a plugin can throw.
 */
export interface Refusal {
  status: number;
  /** Whether clients that accept only application/json get the status 200 instead (GraphQL over HTTP). */
  spec?: boolean;
  message: string;
  extensions: { code: ErrorCode; id?: string; [name: string]: unknown };
  headers?: OutgoingHttpHeaders;
}

/** Properties in which a refusal differs from the default of its code. */
type Special = Partial<Pick<Refusal, "status" | "spec" | "headers">>;

export function unauthenticated(): Refusal {
  return {
    status: 401,
    message: "A valid API key is needed: send the header Authorization: Bearer KEY.",
    extensions: { code: "UNAUTHENTICATED" },
    headers: { "WWW-Authenticate": 'Bearer realm="Medoid"' },
  };
}

export function forbidden(message: string): Refusal {
  return { status: 403, message, extensions: { code: "FORBIDDEN" } };
}

/** @param need a clause that says what requires the scope, such as ", which a mutation needs" */
export function missingScope(scope: string, need = ""): Refusal {
  return forbidden(`The API key does not have the scope ${scope}${need}.`);
}

export function rateLimited(retryAfterSeconds: number): Refusal {
  return {
    status: 429,
    message: `Too much was asked for in too short a time. Come back in ${retryAfterSeconds} s.`,
    extensions: { code: "RATE_LIMITED", retryAfterSeconds },
    headers: { "Retry-After": retryAfterSeconds },
  };
}

export interface LimitExceeded {
  /** The name of the limit. */
  limit: string;
  maximum: number;
  /** Absent if counting stopped at the limit. */
  actual?: number;
  message: string;
}

export function limitExceeded(exceeded: LimitExceeded, special: Special = {}): Refusal {
  const { limit, maximum, actual, message } = exceeded;
  const extensions = {
    code: "REQUEST_LIMIT" as const,
    limit,
    maximum,
    ...(actual !== undefined && { actual }),
  };
  return { status: 400, message, extensions, ...special };
}

/** @param issues the invalid values, each with its path in the request */
export function invalidRequest(
  message: string,
  { issues, ...special }: Special & { issues?: object[] } = {},
): Refusal {
  return {
    status: 400,
    message,
    extensions: { code: "INVALID_INPUT", ...(issues && { issues }) },
    ...special,
  };
}

/**
 * The error for a document that was requested by its id alone. The links of Apollo and urql recognise the
 * message, and then send the document as well.
 * @param isSupported whether the server knows any documents by their ids
 */
export function persistedQueryMissing(isSupported: boolean): Refusal {
  const status = 400;
  return isSupported
    ? {
        status,
        spec: true,
        message: "PersistedQueryNotFound",
        extensions: { code: "PERSISTED_QUERY_NOT_FOUND" },
      }
    : {
        status,
        spec: true,
        message: "PersistedQueryNotSupported",
        extensions: { code: "PERSISTED_QUERY_NOT_SUPPORTED" },
      };
}

export function serverStops(): Refusal {
  return {
    status: 503,
    message: "The server stops. Connect again.",
    extensions: { code: "INTERNAL_SERVER_ERROR" },
  };
}

/** @param id the id of the error in the server's log */
export function internalError(id: string): Refusal {
  const message = `Internal error. The server's log has it as ${id}.`;
  return { status: 500, message, extensions: { code: "INTERNAL_SERVER_ERROR", id } };
}

/** @param id the id of the error in the server's log */
export function databaseUnavailable(message: string, id: string): Refusal {
  return { status: 503, message, extensions: { code: "DATABASE_UNAVAILABLE", id } };
}

/** Makes an error that refuses the whole request and sets the status of the response. */
export function asError({ status, spec, message, extensions, headers }: Refusal): GraphQLError {
  const entries = Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]);
  const http = {
    status,
    ...(spec !== undefined && { spec }),
    ...(headers && { headers: Object.fromEntries(entries) }),
  };
  return new GraphQLError(message, { extensions: { ...extensions, http } });
}

/**
 * Makes an error of one field, or of one operation in a list. The others still return their data, and the
 * status is 200.
 */
export function asPartialError({ message, extensions }: Refusal): GraphQLError {
  return new GraphQLError(message, { extensions });
}

/** Makes the refusal that responds with this error alone. The status is 500 if the error sets none. */
export function asRefusal({ message, extensions }: GraphQLError): Refusal {
  const { http, ...visible } = extensions as Refusal["extensions"] & { http?: Omit<Special, "spec"> };
  return { status: http?.status ?? 500, message, extensions: visible, headers: http?.headers };
}
