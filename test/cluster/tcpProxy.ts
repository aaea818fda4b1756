import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to a server that can be cut: processes are given its port in place of the server's. */
export interface TcpProxy {
  readonly port: number;
  /** Closes every connection, and each new one at once. */
  drop(): void;
  /** Says nothing any more, on connections that are open and on new ones, and closes none. */
  hang(): void;
  /**
   * Lets new connections through again. What hung is closed, as a network does that forgot it, or stays as it is, as
   * behind a firewall that forgot it: neither side hears anything, not even that the other has closed.
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
  /** Ends what the connections of now say to each other. */
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
