import type { Socket } from "node:net";
import type pg from "pg";
import type { CopyReader } from "./copyReader.js";
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
  readInPlace(stream, true);
  /** A message that has not ended, and how long it will be; 0 as long as that is not known. */
  let held: Buffer[] = [];
  let heldBytes = 0;
  let ended = false;
  let isReading = true;

  function giveBack(rest?: Buffer): void {
    if (ended) return;
    ended = true;
    stream.removeListener("data", onData);
    stream.on("data", theirs);
    readInPlace(stream, false);
    if (rest && rest.length > 0) theirs(Buffer.from(rest));
  }

  function onData(bytes: Buffer): void {
    let at = 0;
    if (heldBytes > 0) {
      held.push(Buffer.from(bytes)); // the socket may use the bytes again
      heldBytes += bytes.length;
      if (heldBytes < prefix) return;
      const first = held[0].length >= prefix ? held[0] : Buffer.concat(held);
      const length = 1 + first.readUInt32BE(1);
      if (heldBytes < length) return;
      // What was held, and as much of the new bytes as the message has: the others are read where they are.
      const before = heldBytes - bytes.length;
      held[held.length - 1] = held[held.length - 1].subarray(0, length - before);
      const message = Buffer.concat(held);
      held = [];
      heldBytes = 0;
      at = length - before;
      if (!take(message, 0, message.length)) {
        giveBack(Buffer.concat([message, bytes.subarray(at)]));
        return;
      }
    }
    while (at < bytes.length) {
      const rest = bytes.length - at;
      const end = rest < prefix ? Number.POSITIVE_INFINITY : at + 1 + bytes.readUInt32BE(at + 1);
      if (end > bytes.length) {
        held = [Buffer.from(bytes.subarray(at))];
        heldBytes = rest;
        return;
      }
      if (!take(bytes, at, end)) {
        giveBack(bytes.subarray(at));
        return;
      }
      at = end;
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
