import type { Failure } from "./failure.js";

const firstWaitSeconds = 5;
const longestWaitSeconds = 60;

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
