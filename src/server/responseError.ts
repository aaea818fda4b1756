import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { v7 as uuid } from "uuid";
import { asUnavailable, DatabaseUnavailableError } from "../database/errors/databaseUnavailable.js";
import {
  type ErrorCode,
  errorCodes,
  InvalidInputError,
  NotFoundError,
  shortenedMessage,
} from "../resolvers/errors.js";
import { RequestError } from "../resolvers/requestError.js";
import { errorFields } from "../runtime/errorFields.js";
import { databaseUnavailable, internalError } from "./errors.js";
import { isArgumentInvalid } from "./limits/graphqlMessages.js";

/** Receives an internal error of the server, with the id that is sent to the client. */
export type InternalErrorLog = (error: unknown, id: string) => void;

export const logToConsole: InternalErrorLog = (error, id) =>
  console.error(`Internal error ${id}: ${errorFields(error).stack ?? error}`);

/**
 * Converts anything that was thrown into an error of a response; no other code does so. Every error has a
 * code of the ErrorCode enum. An error that the client did not cause is logged, and the client gets only its
 * id, or also the message if the database is unavailable. Messages are shortened to longestMessage, because
 * many repeat what the client sent.
 */
export function responseError(error: unknown, log: InternalErrorLog): GraphQLError {
  const cause = causeOf(error);
  const located = error instanceof GraphQLError ? error : undefined;
  const known = knownExtensions(cause);
  if (known) return withExtensions(located, (cause as Error).message, known);
  if (cause instanceof GraphQLError && isOfTheRequest(cause, located)) {
    const http = httpOf(cause);
    const code: ErrorCode = http?.status === 413 ? "REQUEST_LIMIT" : "INVALID_INPUT";
    return withExtensions(located ?? cause, (located ?? cause).message, { code, ...(http && { http }) });
  }
  const id = uuid();
  log(cause, id);
  const { status, message, extensions } =
    cause instanceof DatabaseUnavailableError ? databaseUnavailable(cause.message, id) : internalError(id);
  return withExtensions(located, message, {
    ...extensions,
    ...(located?.path === undefined && { http: { status } }),
  });
}

/** Formats an error for clients, without its HTTP status. */
export function formattedError(error: GraphQLError): GraphQLFormattedError {
  const { extensions, ...rest } = error.toJSON();
  const { http: _, ...shown } = extensions ?? {};
  return { ...rest, extensions: shown };
}

function causeOf(error: unknown): unknown {
  const cause = deepestCause(error);
  // The messages of these repeat what the client sent, which may look like a database's error.
  return cause instanceof GraphQLError || cause instanceof RequestError ? cause : asUnavailable(cause);
}

function deepestCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}

function knownExtensions(cause: unknown): (Record<string, unknown> & { code: ErrorCode }) | null {
  if (cause instanceof RequestError) {
    const { error } = cause;
    return {
      code: error.code,
      ...(error instanceof InvalidInputError && { issues: error.issues }),
      ...(error instanceof NotFoundError && { requestedId: error.requestedId }),
    };
  }
  if (cause instanceof GraphQLError && errorCodes.includes(cause.extensions.code as ErrorCode)) {
    return cause.extensions as { code: ErrorCode };
  }
  return null;
}

/**
 * Whether GraphQL refused the request because of its syntax, its document or its variables. An error during
 * execution has a path, and is the server's fault unless the value of a variable made an argument invalid.
 */
function isOfTheRequest(cause: GraphQLError, located: GraphQLError | undefined): boolean {
  return (located ?? cause).path === undefined || isArgumentInvalid(cause);
}

/**
 * The HTTP status that Yoga sets. A request that is not a GraphQL request is refused with it regardless of
 * what the client accepts; for an invalid GraphQL request, clients of application/json expect 200.
 */
function httpOf({ extensions }: GraphQLError): { status?: number; spec?: boolean } | undefined {
  const { http, code } = extensions as { http?: { status?: number; spec?: boolean }; code?: string };
  return http && code === "BAD_REQUEST" ? { ...http, spec: false } : http;
}

function withExtensions(
  located: GraphQLError | undefined,
  message: string,
  extensions: Record<string, unknown>,
): GraphQLError {
  const { nodes, source, positions, path } = located ?? {};
  return new GraphQLError(shortenedMessage(message), { nodes, source, positions, path, extensions });
}
