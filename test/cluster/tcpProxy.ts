import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP proxy that can be cut off: processes are given its port in place of the server's. */
export interface TcpProxy {
  readonly port: number;
  /** Closes every connection, and each new one at once. */
  drop(): void;
  /** Passes nothing on any more, on open and on new connections, and closes none. */
  hang(): void;
  /**
   * Lets new connections through again. Hanging connections are closed, as by a network that has forgotten them, or
   * stay silent, as behind a firewall that has forgotten them: neither side receives anything, not even that the other
   * has closed.
   */
  restore(hung?: "closed" | "silent"): void;
  close(): Promise<void>;
}

export async function startTcpProxy(to: number): Promise<TcpProxy> {
  let mode: "pass" | "drop" | "hang" = "pass";
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  };
  /** Ends the traffic of the connections that are open now. */
  let silence = new AbortController();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    keep(client);
    if (mode === "drop") client.destroy();
    if (mode !== "pass") return void client.resume();
    const { signal } = silence;
    const upstream = connect({ port: to, host: "127.0.0.1", allowHalfOpen: true });
    keep(upstream);
    for (const [from, into] of [
      [client, upstream],
      [upstream, client],
    ]) {
      from.on("data", (bytes) => signal.aborted || into.write(bytes));
      from.on("end", () => signal.aborted || into.end());
      from.on("close", () => signal.aborted || into.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    drop() {
      mode = "drop";
      destroyAll();
    },
    hang() {
      mode = "hang";
      silence.abort();
      silence = new AbortController();
    },
    restore(hung = "closed") {
      if (mode === "hang" && hung === "closed") destroyAll();
      mode = "pass";
    },
    async close() {
      destroyAll();
      server.close();
      await once(server, "close");
    },
  };
}
