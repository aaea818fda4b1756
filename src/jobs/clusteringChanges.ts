import { EventEmitter, once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { PrismaClient } from "../database/generated/sqlite/client.js";

/** Tells who watches a clustering that its row has changed. */
export interface ClusteringChanges {
  /** Said by whoever changed the row in this process. */
  changed(clusteringResultId: string): void;
  /**
   * Yields once at once, then whenever the row has changed, in this process or another, and when it is gone;
   * until `signal` aborts.
   */
  watch(clusteringResultId: string, signal?: AbortSignal): AsyncIterable<void>;
}

/** How soon a change made by another process is seen. */
const pollMilliseconds = 500;

export function createClusteringChanges(prisma: PrismaClient): ClusteringChanges {
  const emitter = new EventEmitter().setMaxListeners(0);

  async function state(id: string): Promise<string> {
    const row = await prisma.clusteringResult.findUnique({
      where: { id },
      select: { status: true, stage: true, progress: true, attempt: true },
    });
    return JSON.stringify(row);
  }

  return {
    changed(id) {
      emitter.emit(id);
    },

    async *watch(id, signal) {
      let seen: string | undefined;
      while (!signal?.aborted) {
        // Listening starts before the look, so that no change falls between the two.
        const waiting = new AbortController();
        const stop = signal ? AbortSignal.any([signal, waiting.signal]) : waiting.signal;
        const change = Promise.race([
          once(emitter, id, { signal: stop }),
          delay(pollMilliseconds, undefined, { signal: stop }),
        ]).catch(() => {});
        try {
          const now = await state(id);
          if (now !== seen) {
            seen = now;
            yield;
          }
          await change;
        } finally {
          waiting.abort();
        }
      }
    },
  };
}
