import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { connectionConfig } from "./connectionConfig.js";

/** A channel of PostgreSQL's LISTEN and NOTIFY, on a connection of its own that is opened again whenever it is lost. */
export interface NotificationChannel {
  /** Tells all who listen, in any process; lost where the connection is, so that none may rely on it. */
  notify(payload: string): void;
  close(): Promise<void>;
}

export interface NotificationListener {
  onNotification(payload: string): void;
  /** It listens, for the first time or again: what was told before is lost. */
  onListening(): void;
}

const reconnectMilliseconds = 500;
/** A connection that hangs half open is found out by a question that is not answered. */
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
      // Whatever it was, the connection is opened again; meanwhile everybody polls.
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
