import { closeSync, openSync, readSync, statSync } from "node:fs";
import { constants, gunzipSync } from "node:zlib";

/**
 * The format of a file to import, recognised by its first bytes; `content` is null if they match no known
 * format. A directory may be a dump.
 */
export interface FileFormat {
  content: "SQLite" | "Parquet" | "JSON lines" | "directory" | null;
  /** Whether the file is compressed by gzip. */
  isCompressed: boolean;
}

/** Enough for the white space and the byte order mark that may precede the first line's object. */
const bytesRead = 4096;

/**
 * Never throws: for a file that cannot be read the format is unknown, and the code that reads the file
 * reports the error.
 */
export function fileFormat(path: string): FileFormat {
  if (isDirectory(path)) return { content: "directory", isCompressed: false };
  const start = startOf(path);
  const isCompressed = start[0] === 0x1f && start[1] === 0x8b;
  return { content: contentOf(isCompressed ? unpackedStart(start) : start), isCompressed };
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function startOf(path: string): Buffer {
  const start = Buffer.alloc(bytesRead);
  try {
    if (!statSync(path).isFile()) return Buffer.alloc(0); // opening a pipe would block
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

/** Unpacks as much of the start as possible; its end is cut off. */
function unpackedStart(start: Buffer): Buffer {
  try {
    return gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0); // the file is damaged
  }
}

function contentOf(start: Buffer): FileFormat["content"] {
  const text = start.toString("latin1");
  if (text.startsWith("SQLite format 3\0")) return "SQLite";
  if (/^PAR[1E]/.test(text)) return "Parquet";
  return /^(?:\xef\xbb\xbf)?[ \t\r\n]*\{/.test(text) ? "JSON lines" : null;
}
