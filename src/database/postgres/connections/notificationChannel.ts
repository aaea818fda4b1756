import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { connectionConfig } from "./connectionConfig.js";

/**
 * A channel of PostgreSQL's LISTEN and NOTIFY on a connection of its own, which is reopened whenever it is
 * lost.
 */
export interface NotificationChannel {
  /**
   * Notifies every listener in any process. Notifications are lost while the connection is, so that nothing
   * may depend on one.
   */
  notify(payload: string): void;
  close(): Promise<void>;
}

export interface NotificationListener {
  onNotification(payload: string): void;
  /**
   * Called when listening begins, for the first time or again. Earlier notifications may have been missed.
   */
  onListening(): void;
}

const reconnectMilliseconds = 500;
/** A connection that hangs half open is detected by a query that gets no response in time. */
const questionEveryMilliseconds = 5_000;
const answerSeconds = 3;

/** @param channel a plain SQL identifier */
export function openNotificationChannel(
  url: string,
  channel: string,
  listener: NotificationListener,
): NotificationChannel {
  const config = connectionConfig(url, {
    applicationName: "medoid changes",
    statementSeconds: answerSeconds,
  });
  const closing = new AbortController();
  let listening: pg.Client | undefined;

  async function listen(): Promise<void> {
    const client = new pg.Client(config);
    let lose: () => void = () => {};
    const lost = new Promise<void>((resolve) => {
      lose = resolve;
    });
    client.on("error", lose);
    client.on("end", lose);
    client.on("notification", ({ payload }) => listener.onNotification(payload ?? ""));
    closing.signal.addEventListener("abort", lose);
    let question: NodeJS.Timeout | undefined;
    try {
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      listening = client;
      listener.onListening();
      question = setInterval(() => client.query("SELECT 1").catch(lose), questionEveryMilliseconds);
      question.unref();
      await lost;
    } finally {
      listening = undefined;
      clearInterval(question);
      closing.signal.removeEventListener("abort", lose);
      client.end().catch(() => {});
    }
  }

  const running = (async () => {
    while (!closing.signal.aborted) {
      // After any error the connection is reopened; meanwhile all listeners poll.
      await listen().catch(() => {});
      await delay(reconnectMilliseconds, undefined, { signal: closing.signal, ref: false }).catch(() => {});
    }
  })();

  return {
    notify(payload) {
      listening?.query("SELECT pg_notify($1, $2)", [channel, payload]).catch(() => {});
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}
