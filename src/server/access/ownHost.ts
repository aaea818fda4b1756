import type { IncomingMessage } from "node:http";
import { forbidden } from "../errors.js";
import { isLoopback } from "./clientAddress.js";

/**
 * Whether a request calls this server by a name that is its own: a loopback one, or that of a base URL. A page of
 * another site can let its own name lead to 127.0.0.1 (DNS rebinding): its requests are of one site then, for the
 * browser, and only what they call the server tells.
 */
export function callsOwnHost({ headers: { host } }: IncomingMessage, baseUrls: readonly string[]): boolean {
  if (host === undefined) return true; // no browser's
  if (usual.test(host)) return true;
  const called = hostName(`http://${host}`);
  return called !== null && (isLoopback(called) || baseUrls.some((url) => hostName(url) === called));
}

/** What need not be read as a URL. */
const usual = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** An address of IPv6 without its brackets; null where it is no URL. */
function hostName(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[(.*)\]$/, "$1") : null;
}

export const foreignHost = forbidden(
  "Without API keys this server answers only to the names of its own machine, such as localhost. To be reached by another name, set MEDOID_BASE_URL, or make an API key.",
);
