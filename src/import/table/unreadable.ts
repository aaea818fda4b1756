import { RunFileError } from "../runSource.js";

/**
 * Names the file in an error of reading, unpacking or decoding it. Any other error is a bug, and is returned
 * unchanged.
 *
 * @param line the number of the line that was being read
 */
export function unreadable(error: unknown, shownPath: string, line?: number): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
    const where = line === undefined ? "" : `: an invalid byte is in or after line ${line}`;
    return new RunFileError(
      `${shownPath} is not UTF-8${where}. Convert it first, for example: \`iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW\`.`,
    );
  }
  // Errors of the file system and of gzip have system error codes.
  return code && /^(E(?!RR_)|Z_)[A-Z_]+$/.test(code)
    ? new RunFileError(`${shownPath} cannot be read: ${message}.`)
    : error;
}
