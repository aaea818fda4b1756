import { isSvg } from "./svg.js";

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
