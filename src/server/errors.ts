import type { OutgoingHttpHeaders } from "node:http";
import { GraphQLError } from "graphql";
import type { ErrorCode } from "../resolvers/errors.js";

// Why a request, or an operation of it, is refused: the one place where the server gives errors their codes. Those of
// the domain are in resolvers/errors.ts, and responseError.ts maps whatever was thrown.

/** Why a request is refused: `refuse` responds with it, and asError makes the error that a plugin throws. */
export interface Refusal {
  status: number;
  /** Whether clients that accept application/json alone get the status 200 instead (GraphQL over HTTP). */
  spec?: boolean;
  message: string;
  extensions: { code: ErrorCode; id?: string; [name: string]: unknown };
  headers?: OutgoingHttpHeaders;
}

/** How a refusal differs from the usual one of its code. */
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

/** @param need what needs the scope, such as ", which a mutation needs" */
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
  /** Absent where counting stopped at the limit. */
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

/** @param issues the values that are wrong */
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

/** Of a document that was sent by its id; links of clients recognise the message and send the document as well. */
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

/** @param id by which the server's log has the error */
export function internalError(id: string): Refusal {
  const message = `Internal error. The server's log has it as ${id}.`;
  return { status: 500, message, extensions: { code: "INTERNAL_SERVER_ERROR", id } };
}

/** @param id by which the server's log has the error */
export function databaseUnavailable(message: string, id: string): Refusal {
  return { status: 503, message, extensions: { code: "DATABASE_UNAVAILABLE", id } };
}

/** The error of a whole response, which gives the response its status. */
export function asError({ status, spec, message, extensions, headers }: Refusal): GraphQLError {
  const entries = Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]);
  const http = {
    status,
    ...(spec !== undefined && { spec }),
    ...(headers && { headers: Object.fromEntries(entries) }),
  };
  return new GraphQLError(message, { extensions: { ...extensions, http } });
}

/** The error of one field, or of one operation among several: the others have their data, and the status is 200. */
export function asPartialError({ message, extensions }: Refusal): GraphQLError {
  return new GraphQLError(message, { extensions });
}

/** How to respond with an error alone. */
export function asRefusal({ message, extensions }: GraphQLError): Refusal {
  const { http, ...visible } = extensions as Refusal["extensions"] & { http?: Omit<Special, "spec"> };
  return { status: http?.status ?? 500, message, extensions: visible, headers: http?.headers };
}
