import { closeSync, openSync, readSync } from "node:fs";
import { constants, gunzipSync } from "node:zlib";

/** Reads the first bytes of a file: as many as requested, or all if it is shorter. */
export function fileStart(path: string, bytes: number): Buffer {
  const start = Buffer.alloc(bytes);
  const descriptor = openSync(path, "r");
  try {
    return start.subarray(0, readSync(descriptor, start, 0, bytes, 0));
  } finally {
    closeSync(descriptor);
  }
}

export function isGzip(start: Buffer): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

/** Unpacks as much of the start of a gzip file as possible, because its end is cut off; nothing if it is damaged. */
export function unpackedStart(start: Buffer): Buffer {
  try {
    return gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}
