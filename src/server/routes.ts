import type { IncomingMessage } from "node:http";
import { isExportPath } from "../export/exportPath.js";
import { isMapPath } from "../export/mapPoints/mapPointsFile.js";
import { shortenedMessage } from "../resolvers/errors.js";
import { authenticate } from "./access/authenticate.js";
import { allowOrigins } from "./browsers/crossOrigin.js";
import { crossSiteRefusal } from "./browsers/crossSiteRequests.js";
import { setSafeHeaders } from "./browsers/safeHeaders.js";
import { sendText } from "./contentEncoding.js";
import { acceptedTypes, chooseResponseType, notAcceptable } from "./contentNegotiation.js";
import { invalidRequest, type Refusal } from "./errors.js";
import { readBody } from "./limits/bodySize.js";
import { healthPath, serveHealth } from "./observability/health.js";
import type { Metrics } from "./observability/metrics.js";
import { exportRoute } from "./pages/exports.js";
import { readGraphiql, scriptPath, serveGraphiqlPage, serveGraphiqlScript } from "./pages/graphiqlPage.js";
import { type GraphiqlTab, graphiqlTabs, graphiqlTabsWithKey } from "./pages/graphiqlTabs.js";
import { mapPointsRoute } from "./pages/mapPoints.js";
import { imagePath, serveOutputImage } from "./pages/outputImages.js";
import { pageFile, readPage, servePageFile, serveView, viewPath } from "./pages/page.js";
import { serveSchema } from "./pages/schemaText.js";
import { refuse } from "./refusal.js";
import { bodyFormat } from "./requestParameters.js";
import type { RequestRecord } from "./requestRecord.js";
import { hasUsableHost } from "./requestTarget.js";
import type { Route } from "./route.js";
import type { ServerParts } from "./serverParts.js";
import type { GraphqlHandler } from "./yoga.js";

export interface RouteOptions {
  graphql: GraphqlHandler;
  metrics: Metrics;
  /** Whether the server is stopping. */
  isStopping(): boolean;
  /**
   * GraphiQL's tabs. Default: the walk from clusters to runs and other examples, whose variables are filled
   * in from the database each time the page is loaded.
   */
  defaultTabs?: () => Promise<GraphiqlTab[]>;
}

/** Creates the route that serves every request, according to its path. */
export function createRoutes(parts: ServerParts, options: RouteOptions): Route {
  const { app, rejections, admission } = parts;
  const { settings } = app;
  const respondWithGraphql = graphqlRoute(parts, options);
  const pageAt = pageRoutes(parts, options);

  return async (request, response, record) => {
    setSafeHeaders(response);
    const refuseOrigin = (refusal: Refusal) => {
      rejections.add("CROSS_SITE");
      refuse(response, record, refusal);
    };
    if (allowOrigins(settings.corsOrigins, request, response, refuseOrigin)) return;
    const { path } = record;
    if (request.method === "HEAD") request.method = "GET"; // Node itself leaves out the body then
    if (!healthPath.test(path) && !(await admission.checkHost(request, response, record))) return;
    if (path === "/graphql") return respondWithGraphql(request, response, record);
    const page = pageAt(record);
    if (!page && settings.page && request.method === "GET" && prefersPage(request)) {
      await serveView(path, settings, request, response, 404);
    } else if (!page) {
      response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" });
      response.end("GraphQL is at /graphql.\n");
    } else if (request.method === "GET") await page(request, response, record);
    else refuse(response, record, wrongMethod(record, ["GET", "HEAD"]));
  };
}

