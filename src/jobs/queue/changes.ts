import { EventEmitter, once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { v7 as uuid } from "uuid";
import type { Database } from "../../database/database.js";
import { openNotificationChannel } from "../../database/postgres/connections/notificationChannel.js";

/** Says to those who watch a job's subject that its row has changed. */
export interface JobChanges {
  /** Said by whoever changed the row in this process. */
  changed(subjectId: string): void;
  /**
   * Yields once at once, then whenever the row has changed, in this process or another, and when it is gone;
   * until `signal` aborts.
   */
  watch(subjectId: string, signal?: AbortSignal): AsyncIterable<void>;
  /** Calls whenever another process has said that a row was changed, as far as this one is told. @returns what ends it */
  onChangedElsewhere(listener: (subjectId: string) => void): () => void;
  close(): Promise<void>;
}

/** How soon a change made by another process is seen where it is not told. */
const pollMilliseconds = { sqlite: 500, postgresql: 2_000 };

const channelName = "medoid_clustering_changes";
const allRows = "*";

/**
 * On PostgreSQL, processes tell each other. The row is the truth: who is not told sees it a little later.
 * @param stateOf what is seen of a subject's row: those who watch it are called where it differs
 */
export function createJobChanges(
  { kind, url }: Database,
  stateOf: (subjectId: string) => Promise<unknown>,
): JobChanges {
  const emitter = new EventEmitter().setMaxListeners(0);
  const elsewhere = new EventEmitter().setMaxListeners(0);
  const process = uuid();
  const channel =
    kind === "postgresql"
      ? openNotificationChannel(url, channelName, {
          onNotification(payload) {
            const [sender, id] = payload.split(" ");
            if (sender === process) return;
            emitter.emit(id);
            elsewhere.emit("changed", id);
          },
          onListening: () => emitter.emit(allRows),
        })
      : undefined;

  return {
    changed(id) {
      emitter.emit(id);
      channel?.notify(`${process} ${id}`);
    },

    async *watch(id, signal) {
      let seen: string | undefined;
      while (!signal?.aborted) {
        // Listening starts before the look, so that no change falls between the two.
        const waiting = new AbortController();
        const stop = signal ? AbortSignal.any([signal, waiting.signal]) : waiting.signal;
        const change = Promise.race([
          once(emitter, id, { signal: stop }),
          once(emitter, allRows, { signal: stop }),
          delay(pollMilliseconds[kind], undefined, { signal: stop }),
        ]).catch(() => {});
        try {
          const now = JSON.stringify(await stateOf(id));
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

    onChangedElsewhere(listener) {
      elsewhere.on("changed", listener);
      return () => elsewhere.off("changed", listener);
    },

    close: async () => channel?.close(),
  };
}
