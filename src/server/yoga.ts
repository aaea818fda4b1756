import type { IncomingMessage, ServerResponse } from "node:http";
import type { ExecutionResult } from "graphql";
import { createYoga, type GraphQLParams, type Plugin } from "graphql-yoga";
import { createContext } from "../schema/context.js";
import { schema } from "../schema/index.js";
import type { Admitted } from "./access/admitted.js";
import { isStillAllowed } from "./access/authenticate.js";
import { imageUrlPeriod } from "./access/imageUrls.js";
import { withoutIntrospection } from "./access/introspection.js";
import { limitRate } from "./access/rateLimit.js";
import { requireScopes } from "./access/requireScopes.js";
import { withoutSuggestions } from "./access/suggestions.js";
import { readTrustedDocuments, trustDocuments } from "./access/trustedDocuments.js";
import { compileQueries } from "./cache/compiledQueries.js";
import { documentCache } from "./cache/documentCache.js";
import { createResponseCache, type ResponseCache } from "./cache/responseCache.js";
import { requireChosenOperation } from "./chosenOperation.js";
import { compressResponses, type SentBody } from "./contentEncoding.js";
import { requireEventStream, streamThroughProxies } from "./contentNegotiation.js";
import { executeByGraphql } from "./execution.js";
import { limitBatch } from "./limits/batch.js";
import { limitLongBodies } from "./limits/bodySize.js";
import { limitComplexity } from "./limits/complexity.js";
import { limitDocuments } from "./limits/documentLimits.js";
import { limitRequestTime } from "./limits/requestTime.js";
import { ResponseSize, tellTooLargeOnce } from "./limits/responseSize.js";
import { limitTokens } from "./limits/tokens.js";
import { limitValidation } from "./limits/validation.js";
import { recordOperation } from "./observability/recordOperation.js";
import { type BodyFormat, readParameters } from "./requestParameters.js";
import type { RequestRecord } from "./requestRecord.js";
import { type InternalErrorLog, responseError } from "./responseError.js";
import { servedSchema } from "./servedSchema.js";
import type { ServerParts } from "./serverParts.js";

/** What the plugins know of an operation, however it came. */
interface OperationContext extends Admitted {
  /** The request that brought the operation, or that opened the WebSocket it came by. */
  req: IncomingMessage;
  record: RequestRecord;
}

/** What the plugins know of an operation that came by a request of its own. */
interface RequestContext extends OperationContext {
  /** Absent where the operation came by a WebSocket. */
  res?: ServerResponse;
  /** Null: the request is no POST. */
  body: Buffer | null;
  format: BodyFormat | null;
  /** The response's body, where it is compressed. */
  sent?: SentBody;
}

export interface GraphqlHandler {
  readonly responseCache: ResponseCache;
  /** Responds to a request that was admitted and whose body was read. */
  respond(
    request: IncomingMessage,
    response: ServerResponse,
    context: Omit<RequestContext, "req" | "res">,
  ): Promise<void>;
  /**
   * Does all that `respond` does except for reading a request and writing its response, so that a WebSocket's
   * operations meet the same plugins.
   * @param signal aborts when nobody waits for the result any more
   */
  execute(
    params: GraphQLParams,
    context: OperationContext,
    signal: AbortSignal,
  ): Promise<ExecutionResult | AsyncIterable<ExecutionResult>>;
}

export interface GraphqlHandlerOptions {
  /** Aborts when the server stops. */
  stopping: AbortSignal;
  /** Traces operations. Default: none. */
  tracing?: Plugin;
}

/** GraphQL over HTTP, by GraphQL Yoga. */
export function createGraphqlHandler(
  parts: ServerParts,
  { stopping, tracing }: GraphqlHandlerOptions,
): GraphqlHandler {
  const { app, log, exceeded, keyring, baseUrlOf, imageUrls } = parts;
  const { settings } = app;
  const responseCache = createResponseCache(app.database.version, {
    bytes: settings.responseCacheBytes,
    varyBy: (request) =>
      [
        baseUrlOf(request),
        request.headers.authorization,
        imageUrlPeriod(settings.imageUrlSeconds), // no cached response has image addresses that have expired since
      ].join(" "),
  });
  const yoga = createYoga<RequestContext>({
    schema: servedSchema(),
    graphqlEndpoint: "/graphql",
    context: async ({ req, requester, record }) =>
      createContext(app, {
        caller: requester.id,
        baseUrl: baseUrlOf(req),
        imageSignature: (await imageUrls())?.sign,
        stopping,
        isStillAllowed: () => isStillAllowed(keyring, requester, settings.requireKeys),
        responseBudget: new ResponseSize(settings.limitAnswerBytes, exceeded),
        noteError: (code) => record.errors.push({ code }),
      }),
    maskedErrors: { maskError: (error) => responseError(error, log) },
    plugins: [tracing ?? {}, ...plugins(parts, responseCache)],
    parserAndValidationCache: documentCache(),
    maxRequestBodySize: false, // readBody limits it
    batching: settings.limitBatch > 1 && { limit: settings.limitBatch },
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    logging: false, // responseError logs
  });
  return {
    responseCache,
    respond: async (request, response, context) => {
      await yoga(request, response, context as never);
    },
    async execute(params, context, signal) {
      const request = new yoga.fetchAPI.Request("http://localhost/graphql", { method: "POST", signal });
      return (await yoga.getResultForParams({ params, request }, context as never)) ?? {};
    },
  };
}

/** In the order in which a request meets them. */
function plugins({ app, log, rejections, exceeded, limitJson }: ServerParts, responseCache: ResponseCache) {
  const { settings } = app;
  const documents = settings.documents === null ? null : readTrustedDocuments(settings.documents, schema);
  return [
    executeByGraphql(),
    recordOperation(),
    readParameters(limitJson),
    limitLongBodies(settings.limitBodyBytes, exceeded),
    limitBatch(settings.limitBatch, exceeded),
    trustDocuments(documents, settings.documentsOnly),
    limitTokens(settings.limitTokens, exceeded),
    requireChosenOperation(),
    limitDocuments(settings, exceeded),
    limitValidation(exceeded),
    !settings.introspection && withoutIntrospection(rejections),
    withoutSuggestions(),
    validationErrors(log),
    requireEventStream(),
    requireScopes(rejections),
    limitComplexity(settings.limitCost, exceeded),
    tellTooLargeOnce(),
    compileQueries(),
    limitRate(rejections),
    limitRequestTime(settings.limitSeconds, exceeded),
    responseCache.plugin,
    compressResponses(),
    responseCache.keepSent,
    streamThroughProxies(),
  ];
}

/** Yoga masks the errors of execution, but not those of validation, which get their codes here. */
function validationErrors(log: InternalErrorLog): Plugin {
  return {
    onValidate: () => (validated) => {
      if (!validated.valid) {
        validated.setResult(
          validated.result.map((error) => {
            const coded = responseError(error, log);
            coded.extensions.http = { spec: true, status: 400 };
            return coded;
          }),
        );
      }
    },
  };
}
