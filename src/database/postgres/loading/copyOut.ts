import type { Socket } from "node:net";
import type pg from "pg";
import type { CopyReader } from "../../copyFormat/copyReader.js";
import { readInPlace } from "./reusingSocket.js";

/** The parts of node-postgres' connection that are used. */
interface Connection {
  stream: Socket;
  query(sql: string): void;
}

/** First bytes of the protocol's messages. */
const copyOutResponse = 0x48;
const copyData = 0x64;
const copyDone = 0x63;
/** Messages that may arrive at any time and do not concern the COPY. */
const asides = new Set([0x53, 0x4e, 0x41]);
/** Length of the first byte and of the length field, which counts itself but not the first byte. */
const prefix = 5;
/** Initial capacity for an incomplete message; it grows for a longer one. */
const bytesHeld = 64 * 1024;

/**
 * Runs COPY … TO STDOUT, and has the rows read in place, in the buffer that the socket filled. A stream would
 * copy each byte twice more and create an object per row, which for a million wide rows takes as long as
 * everything else together. There is no backpressure: the reader must have finished with a row when it
 * returns.
 */
export function copyOut(client: pg.ClientBase, sql: string, reader: CopyReader): Promise<void> {
  return new Promise((resolve, reject) => {
    let takeOver: (() => void) | undefined;
    let failure: unknown;
    client.query({
      submit(connection: Connection) {
        takeOver = readMessages(connection, reader, (error) => {
          failure ??= error;
        });
        connection.query(sql);
      },
      handleError(error: unknown) {
        takeOver?.();
        reject(error);
      },
      handleCommandComplete() {},
      handleReadyForQuery() {
        if (failure === undefined) resolve();
        else reject(failure);
      },
    } as unknown as pg.Submittable);
  });
}

/**
 * Takes the place of node-postgres' parser until the COPY has ended.
 * @param onFailure called with the error that the reader threw; later rows are not read
 * @returns a function that ends the reading immediately
 */
function readMessages(
  { stream }: Connection,
  reader: CopyReader,
  onFailure: (error: unknown) => void,
): () => void {
  const [theirs] = stream.listeners("data") as ((bytes: Buffer) => void)[];
  stream.removeListener("data", theirs);
  stream.on("data", onData);
  readInPlace(stream, onData);
  /** The bytes of a message that has not arrived completely. */
  let held = Buffer.allocUnsafeSlow(bytesHeld);
  let heldBytes = 0;
  let ended = false;
  let isReading = true;

  function giveBack(...rest: Buffer[]): void {
    if (ended) return;
    ended = true;
    stream.removeListener("data", onData);
    stream.on("data", theirs);
    readInPlace(stream, undefined);
    const bytes = Buffer.concat(rest); // a copy, because the socket may overwrite its own buffer
    if (bytes.length > 0) theirs(bytes);
  }

  function hold(bytes: Buffer, start: number, end: number): void {
    const needed = heldBytes + end - start;
    if (needed > held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * held.length));
      held.copy(larger, 0, 0, heldBytes);
      held = larger;
    }
    bytes.copy(held, heldBytes, start, end);
    heldBytes = needed;
  }

  /** @param end of the new data in `bytes` */
  function onData(bytes: Buffer, end = bytes.length): void {
    let at = 0;
    // An incomplete message is completed with the new bytes; all other messages are read in place.
    while (heldBytes > 0) {
      const length = heldBytes < prefix ? prefix : messageLength(held, 0);
      const next = Math.min(end, at + length - heldBytes);
      hold(bytes, at, next);
      at = next;
      if (heldBytes < length) return;
      if (length === prefix && messageLength(held, 0) > prefix) continue;
      heldBytes = 0;
      if (!take(held, 0, length)) {
        giveBack(held.subarray(0, length), bytes.subarray(at, end));
        return;
      }
    }
    while (at < end) {
      const next = end - at < prefix ? Number.POSITIVE_INFINITY : at + messageLength(bytes, at);
      if (next > end) {
        hold(bytes, at, end);
        return;
      }
      if (!take(bytes, at, next)) {
        giveBack(bytes.subarray(at, end));
        return;
      }
      at = next;
    }
  }

  /** @returns whether the message belongs to the COPY */
  function take(bytes: Buffer, start: number, end: number): boolean {
    const kind = bytes[start];
    if (kind === copyData) {
      if (!isReading) return true;
      try {
        reader.read(bytes, start + prefix, end);
      } catch (error) {
        isReading = false;
        onFailure(error);
      }
      return true;
    }
    return kind === copyOutResponse || kind === copyDone || asides.has(kind);
  }

  return () => giveBack();
}

const messageLength = (bytes: Buffer, start: number): number => 1 + bytes.readUInt32BE(start + 1);
