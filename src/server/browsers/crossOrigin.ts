import type { IncomingMessage, ServerResponse } from "node:http";
import { shortenedMessage } from "../../resolvers/errors.js";
import { forbidden, type Refusal } from "../errors.js";
import { preflightHeaders } from "./crossSiteRequests.js";

/** The headers that a page of another origin may send if its preflight request does not list them. */
const requestHeaders = [
  "Content-Type",
  "Authorization",
  ...preflightHeaders,
  "If-None-Match",
  "Last-Event-ID",
].join(", ");
/** The headers of a response that such a page may read in addition to those that every page may read. */
const responseHeaders = ["ETag", "Retry-After", "X-Request-Id"].join(", ");
const maxAgeSeconds = 600;

/** Matches a list of names of headers. */
const headerNames = /^[\w!#$%&'*+.^`|~-]+(\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/;
const mostCharacters = 1000;

/**
 * Lets the pages of listed origins read responses, without cookies; browsers withhold responses from the
 * pages of all other origins. Listed pages may send any header, because clients and tracing add their own,
 * and only Authorization gives a request more rights.
 * @param refuse responds to a preflight request of an origin that is not listed
 * @returns whether the request was a preflight request, whose response has then been sent
 */
export function allowOrigins(
  origins: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
  refuse: (refusal: Refusal) => void,
): boolean {
  if (origins.length === 0) return false;
  response.appendHeader("Vary", "Origin");
  const { origin, "access-control-request-headers": requested = "" } = request.headers;
  if (origin === undefined) return false;
  const asksBeforehand = request.method === "OPTIONS" && !!request.headers["access-control-request-method"];
  if (!origins.includes(origin)) {
    if (asksBeforehand) refuse(unlistedOrigin(origin));
    return asksBeforehand;
  }
  response.setHeader("Access-Control-Allow-Origin", origin);
  response.setHeader("Access-Control-Expose-Headers", responseHeaders);
  if (!asksBeforehand) return false;
  response.appendHeader("Vary", "Access-Control-Request-Headers");
  const isSane = requested.length <= mostCharacters && headerNames.test(requested);
  response
    .writeHead(204, {
      "Access-Control-Allow-Methods": "GET, POST",
      "Access-Control-Allow-Headers": isSane ? requested : requestHeaders,
      "Access-Control-Max-Age": maxAgeSeconds,
    })
    .end();
  return true;
}

/**
 * The refusal of an origin that is not listed. It is for a person who looks at the response in the browser;
 * the page itself cannot read it.
 */
const unlistedOrigin = (origin: string) =>
  forbidden(shortenedMessage(`The origin ${origin} is not in MEDOID_CORS_ORIGINS.`));
