import { EventEmitter, once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { v7 as uuid } from "uuid";
import type { Database } from "../../database/database.js";
import { openNotificationChannel } from "../../database/postgres/connections/notificationChannel.js";

/** Notifies those who watch a job's subject that its row has changed. */
export interface JobChanges {
  /** Must be called by the code that has changed the row in this process. */
  changed(subjectId: string): void;
  /**
   * Yields immediately, and again after each change of the row, in this process or another, including its
   * deletion; ends when `signal` aborts.
   */
  watch(subjectId: string, signal?: AbortSignal): AsyncIterable<void>;
  /**
   * Calls the listener when another process reports a changed row; reports can be lost. @returns a function
   * that removes the listener
   */
  onChangedElsewhere(listener: (subjectId: string) => void): () => void;
  close(): Promise<void>;
}

/** Milliseconds after which a change by another process is noticed without a notification. */
const pollMilliseconds = { sqlite: 500, postgresql: 2_000 };

/** Named after the first kind of job: processes of older versions listen to this channel. */
const channelName = "medoid_clustering_changes";
const allRows = "*";

/**
 * On PostgreSQL, processes notify each other. Watchers always read the row, so that a lost notification only
 * delays them.
 * @param stateOf the state of a subject's row: its watchers are called when it differs
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
        // Listening starts before the row is read, so that no change is missed between the two.
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
