import { HEIF } from "image-size/types/heif";
import type { ISizeCalculationResult } from "image-size/types/interface";
import { JPG } from "image-size/types/jpg";
import { PNG } from "image-size/types/png";
import { SVG } from "image-size/types/svg";
import { WEBP } from "image-size/types/webp";
import type { ImageMediaType } from "./imageMediaType.js";
import { svgTag } from "./svg.js";

/** In pixels. */
export interface ImageSize {
  width: number;
  height: number;
}

/** Number of bytes, from the start, that hold the size of almost every image. */
export const shortHeadBytes = 4 * 1024;

/**
 * Maximum number of bytes, from the start, that are searched for the size. Metadata may precede it: in a JPEG,
 * Exif data of up to 64 kB and colour profiles. Searching hostile bytes for the boxes of an AVIF takes
 * quadratic time: 0.1 s for this number.
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
export function imageSizeOf(mediaType: ImageMediaType, head: Uint8Array): ImageSize | null {
  // The library reads beyond the end of bytes that share their memory with others, so they are copied.
  const bytes = new Uint8Array(head);
  let found: ISizeCalculationResult;
  try {
    found = calculate[mediaType](bytes);
  } catch {
    return null;
  }
  // An AVIF image may have parts of other sizes: tiles, a thumbnail.
  const sizes = found.images ?? [found];
  const { width, height } = sizes.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a));
  return isSize(width) && isSize(height) ? { width, height } : null;
}

const calculate: Record<ImageMediaType, (bytes: Uint8Array) => ISizeCalculationResult> = {
  "image/avif": avifSize,
  "image/webp": WEBP.calculate,
  "image/png": PNG.calculate,
  "image/jpeg": JPG.calculate,
  // Only the tag, because the library's search takes quadratic time; with the separators that it knows.
  "image/svg+xml": (bytes) => SVG.calculate(Buffer.from((svgTag(bytes) ?? "").replace(/[\s,]+/g, " "))),
};

/** @throws if the image is cropped by a `clap` box, which the library misreads */
function avifSize(bytes: Uint8Array): ISizeCalculationResult {
  if (Buffer.from(bytes.buffer).includes("clap")) throw new Error("The image is cropped.");
  return HEIF.calculate(bytes);
}

const largestInt = 2 ** 31 - 1;
const isSize = (pixels: number) => Number.isInteger(pixels) && pixels >= 1 && pixels <= largestInt;
