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

/** Takes what went wrong inside the server, with the id that the client was given. */
export type InternalErrorLog = (error: unknown, id: string) => void;

export const logToConsole: InternalErrorLog = (error, id) =>
  console.error(`Internal error ${id}: ${errorFields(error).stack ?? error}`);

/**
 * The one place where anything that was thrown becomes an error of a response. Every error has a code of the
 * ErrorCode enum; one that is not the client's is logged, and told by an id alone unless it is that the database
 * cannot be used now. No message is longer than longestMessage: many repeat what was sent.
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

/** An error as clients see it: without the status that HTTP answers it with. */
export function formattedError(error: GraphQLError): GraphQLFormattedError {
  const { extensions, ...rest } = error.toJSON();
  const { http: _, ...told } = extensions ?? {};
  return { ...rest, extensions: told };
}

function causeOf(error: unknown): unknown {
  const cause = deepestCause(error);
  // These repeat what was sent, whose words may be those of a database.
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
 * Whether GraphQL itself refused the request: its syntax, its document, its variables. An error of execution has a
 * path, and is the server's fault but for an argument that only its variable made invalid.
 */
function isOfTheRequest(cause: GraphQLError, located: GraphQLError | undefined): boolean {
  return (located ?? cause).path === undefined || isArgumentInvalid(cause);
}

/**
 * The status that Yoga asks for. What is not even a GraphQL request is refused with it whatever the client accepts;
 * of a GraphQL request that is wrong, clients of application/json expect 200.
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
