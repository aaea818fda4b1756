import type { IncomingMessage } from "node:http";
import { forbidden } from "../errors.js";

/**
 * Whether a WebSocket may be opened from where the request says that it comes. No browser asks beforehand whether a
 * page of another site may open one, and it may read what comes: the server itself must look at `Origin`, which every
 * browser sends and no page can change.
 * @param ownUrls where clients reach this server, besides what the request calls it
 * @param origins other origins whose pages may use the API
 */
export function mayConnectFrom(
  { headers: { origin, host } }: IncomingMessage,
  ownUrls: readonly string[],
  origins: readonly string[],
): boolean {
  if (origin === undefined || origins.includes(origin)) return true;
  if (!URL.canParse(origin)) return false; // "null": a page that has no origin
  // The scheme is the page's: a proxy may have taken TLS off.
  const { protocol, host: page } = new URL(origin);
  const called = `${protocol}//${host}`;
  if (URL.canParse(called) && new URL(called).host === page) return true;
  return ownUrls.some((url) => new URL(url).origin === origin);
}

export const foreignOrigin = forbidden(
  "A page of another site may not open a WebSocket. Name its origin in MEDOID_CORS_ORIGINS, or the server's own address in MEDOID_BASE_URL.",
);
