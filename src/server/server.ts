import {
  createServer as createHttpServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createYoga, type Plugin } from "graphql-yoga";
import type { Logger } from "pino";
import type { App } from "../app.js";
import { shortenedMessage } from "../resolvers/errors.js";
import { createContext } from "../schema/context.js";
import { schema } from "../schema/index.js";
import { createAdmission } from "./access/admission.js";
import type { Admitted } from "./access/admitted.js";
import { authenticate, isStillAllowed } from "./access/authenticate.js";
import { imageUrlPeriod, imageUrlsOf } from "./access/imageUrls.js";
import { createKeyring } from "./access/keyring.js";
import { limitRate } from "./access/rateLimit.js";
import { requireScopes } from "./access/requireScopes.js";
import { readTrustedDocuments, trustDocuments } from "./access/trustedDocuments.js";
import { allowOrigins } from "./browsers/crossOrigin.js";
import { crossSiteRefusal } from "./browsers/crossSiteRequests.js";
import { setSafeHeaders } from "./browsers/safeHeaders.js";
import { compileQueries } from "./cache/compiledQueries.js";
import { documentCache } from "./cache/documentCache.js";
import { createResponseCache } from "./cache/responseCache.js";
import { requireChosenOperation } from "./chosenOperation.js";
import { compressResponses, type SentBody, sendText } from "./contentEncoding.js";
import {
  acceptedTypes,
  chooseResponseType,
  notAcceptable,
  requireEventStream,
  streamThroughProxies,
} from "./contentNegotiation.js";
import { limitAliases } from "./limits/aliases.js";
import { limitBatch } from "./limits/batch.js";
import { limitLongBodies, readBody } from "./limits/bodySize.js";
import { limitCost } from "./limits/cost.js";
import { limitDepth } from "./limits/depth.js";
import { limitDirectives } from "./limits/directives.js";
import { limitRepeats } from "./limits/fieldRepeats.js";
import { withoutIntrospection } from "./limits/introspection.js";
import { limitIntrospectionDepth } from "./limits/introspectionDepth.js";
import { limitJson } from "./limits/jsonSize.js";
import { Rejections, refuseWith } from "./limits/rejections.js";
import { limitRequestTime } from "./limits/requestTime.js";
import { ResponseSize, tellTooLargeOnce } from "./limits/responseSize.js";
import { withoutSuggestions } from "./limits/suggestions.js";
import { limitTokens } from "./limits/tokens.js";
import { limitValidation } from "./limits/validation.js";
import { serverUrl } from "./listen.js";
import { healthPath, serveHealth } from "./observability/health.js";
import { createMetrics } from "./observability/metrics.js";
import { recordOperation } from "./observability/recordOperation.js";
import { logRequest } from "./observability/requestLog.js";
import type { Tracing } from "./observability/tracing.js";
import { readGraphiql, scriptPath, serveGraphiqlPage, serveGraphiqlScript } from "./pages/graphiqlPage.js";
import { type GraphiqlTab, graphiqlTabs, graphiqlTabsWithKey } from "./pages/graphiqlTabs.js";
import { imagePath, serveOutputImage } from "./pages/outputImages.js";
import { serveSchema } from "./pages/schemaText.js";
import { type Refusal, refuse } from "./refusal.js";
import { type BodyFormat, bodyFormat, readParameters } from "./requestParameters.js";
import { beginRecord, type RequestOutcome, type RequestRecord, requestIdHeader } from "./requestRecord.js";
import { hasUsableHost, useOriginForm } from "./requestTarget.js";
import { type InternalErrorLog, logToConsole, responseError } from "./responseError.js";
import { servedSchema } from "./servedSchema.js";
import { serveWebSockets } from "./webSockets/webSocketServer.js";

export interface ServerOptions {
  /** Where clients reach this server, without a slash at the end. Default: what each request calls it. */
  baseUrl?: string;
  /** GraphiQL's tabs. Default: the walk and others, filled in from the database at each load of the page. */
  defaultTabs?: () => Promise<GraphiqlTab[]>;
  /** Takes a line for each request and what goes wrong inside. Default: none. */
  logger?: Logger;
  /** Takes what goes wrong inside. Default: the logger, or else the console. */
  log?: InternalErrorLog;
  /** Default: none. */
  tracing?: Tracing;
  /** How often the client of a WebSocket is asked for a sign of life. Default: 12 s. */
  heartbeatMilliseconds?: number;
}

/** What the plugins know of a request. */
interface RequestContext extends Admitted {
  req: IncomingMessage;
  /** Absent where an operation came by a WebSocket. */
  res?: ServerResponse;
  record: RequestRecord;
  /** Null: the request is no POST. */
  body: Buffer | null;
  format: BodyFormat | null;
  /** The response's body, where it is compressed. */
  sent?: SentBody;
}

