import type { IncomingMessage, ServerResponse } from "node:http";
import type { ExecutionResult } from "graphql";
import { createYoga, type GraphQLParams, type Plugin } from "graphql-yoga";
import { createContext } from "../schema/context.js";
import { schema } from "../schema/index.js";
import type { Admitted } from "./access/admitted.js";
import { isStillAllowed } from "./access/authenticate.js";
import { withoutIntrospection } from "./access/introspection.js";
import { limitRate } from "./access/rateLimit.js";
import { requireScopes } from "./access/requireScopes.js";
import { signaturePeriod } from "./access/signedUrls.js";
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
import { ResponseSize, reportTooLargeOnce } from "./limits/responseSize.js";
import { limitTokens } from "./limits/tokens.js";
import { limitValidation } from "./limits/validation.js";
import { recordOperation } from "./observability/recordOperation.js";
import { readPage } from "./pages/page.js";
import { type BodyFormat, readParameters } from "./requestParameters.js";
import type { RequestRecord } from "./requestRecord.js";
import { type InternalErrorLog, responseError } from "./responseError.js";
import { servedSchema } from "./servedSchema.js";
import type { ServerParts } from "./serverParts.js";

/** The context of an operation that the plugins get, whether the operation came over HTTP or a WebSocket. */
interface OperationContext extends Admitted {
  /** The request that contains the operation, or that opened the WebSocket over which the operation came. */
  req: IncomingMessage;
  record: RequestRecord;
}

/** The context of an operation that the plugins get, with the properties that only an HTTP request has. */
interface RequestContext extends OperationContext {
  /** Absent if the operation came over a WebSocket. */
  res?: ServerResponse;
  /** Null if the method is not POST. */
  body: Buffer | null;
  format: BodyFormat | null;
  /** The response's body, if it is compressed. */
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
   * Executes an operation as `respond` does, but without reading a request or writing a response, so that the
   * operations of a WebSocket pass through the same plugins.
   * @param signal aborts when the client no longer waits for the result
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
  /** Traces operations. Default: no tracing. */
  tracing?: Plugin;
}

/** Creates the handler of GraphQL over HTTP, with GraphQL Yoga. */
export function createGraphqlHandler(
  parts: ServerParts,
  { stopping, tracing }: GraphqlHandlerOptions,
): GraphqlHandler {
  const { app, log, exceeded, keyring, baseUrlOf, signedUrls } = parts;
  const { settings } = app;
  const responseCache = createResponseCache(app.database.version, {
    bytes: settings.responseCacheBytes,
    varyBy: (request) =>
      [
        baseUrlOf(request),
        request.headers.authorization,
        signaturePeriod(settings.imageUrlSeconds), // no cached response has signatures that have expired since
      ].join(" "),
  });
  const yoga = createYoga<RequestContext>({
    schema: servedSchema(),
    graphqlEndpoint: "/graphql",
    context: async ({ req, requester, record }) =>
      createContext(app, {
        caller: requester.id,
        baseUrl: baseUrlOf(req),
        sign: (await signedUrls())?.sign,
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

/** The plugins in the order in which they process a request. */
function plugins({ app, log, rejections, exceeded, limitJson }: ServerParts, responseCache: ResponseCache) {
  const { settings } = app;
  const { documentsOnly, page } = settings;
  const documents = settings.documents === null ? null : readTrustedDocuments(settings.documents, schema);
  const ofPage = page && documentsOnly ? Object.entries(readPage().documents) : [];
  return [
    executeByGraphql(),
    recordOperation(),
    readParameters(limitJson),
    limitLongBodies(settings.limitBodyBytes, exceeded),
    limitBatch(settings.limitBatch, exceeded),
    trustDocuments(documents && new Map([...ofPage, ...documents]), documentsOnly),
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
    reportTooLargeOnce(),
    compileQueries(),
    limitRate(rejections),
    limitRequestTime(settings.limitSeconds, exceeded),
    responseCache.plugin,
    compressResponses(),
    responseCache.keepSent,
    streamThroughProxies(),
  ];
}

/** Gives the errors of validation their codes, since Yoga masks only the errors of execution. */
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
