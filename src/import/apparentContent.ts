import { shortenedText } from "../runtime/shortenedText.js";
import { fileStart, isGzip, unpackedStart } from "./fileStart.js";
import { wideEncoding } from "./wideEncoding.js";

const bytesRead = 64 * 1024;

/** What binary files begin with, in hexadecimal. */
const binaryBeginnings: [RegExp, string][] = [
  [/^504b0304/, "seems to be a ZIP archive or a spreadsheet"],
  [/^255044462d/, "seems to be a PDF document"],
  [
    /^(?:89504e47|ffd8ff|47494638|52494646.{8}57454250|.{8}66747970(?:61766966|68656963))/,
    "seems to be an image",
  ],
  [/^934e554d5059/, "holds vectors of NumPy: give the table of their texts, and this file as --vectors"],
  [/^89484446/, "seems to be HDF5: save it as Parquet"],
  [/^(?:4152524f5731|46454131)/, "seems to be Arrow (Feather): save it as Parquet"],
  [/^800[2-5]/, "seems to be a pickle of Python: save it as Parquet"],
  [
    /^(?:28b52ffd|425a68|fd377a585a|377abcaf|04224d18)/,
    "is compressed in another way than by gzip: decompress it",
  ],
  [/^1f8b/, "is compressed by gzip once more: decompress it"],
];

/** What a binary file of a known kind, which is not read, is, to follow "it" in a message; null for all others. */
export function knownBinary(content: Buffer): string | null {
  const hex = content.toString("hex", 0, 16);
  return binaryBeginnings.find(([beginning]) => beginning.test(hex))?.[1] ?? null;
}

const textBeginnings: [RegExp, string][] = [
  [/^<(?:!doctype html|html)/i, "seems to be a page in HTML"],
  [/^<\?xml/i, "seems to be XML"],
  [/^\[/, "seems to be one JSON list: write it as JSON lines, one object per line"],
];

/** What the content of a file of an unknown format looks like, to follow "it" in a message. */
export function apparentContent(path: string): string {
  const start = fileStart(path, bytesRead);
  if (start.length === 0) return "is empty";
  const isCompressed = isGzip(start);
  const content = isCompressed ? unpackedStart(start) : start;
  if (content.length === 0) return "is compressed by gzip, and empty or damaged";
  const looksLike = lookOf(content);
  return isCompressed ? `is compressed by gzip, and what is in it ${looksLike}` : looksLike;
}

function lookOf(content: Buffer): string {
  const binary = knownBinary(content);
  if (binary !== null) return binary;
  const encoding = wideEncoding(content);
  if (encoding !== null) return `seems to be text in ${encoding}: convert it to UTF-8`;
  if (content.includes(0)) return "holds binary data of no known format";
  const text = content
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .trimStart();
  if (text === "") return "holds only white space";
  const known = textBeginnings.find(([beginning]) => beginning.test(text));
  if (known) return known[1];
  const [line] = text.split(/[\r\n]/, 1);
  return `seems to be text that begins with ${JSON.stringify(shortenedText(line, 60))}`;
}