export interface MedoidServer {
  readonly http: Server;
  /** What was refused since the server was made, by reason. */
  readonly rejections: Rejections;
  /** @returns the server's address, such as "http://127.0.0.1:4000" */
  listen(port: number, host: string): Promise<string>;
  /**
   * Turns unready, cuts off event streams, finishes what runs within the limit, and closes every connection.
   * @param graceMilliseconds default: the setting's stopSeconds
   */
  stop(graceMilliseconds?: number): Promise<void>;
}

/** The HTTP server: GraphQL and GraphiQL at /graphql, images at /images, and what operating it takes. It does not close `app`. */
export function createServer(app: App, options: ServerOptions = {}): MedoidServer {
  const { logger, tracing } = options;
  const log = options.log ?? (logger ? logTo(logger) : logToConsole);
  const { prisma } = app.database;
  const { settings } = app;
  const rejections = new Rejections();
  const exceeded = refuseWith(rejections);
  const bodyLimits = { any: settings.limitBodyBytes, recording: settings.limitRecordingBytes };
  const measureJson = limitJson({ nesting: settings.limitNesting, values: settings.limitValues }, exceeded);
  const metrics = createMetrics(
    app,
    () => rejections.counts(),
    () => webSockets.count(),
  );
  const keyring = createKeyring(prisma);
  const ownUrls = [options.baseUrl, settings.baseUrl].filter((url) => url != null);
  const admission = createAdmission(keyring, settings, rejections, ownUrls);
  const { keysRequired, checkHost, admitOrRefuse, admitReader, listensOn } = admission;
  const mayWrite = async (request: IncomingMessage) =>
    (await authenticate(keyring, request.headers.authorization, settings.requireKeys))?.scopes.has("write") ??
    false;
  const documents = settings.documents === null ? null : readTrustedDocuments(settings.documents, schema);
  const tabs =
    options.defaultTabs ??
    (async () => ((await keysRequired()) ? graphiqlTabsWithKey() : graphiqlTabs(prisma)));
  const stopping = new AbortController();
  /** The requests that run. */
  const open = new Map<ServerResponse, RequestRecord>();
  let ready = true;
  if (settings.graphiql) readGraphiql().catch(() => {}); // who asks for the page is told

  const addressOf = ({ headers }: IncomingMessage) =>
    options.baseUrl ?? settings.baseUrl ?? `http://${headers.host ?? "localhost"}`;

  /** Signs images' addresses where keys are needed; null elsewhere. */
  const imageUrls = () => imageUrlsOf(keyring, settings.imageUrlSeconds);

  const responseCache = createResponseCache(app.database.version, {
    bytes: settings.responseCacheBytes,
    audience: (request) =>
      [
        addressOf(request),
        request.headers.authorization,
        imageUrlPeriod(settings.imageUrlSeconds), // no kept answer has addresses that have expired since
      ].join(" "),
  });

  const yoga = createYoga<RequestContext>({
    schema: servedSchema(),
    graphqlEndpoint: "/graphql",
    context: async ({ req, requester, record }) =>
      createContext(app, {
        caller: requester.id,
        baseUrl: addressOf(req),
        imageSignature: (await imageUrls())?.sign,
        stopping: stopping.signal,
        isStillAllowed: () => isStillAllowed(keyring, requester, settings.requireKeys),
        responseBudget: new ResponseSize(settings.limitAnswerBytes, exceeded),
        noteError: (code) => record.errors.push({ code }),
      }),
    maskedErrors: { maskError: (error) => responseError(error, log) },
    // In the order in which a request meets them.
    plugins: [
      tracing?.plugin ?? {},
      recordOperation(),
      readParameters(measureJson),
      limitLongBodies(bodyLimits, exceeded),
      limitBatch(settings.limitBatch, exceeded),
      trustDocuments(documents, settings.documentsOnly),
      limitTokens(settings.limitTokens, exceeded),
      requireChosenOperation(),
      limitDepth(settings.limitDepth, exceeded),
      limitIntrospectionDepth(settings.limitIntrospectionDepth, exceeded),
      limitAliases(settings.limitAliases, exceeded),
      limitDirectives(settings.limitDirectives, exceeded),
      limitRepeats(settings.limitRepeats, exceeded),
      limitValidation(exceeded),
      !settings.introspection && withoutIntrospection(rejections),
      withoutSuggestions(),
      validationErrors(log),
      requireEventStream(),
      requireScopes(rejections),
      limitCost(settings.limitCost, exceeded),
      tellTooLargeOnce(),
      compileQueries(),
      limitRate(rejections),
      limitRequestTime(settings.limitSeconds, exceeded),
      responseCache.plugin,
      compressResponses(),
      responseCache.keepSent,
      streamThroughProxies(),
    ],
    parserAndValidationCache: documentCache(),
    maxRequestBodySize: false, // readBody knows better
    batching: settings.limitBatch > 1 && { limit: settings.limitBatch },
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    logging: false, // responseError logs
  });

  async function answerImage(
    id: string,
    request: IncomingMessage,
    response: ServerResponse,
    record: RequestRecord,
  ): Promise<void> {
    record.kind = "image";
    const { searchParams } = new URL(request.url ?? "", "http://localhost");
    const secondsLeft = searchParams.has("signature")
      ? (await imageUrls())?.secondsLeft(id, searchParams)
      : 0;
    if (secondsLeft) return serveOutputImage(prisma, id, request, response, { secondsLeft, isPrivate: true });
    if (!(await admitReader(request, response, record))) return;
    return serveOutputImage(prisma, id, request, response, { isPrivate: await keysRequired() });
  }

  /** What serves a path beside /graphql; null where nothing does. */
  function pageAt(
    request: IncomingMessage,
    response: ServerResponse,
    record: RequestRecord,
  ): (() => Promise<void>) | null {
    const { path } = record;
    const health = healthPath.exec(path);
    if (health || path === "/metrics") record.kind = "operation";
    if (health) return () => serveHealth(health[1] as "live" | "ready", app, !ready, response);
    if (path === "/metrics") {
      return async () => {
        if (!(await admitReader(request, response, record))) return;
        const text = await metrics.text();
        return sendText(request, response, { "Content-Type": metrics.contentType }, text);
      };
    }
    const image = imagePath.exec(path);
    if (image) return () => answerImage(image[1], request, response, record);
    if (settings.graphiql && scriptPath.test(path)) return () => serveGraphiqlScript(request, response);
    if (path === "/schema.graphql" && settings.introspection) {
      return async () => {
        if (await admitReader(request, response, record)) await serveSchema(request, response);
      };
    }
    if (settings.graphiql && path === "/") {
      return async () => {
        response.writeHead(302, { Location: "graphql" }).end(); // relative: a proxy may serve it below a path
      };
    }
    return null;
  }

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    record: RequestRecord,
  ): Promise<void> {
    setSafeHeaders(response);
    const refuseOrigin = (refusal: Refusal) => {
      rejections.add("CROSS_SITE");
      refuse(response, record, refusal);
    };
    if (allowOrigins(settings.corsOrigins, request, response, refuseOrigin)) return;
    const { path } = record;
    if (request.method === "HEAD") request.method = "GET"; // Node sends the same headers then, and no body
    const reads = request.method === "GET";
    if (!healthPath.test(path) && !(await checkHost(request, response, record))) return;
    if (path === "/graphql") {
      if (reads && settings.graphiql && prefersPage(request)) {
        return serveGraphiqlPage(await tabs(), request, response);
      }
      record.kind = "invalid"; // until an operation was found in it
      if (!hasUsableHost(request)) return refuse(response, record, unusableHost);
      const methods = settings.getRequests ? ["GET", "HEAD", "POST"] : ["POST"];
      if (!methods.includes(request.method ?? ""))
        return refuse(response, record, wrongMethod(record, methods));
      const crossSite = crossSiteRefusal(request.method, request.headers, settings.corsOrigins);
      if (crossSite) {
        rejections.add("CROSS_SITE");
        return refuse(response, record, { ...crossSite, extensions: { code: "INVALID_INPUT" } });
      }
      const admitted = await admitOrRefuse(request, response, record);
      if (!admitted) return;
      if (!chooseResponseType(request)) return refuse(response, record, notAcceptable);
      const format = request.method === "POST" ? bodyFormat(request.headers) : null;
      const mayRecord = () => format === "json" && mayWrite(request);
      const body = format && (await readBody(request, bodyLimits, mayRecord, exceeded));
      response.appendHeader("Vary", "Accept-Encoding");
      const isShort = !body || body.length <= bodyLimits.any;
      if (isShort && (await responseCache.answer({ req: request, res: response, record, body }))) return;
      await yoga(request, response, { record, ...admitted, body, format });
      return;
    }
    const serve = pageAt(request, response, record);
    if (serve) return reads ? serve() : refuse(response, record, wrongMethod(record, ["GET", "HEAD"]));
    response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" }).end("GraphQL is at /graphql.\n");
  }

  /** Logs and counts what is over. */
  function note(record: RequestRecord, outcome: RequestOutcome): void {
    metrics.observe(record, outcome);
    if (logger) logRequest(logger, record, outcome);
  }

  const http = createHttpServer((request, response) => {
    app.noteRequest();
    useOriginForm(request);
    const record = beginRecord(request);
    const span = tracing?.begin(request.headers, record);
    open.set(response, record);
    response.setHeader(requestIdHeader, record.id);
    if (!ready) response.setHeader("Connection", "close");
    response.once("close", () => {
      app.noteRequest();
      open.delete(response);
      span?.end(response.statusCode);
      note(record, { status: response.statusCode, aborted: !response.writableFinished });
    });
    const answered = () => answer(request, response, record);
    (span ? span.within(answered) : answered()).catch((error) => {
      if (error instanceof Error && error.name === "AbortError") return; // the client went away while it sent
      const { message, extensions } = responseError(error, log);
      const { http, ...told } = extensions as Refusal["extensions"] & {
        http?: { status: number; headers?: OutgoingHttpHeaders };
      };
      const { code, id } = told;
      if (response.headersSent) {
        record.errors.push({ code, id });
        response.end();
      } else refuse(response, record, { status: 500, ...http, message, extensions: told });
    });
  });

  const webSockets = serveWebSockets(http, {
    settings,
    admission,
    rejections,
    limitJson: measureJson,
    log,
    ownUrls,
    heartbeatMilliseconds: options.heartbeatMilliseconds,
    onOver: note,
    begin(record) {
      app.noteRequest();
      const span = tracing?.begin({}, record);
      return {
        within: (answered) => (span ? span.within(answered) : answered()),
        end(outcome) {
          app.noteRequest();
          span?.end(outcome.status);
          note(record, outcome);
        },
      };
    },
    // All that Yoga does of a request but for reading it and writing its response: what one way refuses, both refuse.
    async answer(params, context, signal) {
      const request = new yoga.fetchAPI.Request("http://localhost/graphql", { method: "POST", signal });
      return (await yoga.getResultForParams({ params, request }, context as never)) ?? {};
    },
  });

  return {
    http,
    rejections,
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        http.once("error", reject);
        http.listen(port, host, () => {
          http.off("error", reject);
          const { address, port: opened } = http.address() as AddressInfo;
          listensOn(address);
          resolve(serverUrl(host, opened));
        });
      }),
    stop: async (graceMilliseconds = settings.stopSeconds * 1000) => {
      ready = false;
      await delay(settings.unreadySeconds * 1000);
      // Ended, a stream would tell its client that the clustering is done; cut off, the client asks again.
      for (const [response, { kind }] of open) if (kind === "subscription") response.destroy();
      // Before they end by themselves, for the same reason.
      const socketsClosed = webSockets.stop(graceMilliseconds).then(() => stopping.abort());
      if (!http.listening) return socketsClosed;
      const closed = new Promise((resolve) => http.close(resolve));
      // A connection that was busy is closed when it falls idle, not when its client lets go of it.
      const idle = setInterval(() => http.closeIdleConnections(), 20);
      const deadline = setTimeout(() => http.closeAllConnections(), graceMilliseconds);
      await Promise.all([closed, socketsClosed]);
      clearInterval(idle);
      clearTimeout(deadline);
    },
  };
}

