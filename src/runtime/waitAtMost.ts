import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits for the work, and no longer than so many milliseconds; then it goes on by itself.
 * @returns whether it ended in time
 * @throws what the work throws in time
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
