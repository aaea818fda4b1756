import type { Failure } from "./failure.js";

const firstWaitSeconds = 5;
const longestWaitSeconds = 60;

/** Of a gateway that has no server behind it, or a server that can do no more at the moment. */
const temporaryStatuses: ReadonlySet<number | null> = new Set([502, 503, 504]);

/**
 * Whether a request that failed may succeed a little later.
 * @param status of the response; null if there is none, as of a subscription's events
 * @param code the API's code of the error; null if it has none
 * @param retryAfterSeconds after how long the server says that it may succeed; null if it does not say so
 */
export function mayPass(
  status: number | null,
  code: string | null,
  retryAfterSeconds: number | null,
): boolean {
  if (code === "REQUEST_LIMIT") return false; // what took too long takes too long again
  return temporaryStatuses.has(status) || code === "DATABASE_UNAVAILABLE" || retryAfterSeconds !== null;
}

/**
 * After how many seconds a request that failed is to be sent again by itself: when the server says, or else after
 * longer and longer times.
 * @param attempts how many attempts have failed, one after the other
 * @returns null if it would only fail again
 */
export function retrySeconds({ isTemporary, retryAfterSeconds }: Failure, attempts: number): number | null {
  if (!isTemporary) return null;
  return retryAfterSeconds ?? Math.min(longestWaitSeconds, firstWaitSeconds * 2 ** (attempts - 1));
}
