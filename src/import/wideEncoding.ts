/** Byte order marks; that of UTF-32 begins like that of UTF-16. */
const marks: [RegExp, string][] = [
  [/^(?:fffe0000|0000feff)/, "UTF-32"],
  [/^(?:fffe|feff)/, "UTF-16"],
];

/** The places of the zeros among four bytes of text in Latin letters. */
const zeros: [places: number[], encoding: string][] = [
  [[1, 2, 3], "UTF-32LE"],
  [[0, 1, 2], "UTF-32BE"],
  [[1, 3], "UTF-16LE"],
  [[0, 2], "UTF-16BE"],
];

/**
 * The encoding, as `iconv` names it, of text in which every character takes at least two bytes: by the byte order mark, or
 * by where most of the first bytes are zero. Null for anything else.
 */
export function wideEncoding(content: Buffer): string | null {
  const hex = content.toString("hex", 0, 4);
  const marked = marks.find(([mark]) => mark.test(hex));
  if (marked) return marked[1];
  const first = content.subarray(0, 64);
  if (first.length < 4) return null;
  const areZero = (place: number) => {
    const bytes = first.filter((_, at) => at % 4 === place);
    return bytes.filter((byte) => byte === 0).length > bytes.length / 2;
  };
  return zeros.find(([places]) => places.every(areZero))?.[1] ?? null;
}
