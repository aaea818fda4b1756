import type { AddressInfo } from "node:net";
import { createConnection, createServer, type Socket } from "node:net";

export interface DroppingProxy {
  /** The URL of the same database, through the proxy. */
  url: string;
  /** How many connections were dropped. */
  readonly dropped: number;
  /** For the next statements that match, whether they are passed on or not, the connection ends without a response. */
  dropAt(pattern: RegExp, times: number, options: { passOn: boolean }): void;
  close(): void;
}

/** Milliseconds that the server has to execute a statement that was passed on. */
const executionMilliseconds = 100;

/** A proxy between a client and PostgreSQL that drops the connection at the worst moment. */
export async function startDroppingProxy(databaseUrl: string): Promise<DroppingProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let pattern: RegExp | undefined;
  let left = 0;
  let passOn = true;
  let dropped = 0;
  const server = createServer((client) => {
    const upstream = createConnection(Number(target.port || 5432), target.hostname);
    let isDropped = false;
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", end);
      socket.on("close", end);
    }
    client.on("data", (bytes) => {
      if (isDropped) return;
      if (left > 0 && pattern?.test(bytes.toString("latin1"))) {
        left--;
        dropped++;
        isDropped = true;
        if (!passOn) return end();
        upstream.write(bytes);
        setTimeout(end, executionMilliseconds);
        return;
      }
      upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      if (!isDropped) client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    get dropped() {
      return dropped;
    },
    dropAt(at, times, options) {
      pattern = at;
      left = times;
      passOn = options.passOn;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