function logTo(logger: Logger): InternalErrorLog {
  return (error, id) => logger.error({ errorId: id, err: error }, "internal error");
}

/** Yoga masks the errors of execution, not those of validation: they get their code here. */
function validationErrors(log: InternalErrorLog): Plugin {
  return {
    onValidate: () => (validated) => {
      if (!validated.valid) {
        validated.setResult(
          validated.result.map((error) => {
            const told = responseError(error, log);
            told.extensions.http = { spec: true, status: 400 };
            return told;
          }),
        );
      }
    },
  };
}

/** Whether a request would rather have GraphiQL's page than the answer to a query, as browsers do. */
const prefersPage = (request: IncomingMessage) =>
  acceptedTypes(request, ["application/json", "application/graphql-response+json", "text/html"])[0] ===
  "text/html";

const unusableHost: Refusal = {
  status: 400,
  message: "The Host header must be one name or address, with a port or without.",
  extensions: { code: "INVALID_INPUT" },
};

function wrongMethod({ method, path }: RequestRecord, allowed: string[]): Refusal {
  return {
    status: 405,
    message: shortenedMessage(`${path} takes ${allowed.join(", ")} requests, not ${method}.`),
    extensions: { code: "INVALID_INPUT" },
    headers: { Allow: allowed.join(", ") },
  };
}
