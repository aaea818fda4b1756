import { isUtf8 } from "node:buffer";

/** Checks that a file is UTF-8, chunk by chunk. */
export class Utf8Check {
  /** The number of the line in which the next chunk begins, from 1. */
  #line = 1;
  /** The first bytes of a character that the next chunk completes. */
  #begun: Buffer = Buffer.alloc(0);

  /**
   * @param chunk the next one; null at the end of the file
   * @returns the number of the line with the first byte that is not UTF-8; null if there is none
   */
  invalidLine(chunk: Buffer | null): number | null {
    if (chunk === null) return this.#begun.length > 0 ? this.#line : null;
    const bytes = this.#begun.length > 0 ? Buffer.concat([this.#begun, chunk]) : chunk;
    const end = bytes.length - lengthOfBegun(bytes);
    const complete = bytes.subarray(0, end);
    this.#begun = Buffer.from(bytes.subarray(end));
    const isValid = isUtf8(complete);
    // No character of several bytes contains a line break.
    let start = 0;
    for (let at = complete.indexOf(10); at >= 0; at = complete.indexOf(10, start)) {
      if (!isValid && !isUtf8(complete.subarray(start, at))) return this.#line;
      this.#line++;
      start = at + 1;
    }
    return isValid ? null : this.#line;
  }
}

/** How many bytes at the end begin a character that is not complete. */
function lengthOfBegun(bytes: Buffer): number {
  for (let length = 1; length <= Math.min(3, bytes.length); length++) {
    const byte = bytes[bytes.length - length];
    if (byte >= 0xc0) return length < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? length : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}
