/** Writes the 16 bytes of a UUID, which may have hyphens, at `offset`. */
export function writeUuid(uuid: string, bytes: Uint8Array, offset: number): void {
  let at = 0;
  for (let i = 0; i < 16; i++) {
    if (uuid[at] === "-") at++;
    bytes[offset + i] = (valueOfDigit(uuid.charCodeAt(at)) << 4) | valueOfDigit(uuid.charCodeAt(at + 1));
    at += 2;
  }
}

/** The value of a hexadecimal digit: the codes of letters, of either case, have bit 6 and end in 1 to 6. */
const valueOfDigit = (code: number) => (code & 15) + 9 * (code >> 6);

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Reads the UUID whose 16 bytes start at `offset`: lowercase, with hyphens. */
export function readUuid(bytes: Uint8Array, offset: number): string {
  let uuid = "";
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) uuid += "-";
    uuid += hexOfByte[bytes[offset + i]];
  }
  return uuid;
}
