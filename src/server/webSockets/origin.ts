import type { IncomingMessage } from "node:http";
import { forbidden } from "../errors.js";

/**
 * Whether a WebSocket may be opened from the origin that a request names. Browsers send no preflight request
 * before a page of another site opens a WebSocket, and let the page read the messages. So the server itself
 * must check `Origin`, which every browser sends and no page can change.
 * @param ownUrls the URLs at which clients reach this server, besides the host that the request names
 * @param origins other origins whose pages may use the API
 */
export function mayConnectFrom(
  { headers: { origin, host } }: IncomingMessage,
  ownUrls: readonly string[],
  origins: readonly string[],
): boolean {
  if (origin === undefined || origins.includes(origin)) return true;
  if (!URL.canParse(origin)) return false; // "null", from a page without an origin
  // The scheme is taken from the page, because a proxy may have terminated TLS.
  const { protocol, host: page } = new URL(origin);
  const called = `${protocol}//${host}`;
  if (URL.canParse(called) && new URL(called).host === page) return true;
  return ownUrls.some((url) => new URL(url).origin === origin);
}

export const foreignOrigin = forbidden(
  "A page of another site may not open a WebSocket. Add the page's origin to MEDOID_CORS_ORIGINS, or set MEDOID_BASE_URL to the server's own URL.",
);
