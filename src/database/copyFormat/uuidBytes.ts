/** Writes a UUID's 16 bytes at `offset`. */
export function writeUuid(uuid: string, bytes: Uint8Array, offset: number): void {
  const hex = uuid.replaceAll("-", "");
  for (let i = 0; i < 16; i++) bytes[offset + i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
}

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
