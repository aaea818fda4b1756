import { type OnReadOpts, Socket, type SocketConstructorOpts } from "node:net";

const bytesPerRead = 256 * 1024;

/** Sockets whose listeners are done with the bytes when they return. */
const inPlace = new WeakSet<Socket>();

/**
 * A socket that reads into one piece of memory again and again. Node's own have new memory for every 64 kB, which the
 * system must provide page by page: for gigabytes that takes as long as receiving them. It only emits "data": nothing
 * can be read or piped from it, so it serves `copyOut`, and not the streams of pg-copy-streams.
 * @param connection that it is for, as node-postgres hands it over: encryption reads from the socket in its own way,
 *   and gets Node's
 */
export function reusingSocket({ ssl }: { ssl?: unknown } = {}): Socket {
  if (ssl) return new Socket();
  const buffer = Buffer.allocUnsafeSlow(bytesPerRead);
  const onread: OnReadOpts = {
    buffer,
    callback(length) {
      const bytes = buffer.subarray(0, length);
      socket.emit("data", inPlace.has(socket) ? bytes : Buffer.from(bytes));
      return true;
    },
  };
  // Documented for every socket, and declared for those that net.connect makes.
  const socket = new Socket({ onread } as SocketConstructorOpts);
  return socket;
}

/** Whether the socket's bytes may be overwritten as soon as its listeners have returned. Default: no. */
export function readInPlace(socket: Socket, isInPlace: boolean): void {
  if (isInPlace) inPlace.add(socket);
  else inPlace.delete(socket);
}
