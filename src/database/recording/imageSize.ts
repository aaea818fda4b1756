import { PNG } from "image-size/types/png";
import { SVG } from "image-size/types/svg";
import { WEBP } from "image-size/types/webp";
import { avifSize } from "./avifSize.js";
import type { ImageMediaType } from "./imageMediaType.js";
import { jpegSize } from "./jpegSize.js";
import type { PixelSize } from "./pixelSize.js";
import { svgTag } from "./svg.js";

/** Number of bytes, from the start, that hold the size of almost every image. */
export const shortHeadBytes = 4 * 1024;

/**
 * Maximum number of bytes, from the start, that are searched for the size. Metadata may precede it: in a JPEG,
 * Exif data of up to 64 kB and colour profiles. Reading any bytes of this number takes a few milliseconds.
 */
export const longHeadBytes: Record<ImageMediaType, number> = {
  "image/avif": 64 * 1024,
  "image/webp": shortHeadBytes,
  "image/png": shortHeadBytes,
  "image/jpeg": 256 * 1024,
  "image/svg+xml": 64 * 1024,
};

/**
 * Reads the size of an image from its first bytes: before any rotation that its metadata asks for, and for SVG
 * the size that its root element states, at 96 pixels per inch. (The library would also detect the type, among
 * many more than can be stored.)
 * @returns null if the bytes do not hold the size
 */
export function imageSizeOf(mediaType: ImageMediaType, head: Uint8Array): PixelSize | null {
  // The library reads beyond the end of bytes that share their memory with others, so they are copied.
  const bytes = new Uint8Array(head);
  let found: PixelSize | null;
  try {
    found = calculate[mediaType](bytes);
  } catch {
    return null; // a number is beyond the end
  }
  if (!found) return null;
  const { width, height } = found;
  return isSize(width) && isSize(height) ? { width, height } : null;
}

const calculate: Record<ImageMediaType, (bytes: Uint8Array) => PixelSize | null> = {
  "image/avif": avifSize,
  "image/webp": WEBP.calculate,
  "image/png": PNG.calculate,
  "image/jpeg": jpegSize,
  // Only the tag, because the library's search takes quadratic time; with the separators that it knows.
  "image/svg+xml": (bytes) => SVG.calculate(Buffer.from((svgTag(bytes) ?? "").replace(/[\s,]+/g, " "))),
};

const largestInt = 2 ** 31 - 1;
const isSize = (pixels: number) => Number.isInteger(pixels) && pixels >= 1 && pixels <= largestInt;
