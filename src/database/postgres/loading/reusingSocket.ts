import { type OnReadOpts, Socket, type SocketConstructorOpts } from "node:net";

const bytesPerRead = 256 * 1024;

/** Must have finished with the bytes when it returns. @param end of the new data in them */
type InPlaceReader = (bytes: Buffer, end: number) => void;

const inPlaceReaders = new WeakMap<Socket, InPlaceReader>();

/**
 * A socket that reads into the same buffer again and again. Node's own sockets allocate new memory for every
 * 64 kB, which the system must provide page by page: for gigabytes that takes as long as receiving them. This
 * socket only emits "data"; it cannot be read from or piped. It therefore serves `copyOut`, but not the
 * streams of pg-copy-streams.
 * @param connection that the socket is for, as passed by node-postgres. A connection with TLS, which reads
 *   from the socket in its own way, gets one of Node's
 */
export function reusingSocket({ ssl }: { ssl?: unknown } = {}): Socket {
  if (ssl) return new Socket();
  const buffer = Buffer.allocUnsafeSlow(bytesPerRead);
  const onread: OnReadOpts = {
    buffer,
    callback(length) {
      const reader = inPlaceReaders.get(socket);
      if (reader) reader(buffer, length);
      else socket.emit("data", Buffer.from(buffer.subarray(0, length)));
      return true;
    },
  };
  // The option is documented for every socket, but declared only for those that net.connect creates.
  const socket = new Socket({ onread } as SocketConstructorOpts);
  return socket;
}

/**
 * Passes what a reusing socket receives to the reader, in place, instead of emitting it as "data": no object
 * is created per read. Has no effect on other sockets.
 * @param reader undefined restores the emitting of "data"
 */
export function readInPlace(socket: Socket, reader: InPlaceReader | undefined): void {
  if (reader) inPlaceReaders.set(socket, reader);
  else inPlaceReaders.delete(socket);
}
