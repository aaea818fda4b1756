import { closeSync, openSync, readSync, statSync } from "node:fs";
import { constants, gunzipSync } from "node:zlib";

/** How a file of runs is written, by what it begins with; null where that says nothing. */
export interface FileFormat {
  content: "SQLite" | "JSON lines" | null;
  /** Whether it is compressed by gzip. */
  isCompressed: boolean;
}

/** White space may stand before the first line's object, and a byte order mark. */
const bytesRead = 4096;

/** A file that cannot be read, or is none, has no format that is known: whoever reads it says what is wrong. */
export function fileFormat(path: string): FileFormat {
  const start = startOf(path);
  const isCompressed = start[0] === 0x1f && start[1] === 0x8b;
  return { content: contentOf(isCompressed ? unpackedStart(start) : start), isCompressed };
}

function startOf(path: string): Buffer {
  const start = Buffer.alloc(bytesRead);
  try {
    if (!statSync(path).isFile()) return Buffer.alloc(0); // to open a pipe would wait
    const descriptor = openSync(path, "r");
    try {
      return start.subarray(0, readSync(descriptor, start, 0, start.length, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return Buffer.alloc(0);
  }
}

/** What of the start can be unpacked: its end is cut off. */
function unpackedStart(start: Buffer): Buffer {
  try {
    return gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0); // is damaged
  }
}

function contentOf(start: Buffer): FileFormat["content"] {
  const text = start.toString("latin1");
  if (text.startsWith("SQLite format 3\0")) return "SQLite";
  return /^(?:\xef\xbb\xbf)?[ \t\r\n]*\{/.test(text) ? "JSON lines" : null;
}
