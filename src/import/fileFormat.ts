import { statSync } from "node:fs";
import { fileStart, isGzip, unpackedStart } from "./fileStart.js";

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
  const isCompressed = isGzip(start);
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
  try {
    if (!statSync(path).isFile()) return Buffer.alloc(0); // opening a pipe would block
    return fileStart(path, bytesRead);
  } catch {
    return Buffer.alloc(0);
  }
}

function contentOf(start: Buffer): FileFormat["content"] {
  const text = start.toString("latin1");
  if (text.startsWith("SQLite format 3\0")) return "SQLite";
  if (/^PAR[1E]/.test(text)) return "Parquet";
  return /^(?:\xef\xbb\xbf)?[ \t\r\n]*\{/.test(text) ? "JSON lines" : null;
}
