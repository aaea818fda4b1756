import { isUtf8 } from "node:buffer";

const decoder = new TextDecoder();

/**
 * Decodes UTF-8, without the byte order mark that may be at the start.
 *
 * @throws RangeError with the first byte that is not UTF-8: no byte is replaced by U+FFFD, because the text
 *   is stored
 */
export function decodeUtf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) {
    const offset = firstInvalid(bytes);
    const byte = bytes[offset].toString(16).toUpperCase().padStart(2, "0");
    throw new RangeError(`the byte 0x${byte} at offset ${offset} is not UTF-8.`);
  }
  return decoder.decode(bytes);
}

/** Finds the first byte at which decoding leniently and encoding again gives a different byte. */
function firstInvalid(bytes: Uint8Array): number {
  const lenient = Buffer.from(Buffer.from(bytes).toString());
  return bytes.findIndex((byte, i) => byte !== lenient[i]);
}
