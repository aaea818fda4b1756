/** The kinds of image that are kept. */
export const imageMediaTypes = ["image/webp", "image/png", "image/jpeg", "image/svg+xml"] as const;
export type ImageMediaType = (typeof imageMediaTypes)[number];

/** What kind of image the bytes are, by what they begin with; null where they are none that is kept. */
export function imageMediaTypeOf(bytes: Uint8Array): ImageMediaType | null {
  const startsWith = (signature: string, offset = 0) =>
    Buffer.from(bytes.subarray(offset, offset + signature.length)).toString("latin1") === signature;
  if (startsWith("RIFF") && startsWith("WEBP", 8)) return "image/webp";
  if (startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (startsWith("\xff\xd8\xff")) return "image/jpeg";
  return isSvg(bytes) ? "image/svg+xml" : null;
}

const longestProlog = 64 * 1024;
/** What may stand before an XML document's root: a declaration, comments, instructions, a document type. */
const prolog = /^\s*(?:<\?[^>]*\?>|<!--(?:[^-]|-(?!->))*-->|<!DOCTYPE(?:[^>[]|\[[^\]]*\])*>|\s)*/;
const root = /^<(?:[\w.-]+:)?svg(?=[\s/>])/;

/** Whether it is a document of UTF-8 text whose root element, from first tag to last, is an `svg`. */
function isSvg(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte > 0x20);
  if (first !== 0x3c && first !== 0xef) return false; // "<", or a byte order mark
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return false;
  }
  const start = text.slice(0, longestProlog);
  const body = text.slice(prolog.exec(start)?.[0].length ?? 0);
  const tag = root.exec(body)?.[0].slice(1);
  if (!tag) return false;
  const end = text.replace(/(?:\s|<!--(?:[^-]|-(?!->))*-->)*$/, "");
  return end.endsWith(`</${tag}>`) || /^[^>]*\/>$/.test(body.trimEnd());
}
