import { isSvg } from "./svg.js";

/** The types of images that can be stored. */
export const imageMediaTypes = ["image/webp", "image/png", "image/jpeg", "image/svg+xml"] as const;
export type ImageMediaType = (typeof imageMediaTypes)[number];

/**
 * The type of an image, recognised by its first bytes or, for SVG, by its root element; null if it cannot be
 * stored.
 */
export function imageMediaTypeOf(bytes: Uint8Array): ImageMediaType | null {
  const startsWith = (signature: string, offset = 0) =>
    Buffer.from(bytes.subarray(offset, offset + signature.length)).toString("latin1") === signature;
  if (startsWith("RIFF") && startsWith("WEBP", 8)) return "image/webp";
  if (startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (startsWith("\xff\xd8\xff")) return "image/jpeg";
  return isSvg(bytes) ? "image/svg+xml" : null;
}
