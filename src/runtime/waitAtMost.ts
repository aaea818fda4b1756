import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits for the work for at most the given time; after that, the work continues without being waited for.
 *
 * @returns whether the work ended in time
 * @throws the work's error, if it fails in time
 */
export async function waitAtMost(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const waiting = new AbortController();
  const late = delay(milliseconds, false, { signal: waiting.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    waiting.abort();
  }
}
