import type { IncomingMessage } from "node:http";
import { forbidden } from "../errors.js";
import { isLoopback } from "./clientAddress.js";

/**
 * Whether the Host header of a request names this server: by a loopback name, or by that of a base URL. With DNS
 * rebinding a foreign page resolves its own name to 127.0.0.1; to the browser its requests are then same-origin, and
 * only the Host header gives them away.
 */
export function callsOwnHost({ headers: { host } }: IncomingMessage, baseUrls: readonly string[]): boolean {
  if (host === undefined) return true; // every browser sends the header
  if (usual.test(host)) return true;
  const called = hostName(`http://${host}`);
  return called !== null && (isLoopback(called) || baseUrls.some((url) => hostName(url) === called));
}

/** Matches the usual hosts, which need not be parsed as URLs. */
const usual = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** Returns the host name of a URL, an IPv6 address without its brackets; null if the text is not a URL. */
function hostName(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[(.*)\]$/, "$1") : null;
}

export const foreignHost = forbidden(
  "Without API keys, this server accepts only requests to host names of its own machine, such as localhost. To use another host name, set MEDOID_BASE_URL to the server's URL, or create an API key.",
);