/** Serves GraphQL, and GraphiQL's page to browsers. */
function graphqlRoute(parts: ServerParts, { graphql, defaultTabs }: RouteOptions): Route {
  const { app, rejections, exceeded, keyring, admission } = parts;
  const { settings } = app;
  const bodyLimits = { any: settings.limitBodyBytes, recording: settings.limitRecordingBytes };
  const methods = settings.getRequests ? ["GET", "HEAD", "POST"] : ["POST"];
  const tabs =
    defaultTabs ??
    (async () =>
      (await admission.keysRequired()) ? graphiqlTabsWithKey() : graphiqlTabs(app.database.prisma));
  if (settings.graphiql) readGraphiql().catch(() => {}); // a failure is reported when the page is requested

  async function mayWrite({ headers }: IncomingMessage): Promise<boolean> {
    const caller = await authenticate(keyring, headers.authorization, settings.requireKeys);
    return caller?.scopes.has("write") ?? false;
  }

  return async (request, response, record) => {
    if (request.method === "GET" && settings.graphiql && prefersPage(request)) {
      return serveGraphiqlPage(await tabs(), request, response);
    }
    record.kind = "invalid"; // until an operation is found in the request
    if (!hasUsableHost(request)) return refuse(response, record, unusableHost);
    if (!methods.includes(request.method ?? ""))
      return refuse(response, record, wrongMethod(record, methods));
    const crossSite = crossSiteRefusal(request.method, request.headers, settings.corsOrigins);
    if (crossSite) {
      rejections.add("CROSS_SITE");
      return refuse(response, record, crossSite);
    }
    const admitted = await admission.admitOrRefuse(request, response, record);
    if (!admitted) return;
    if (!chooseResponseType(request)) return refuse(response, record, notAcceptable);
    const format = request.method === "POST" ? bodyFormat(request.headers) : null;
    const mayRecord = () => format === "json" && mayWrite(request);
    const body = format && (await readBody(request, bodyLimits, mayRecord, exceeded));
    record.readAt = performance.now();
    response.appendHeader("Vary", "Accept-Encoding");
    const isShort = !body || body.length <= bodyLimits.any;
    const exchange = { req: request, res: response, record, body };
    if (isShort && (await graphql.responseCache.respond(exchange))) return;
    await graphql.respond(request, response, { record, ...admitted, body, format });
  };
}

/**
 * Creates a function that returns the route of a path other than /graphql, or null if the path does not
 * exist.
 */
function pageRoutes(parts: ServerParts, options: RouteOptions): (record: RequestRecord) => Route | null {
  const { app, admission } = parts;
  const { settings } = app;
  const { metrics, isStopping } = options;
  if (settings.page) readPage();
  return (record) => {
    const { path } = record;
    const health = healthPath.exec(path);
    if (health || path === "/metrics") record.kind = "operation";
    if (health) {
      const check = health[1] as "live" | "ready";
      return (_request, response) => serveHealth(check, app, isStopping(), response);
    }
    if (path === "/metrics") {
      return async (request, response) => {
        if (!(await admission.admitReader(request, response, record))) return;
        const text = await metrics.text();
        return sendText(request, response, { "Content-Type": metrics.contentType }, text);
      };
    }
    const image = imagePath.exec(path);
    if (image) return imageRoute(image[1], parts);
    if (isExportPath(path)) return exportRoute(parts);
    if (isMapPath(path)) return mapPointsRoute(parts);
    if (settings.graphiql && scriptPath.test(path)) return serveGraphiqlScript;
    if (path === "/schema.graphql" && settings.introspection) {
      return async (request, response) => {
        if (await admission.admitReader(request, response, record)) await serveSchema(request, response);
      };
    }
    if (settings.page) {
      if (viewPath.test(path)) return (request, response) => serveView(path, settings, request, response);
      const file = pageFile(path);
      if (file) return (request, response) => servePageFile(file, request, response);
    } else if (settings.graphiql && path === "/") {
      return async (_request, response) => {
        response.writeHead(302, { Location: "graphql" }).end(); // relative: a proxy may serve it below a path
      };
    }
    return null;
  };
}

/** Serves an invocation's image to clients that have its signed address or may read. */
function imageRoute(id: string, { app, admission, signedUrls }: ServerParts): Route {
  const { prisma } = app.database;
  return async (request, response, record) => {
    record.kind = "image";
    const { searchParams } = new URL(request.url ?? "", "http://localhost");
    const secondsLeft = searchParams.has("signature")
      ? (await signedUrls())?.secondsLeft(record.path, searchParams)
      : 0;
    if (secondsLeft) return serveOutputImage(prisma, id, request, response, { secondsLeft, isPrivate: true });
    if (!(await admission.admitReader(request, response, record))) return;
    const isPrivate = await admission.keysRequired();
    return serveOutputImage(prisma, id, request, response, { isPrivate });
  };
}

/** Whether a request prefers a page to JSON, as browsers do. */
const prefersPage = (request: IncomingMessage) =>
  acceptedTypes(request, ["application/json", "application/graphql-response+json", "text/html"])[0] ===
  "text/html";

const unusableHost = invalidRequest("The Host header must be one name or address, with a port or without.");

function wrongMethod({ method, path }: RequestRecord, allowed: string[]): Refusal {
  const message = `${path} takes ${allowed.join(", ")} requests, not ${method}.`;
  return invalidRequest(shortenedMessage(message), { status: 405, headers: { Allow: allowed.join(", ") } });
}
