import type { IncomingMessage, ServerResponse } from "node:http";
import { shortenedMessage } from "../../resolvers/errors.js";
import { forbidden, type Refusal } from "../errors.js";
import { preflightHeaders } from "./crossSiteRequests.js";

/** What a page of another origin may send where it does not say what it would send. */
const requestHeaders = [
  "Content-Type",
  "Authorization",
  ...preflightHeaders,
  "If-None-Match",
  "Last-Event-ID",
].join(", ");
/** What such a page may read beside what any may. */
const responseHeaders = ["ETag", "Retry-After", "X-Request-Id"].join(", ");
const maxAgeSeconds = 600;

/** A list of names of headers. */
const headerNames = /^[\w!#$%&'*+.^`|~-]+(\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/;
const mostCharacters = 1000;

/**
 * Lets the pages of listed origins read answers, without cookies; of all others the browser keeps them. They may send
 * any header: clients and tracing add theirs, and no header but Authorization means more than another.
 * @param refuse answers the question of a browser whose page is of another origin
 * @returns whether the request was a browser's question beforehand, which is answered now
 */
export function allowOrigins(
  origins: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
  refuse: (refusal: Refusal) => void,
): boolean {
  if (origins.length === 0) return false;
  response.appendHeader("Vary", "Origin");
  const { origin, "access-control-request-headers": asked = "" } = request.headers;
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
  const isSane = asked.length <= mostCharacters && headerNames.test(asked);
  response
    .writeHead(204, {
      "Access-Control-Allow-Methods": "GET, POST",
      "Access-Control-Allow-Headers": isSane ? asked : requestHeaders,
      "Access-Control-Max-Age": maxAgeSeconds,
    })
    .end();
  return true;
}

/** For the person who reads what the browser got: the page itself reads nothing of it. */
const unlistedOrigin = (origin: string) =>
  forbidden(shortenedMessage(`The origin ${origin} is not in MEDOID_CORS_ORIGINS.`));
