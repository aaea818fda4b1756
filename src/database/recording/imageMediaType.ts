import { isSvg } from "./svg.js";

/** The types of images that can be stored. */
export const imageMediaTypes = [
  "image/avif",
  "image/webp",
  "image/png",
  "image/jpeg",
  "image/svg+xml",
] as const;
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
  if (startsWith("ftyp", 4) && isAvif(bytes)) return "image/avif";
  return isSvg(bytes) ? "image/svg+xml" : null;
}

/** Maximum number of brands of a file that are looked at. Encoders write about five. */
const mostBrands = 100;

/**
 * Whether a file of the ISO base media format (ISO/IEC 14496-12), which begins with the box `ftyp`, is an AVIF
 * image or image sequence: by its main brand or one of its compatible brands.
 */
function isAvif(bytes: Uint8Array): boolean {
  const { buffer, byteOffset, byteLength } = bytes;
  const box = Buffer.from(buffer, byteOffset, byteLength);
  if (box.length < 16) return false;
  const end = Math.min(box.readUInt32BE(0), box.length, 8 + 4 * mostBrands);
  for (let at = 8; at + 4 <= end; at += 4) {
    const isVersion = at === 12; // between the main brand and the compatible ones
    if (!isVersion && ["avif", "avis"].includes(box.toString("latin1", at, at + 4))) return true;
  }
  return false;
}
