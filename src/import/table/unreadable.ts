import { statSync } from "node:fs";
import { RunFileError } from "../runSource.js";

/**
 * Names the file in an error of reading, unpacking or decoding it. Any other error is a bug, and is returned
 * unchanged.
 */
export function unreadable(error: unknown, shownPath: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  // Errors of the file system and of gzip have system error codes.
  return code && /^(E(?!RR_)|Z_)[A-Z_]+$/.test(code)
    ? new RunFileError(`${shownPath} cannot be read: ${message}.`)
    : error;
}

/** @param where the line that has an invalid byte */
export function notUtf8(shownPath: string, where: string): RunFileError {
  return new RunFileError(
    `${shownPath} is not UTF-8: an invalid byte is ${where}. Convert it first, for example: \`iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW\`.`,
  );
}

/**
 * Refuses what cannot be read like a file: opening a pipe would wait for another program.
 *
 * @throws RunFileError
 */
export function requireFile(path: string, shownPath: string): void {
  const stats = statSync(path);
  if (stats.isDirectory()) throw new RunFileError(`${shownPath} is a directory, not a file.`);
  if (!stats.isFile()) throw new RunFileError(`${shownPath} is not a file.`);
}
