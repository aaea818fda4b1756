import { isUtf8 } from "node:buffer";

const decoder = new TextDecoder();

/**
 * Reads bytes as UTF-8, without a byte order mark at their start.
 * @throws RangeError where they are none: nothing of them may become U+FFFD and be stored
 */
export function decodeUtf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) {
    const offset = firstInvalid(bytes);
    const byte = bytes[offset].toString(16).toUpperCase().padStart(2, "0");
    throw new RangeError(`the byte 0x${byte} at offset ${offset} is not UTF-8.`);
  }
  return decoder.decode(bytes);
}

/** Where bytes that are read leniently, and written again, first differ. */
function firstInvalid(bytes: Uint8Array): number {
  const lenient = Buffer.from(Buffer.from(bytes).toString());
  return bytes.findIndex((byte, i) => byte !== lenient[i]);
}
