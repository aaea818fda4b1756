import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLError,
  parse,
  subscribe,
  validate,
} from "graphql";
import type { App } from "../app.js";
import { createContext } from "../schema/context.js";
import { schema } from "../schema/index.js";
import { createKeyring } from "./access/keyring.js";
import { signedUrlsOf } from "./access/signedUrls.js";
import { formattedError, type InternalErrorLog, logToConsole, responseError } from "./responseError.js";

export interface Operation {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
  /**
   * Prefix of images' addresses, without a slash at the end. If it is given and the database has API keys,
   * the addresses are signed. Default: unsigned paths.
   */
  baseUrl?: string;
  /** Receives internal errors. Default: the console. */
  log?: InternalErrorLog;
}

/** The response that a server would send, as plain JSON values. */
export interface OperationResult<Data = Record<string, unknown>> {
  data: Data | null;
  errors?: { message: string; path?: (string | number)[]; extensions: { code: string } }[];
}

/** Executes a query or a mutation without a server, so that the command line is a client of the schema. */
export async function executeInProcess<Data = Record<string, unknown>>(
  app: App,
  operation: Operation,
): Promise<OperationResult<Data>> {
  const prepared = await prepare(app, operation);
  return plain<Data>("errors" in prepared ? prepared : await execute(prepared.args), operation);
}

/**
 * Executes a subscription without a server and yields one result per event. The subscription ends when the
 * consumer leaves its loop or `signal` aborts.
 */
export async function* subscribeInProcess<Data = Record<string, unknown>>(
  app: App,
  operation: Operation & { signal?: AbortSignal },
): AsyncGenerator<OperationResult<Data>, void, void> {
  const prepared = await prepare(app, operation, operation.signal);
  const results = "errors" in prepared ? prepared : await subscribe(prepared.args);
  if (!(Symbol.asyncIterator in results)) {
    yield plain<Data>(results, operation);
    return;
  }
  for await (const result of results) yield plain<Data>(result, operation);
}

async function prepare(app: App, operation: Operation, stopping?: AbortSignal) {
  let document: DocumentNode;
  try {
    document = parse(operation.query);
  } catch (error) {
    return { errors: [error as GraphQLError] };
  }
  const errors = validate(schema, document);
  if (errors.length > 0) return { errors };
  const { baseUrl } = operation;
  const { database, settings } = app;
  const signedUrls =
    baseUrl === undefined
      ? null
      : await signedUrlsOf(createKeyring(database.prisma), settings.imageUrlSeconds);
  return {
    args: {
      schema,
      document,
      operationName: operation.operationName,
      variableValues: operation.variables,
      contextValue: createContext(app, {
        caller: "",
        baseUrl: baseUrl ?? "",
        sign: signedUrls?.sign,
        stopping,
      }),
    },
  };
}

/**
 * Converts a result to JSON and back, as HTTP does: scalars get their serialised form, and objects a
 * prototype.
 */
function plain<Data>(result: ExecutionResult, { log = logToConsole }: Operation): OperationResult<Data> {
  const errors = result.errors?.map((error) => {
    const { message, path, extensions } = formattedError(responseError(error, log));
    return { message, path, extensions };
  });
  return JSON.parse(JSON.stringify({ data: result.data ?? null, ...(errors && { errors }) }));
}
