/** By the byte order mark, or by every other one of the first bytes being zero. */
export function isUtf16(content: Buffer): boolean {
  if ((content[0] === 0xff && content[1] === 0xfe) || (content[0] === 0xfe && content[1] === 0xff))
    return true;
  const first = content.subarray(0, 64);
  const zerosAt = (parity: number) => first.filter((byte, at) => at % 2 === parity && byte === 0).length;
  return first.length >= 4 && Math.max(zerosAt(0), zerosAt(1)) > first.length / 4;
}
