import type { Socket } from "node:net";
import type pg from "pg";
import type { CopyReader } from "../../copyFormat/copyReader.js";
import { readInPlace } from "./reusingSocket.js";

/** What is used of node-postgres' connection. */
interface Connection {
  stream: Socket;
  query(sql: string): void;
}

/** Messages of the protocol: their first bytes. */
const copyOutResponse = 0x48;
const copyData = 0x64;
const copyDone = 0x63;
/** May come at any time, and says nothing about the COPY. */
const asides = new Set([0x53, 0x4e, 0x41]);
/** The first byte, and a length that counts itself but not the first byte. */
const prefix = 5;
/** Room for a message that has not ended, which grows where it is longer. */
const bytesHeld = 64 * 1024;

/**
 * Runs COPY … TO STDOUT and has its rows read where they lie in what the socket gave. A stream of them would copy each
 * byte twice more and make an object of each row: for a million wide rows that takes as long as all the rest.
 * It waits for nobody: the reader must be done with a row when it returns.
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
 * Stands in for node-postgres until the COPY has ended.
 * @param onFailure is told what the reader threw; what comes after is not read
 * @returns ends it at once
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
  /** Begins with a message that has not ended. */
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
    const bytes = Buffer.concat(rest); // a copy: the socket may use its own again
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

  /** @param end of what is new in `bytes` */
  function onData(bytes: Buffer, end = bytes.length): void {
    let at = 0;
    // What is held is brought to its end, as far as the new bytes reach; all others are read where they are.
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

  /** @returns whether the message was one of the COPY */
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
