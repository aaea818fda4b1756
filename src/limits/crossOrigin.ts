import type { IncomingMessage, ServerResponse } from "node:http";
import { preflightHeaders } from "../crossSiteRequests.js";

/** What a page of another origin may send beside what any may. */
const requestHeaders = [
  "Content-Type",
  "Authorization",
  ...preflightHeaders,
  "If-None-Match",
  "Last-Event-ID",
];
/** What such a page may read beside what any may. */
const responseHeaders = ["ETag", "Retry-After", "X-Request-Id"];
const maxAgeSeconds = 600;

/**
 * Lets the pages of listed origins read answers, without cookies; of all others the browser keeps them.
 * @returns whether the request was a browser's question beforehand, which is answered now
 */
export function allowOrigins(
  origins: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (origins.length === 0) return false;
  response.appendHeader("Vary", "Origin");
  const { origin } = request.headers;
  if (origin === undefined || !origins.includes(origin)) return false;
  response.setHeader("Access-Control-Allow-Origin", origin);
  response.setHeader("Access-Control-Expose-Headers", responseHeaders.join(", "));
  if (request.method !== "OPTIONS" || !request.headers["access-control-request-method"]) return false;
  response
    .writeHead(204, {
      "Access-Control-Allow-Methods": "GET, POST",
      "Access-Control-Allow-Headers": requestHeaders.join(", "),
      "Access-Control-Max-Age": maxAgeSeconds,
    })
    .end();
  return true;
}
