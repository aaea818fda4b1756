import { type OnReadOpts, Socket, type SocketConstructorOpts } from "node:net";

const bytesPerRead = 256 * 1024;

/** Is done with the bytes when it returns. @param end of what is new in them */
type InPlaceReader = (bytes: Buffer, end: number) => void;

const inPlaceReaders = new WeakMap<Socket, InPlaceReader>();

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
      const reader = inPlaceReaders.get(socket);
      if (reader) reader(buffer, length);
      else socket.emit("data", Buffer.from(buffer.subarray(0, length)));
      return true;
    },
  };
  // Documented for every socket, and declared for those that net.connect makes.
  const socket = new Socket({ onread } as SocketConstructorOpts);
  return socket;
}

/**
 * Has what a reusing socket receives read where it lies, and no longer emitted as "data": the memory is the same each
 * time, so that nothing needs to be made for it. Any other socket goes on as it does.
 * @param reader undefined has it emitted again
 */
export function readInPlace(socket: Socket, reader: InPlaceReader | undefined): void {
  if (reader) inPlaceReaders.set(socket, reader);
  else inPlaceReaders.delete(socket);
}
