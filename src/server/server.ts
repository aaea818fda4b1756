import { createServer as createHttpServer, type Server, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { App } from "../app.js";
import { cutOff } from "./cutOff.js";
import { asRefusal } from "./errors.js";
import type { Rejections } from "./limits/rejections.js";
import { listen } from "./listen.js";
import { createMetrics } from "./observability/metrics.js";
import { createRequestObserver } from "./observability/requestObserver.js";
import type { Tracing } from "./observability/tracing.js";
import type { GraphiqlTab } from "./pages/graphiqlTabs.js";
import { refuse } from "./refusal.js";
import { beginRecord, type RequestRecord, requestIdHeader } from "./requestRecord.js";
import { useOriginForm } from "./requestTarget.js";
import { type InternalErrorLog, logToConsole, responseError } from "./responseError.js";
import { createRoutes } from "./routes.js";
import { createServerParts } from "./serverParts.js";
import { serveWebSockets } from "./webSockets/webSocketServer.js";
import { createGraphqlHandler } from "./yoga.js";

export interface ServerOptions {
  /**
   * The URL at which clients reach this server, without a slash at the end. Default: the setting, or else the
   * host that each request names.
   */
  baseUrl?: string;
  /**
   * GraphiQL's tabs. Default: the walk from clusters to runs and other examples, whose variables are filled
   * in from the database each time the page is loaded.
   */
  defaultTabs?: () => Promise<GraphiqlTab[]>;
  /** Receives one line per request, and the internal errors. Default: no logger. */
  logger?: Logger;
  /** Receives the internal errors. Default: the logger, or else the console. */
  log?: InternalErrorLog;
  /** Traces requests. Default: no tracing. */
  tracing?: Tracing;
  /**
   * Interval between the pings that check whether the client of a WebSocket is still there. Default: 12 s.
   */
  heartbeatMilliseconds?: number;
}

export interface MedoidServer {
  readonly http: Server;
  /** Counts the requests that were refused since the server was created, by reason. */
  readonly rejections: Rejections;
  /** @returns the server's URL, such as "http://127.0.0.1:4000" */
  listen(port: number, host: string): Promise<string>;
  /**
   * Stops the server: reports for the setting's `unreadySeconds` that it is not ready, then cuts off event
   * streams, finishes the requests in progress and closes every connection.
   * @param graceMilliseconds maximum time for requests in progress to finish; default: the setting's
   *   stopSeconds
   */
  stop(graceMilliseconds?: number): Promise<void>;
}

/**
 * The HTTP server: GraphQL and GraphiQL at /graphql, images at /images, health and metrics. It does not close `app`.
 */
export function createServer(app: App, options: ServerOptions = {}): MedoidServer {
  const { logger, tracing, defaultTabs, heartbeatMilliseconds } = options;
  const log = options.log ?? (logger ? logTo(logger) : logToConsole);
  const parts = createServerParts(app, log, options.baseUrl);
  const { rejections, admission } = parts;
  /** Aborts when subscriptions must end. */
  const ending = new AbortController();
  let stopping = false;

  const metrics = createMetrics(
    app,
    () => rejections.counts(),
    () => webSockets.count(),
  );
  const observer = createRequestObserver(app, metrics, { logger, tracing });
  const graphql = createGraphqlHandler(parts, { stopping: ending.signal, tracing: tracing?.plugin });
  const respond = createRoutes(parts, { graphql, metrics, defaultTabs, isStopping: () => stopping });
  /** The requests that are being served. */
  const open = new Map<ServerResponse, RequestRecord>();

  const http = createHttpServer((request, response) => {
    useOriginForm(request);
    const record = beginRecord(request);
    const observed = observer.begin(record, request.headers);
    open.set(response, record);
    response.setHeader(requestIdHeader, record.id);
    if (stopping) response.setHeader("Connection", "close");
    response.once("close", () => {
      open.delete(response);
      observed.end({ status: response.statusCode, aborted: !response.writableFinished });
    });
    observed
      .within(() => respond(request, response, record))
      .catch((error) => respondWithError(error, response, record, log));
  });
  const webSockets = serveWebSockets(http, {
    parts,
    observer,
    heartbeatMilliseconds,
    execute: graphql.execute,
  });

  return {
    http,
    rejections,
    async listen(port, host) {
      const { url, address } = await listen(http, port, host);
      admission.listensOn(address);
      return url;
    },
    async stop(graceMilliseconds = app.settings.stopSeconds * 1000) {
      stopping = true;
      await delay(app.settings.unreadySeconds * 1000);
      // An event stream that ended normally would mean to its client that the clustering is done. If the
      // stream is cut off instead, the client connects again.
      for (const [response, { kind }] of open) if (kind === "subscription") response.destroy();
      // WebSockets are closed before their subscriptions end, for the same reason.
      const socketsClosed = webSockets.stop(graceMilliseconds).then(() => ending.abort());
      const cutOffExports = () => {
        for (const [response, { kind }] of open) if (kind === "export") cutOff(response);
      };
      await Promise.all([closeConnections(http, graceMilliseconds, cutOffExports), socketsClosed]);
    },
  };
}

/**
 * Responds with an error that was thrown while a request was served. If the response has already begun, it is
 * cut off, because its end would say that it is complete.
 */
function respondWithError(
  error: unknown,
  response: ServerResponse,
  record: RequestRecord,
  log: InternalErrorLog,
): void {
  // The client disconnected while it was sending the body.
  if (error instanceof Error && error.name === "AbortError") return;
  const refusal = asRefusal(responseError(error, log));
  if (response.headersSent) {
    const { code, id } = refusal.extensions;
    record.errors.push({ code, id });
    cutOff(response);
  } else refuse(response, record, refusal);
}

/**
 * Closes each connection once its last response is sent, and all remaining connections when the time is over.
 * @param onDeadline called before those are closed
 */
async function closeConnections(
  http: Server,
  graceMilliseconds: number,
  onDeadline: () => void,
): Promise<void> {
  if (!http.listening) return;
  const closed = new Promise((resolve) => http.close(resolve));
  // http.close() closes the connections that are idle now; those that become idle later are closed here.
  const idle = setInterval(() => http.closeIdleConnections(), 20);
  const deadline = setTimeout(() => {
    onDeadline();
    http.closeAllConnections();
  }, graceMilliseconds);
  await closed;
  clearInterval(idle);
  clearTimeout(deadline);
}

function logTo(logger: Logger): InternalErrorLog {
  return (error, id) => logger.error({ errorId: id, err: error }, "internal error");
}
