import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to a server that can be cut: processes are given its port in place of the server's. */
export interface TcpProxy {
  readonly port: number;
  /** Closes every connection, and each new one at once. */
  drop(): void;
  /** Says nothing any more, on connections that are open and on new ones, and closes none. */
  hang(): void;
  /** Lets everything through again. What hung is closed now, as a network does that forgot it. */
  restore(): void;
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
  const server = createServer((client) => {
    keep(client);
    if (mode === "drop") client.destroy();
    if (mode !== "pass") return;
    const upstream = connect(to, "127.0.0.1");
    keep(upstream);
    client.on("data", (bytes) => mode === "pass" && upstream.write(bytes));
    upstream.on("data", (bytes) => mode === "pass" && client.write(bytes));
    client.on("close", () => mode !== "hang" && upstream.destroy());
    upstream.on("close", () => mode !== "hang" && client.destroy());
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
    },
    restore() {
      if (mode === "hang") destroyAll();
      mode = "pass";
    },
    async close() {
      destroyAll();
      server.close();
      await once(server, "close");
    },
  };
}
