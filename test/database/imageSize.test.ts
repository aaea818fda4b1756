import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ImageMediaType,
  imageMediaTypeOf,
  imageMediaTypes,
} from "../../src/database/recording/imageMediaType.js";
import { imageSizeOf, longHeadBytes } from "../../src/database/recording/imageSize.js";
import { encoded } from "./encodedImages.js";

const images = Object.entries(encoded).map(([name, base64]) => ({
  name,
  bytes: Buffer.from(base64, "base64"),
}));
const size = { width: 31, height: 17 };
const sizeOfSvg = (text: string) => imageSizeOf("image/svg+xml", Buffer.from(text));

test.each(images)("$name is recognised, and its size is read", ({ name, bytes }) => {
  const mediaType = imageMediaTypeOf(bytes);
  expect(mediaType).toBe(`image/${/avif|webp|png|jpeg/i.exec(name)?.[0].toLowerCase()}`);
  expect(imageSizeOf(mediaType!, bytes)).toEqual(size);
});

describe("AVIF", () => {
  const file = (...brands: string[]) => {
    const box = Buffer.from(`\0\0\0\0ftyp${brands[0]}\0\0\0\0${brands.slice(1).join("")}`, "latin1");
    box.writeUInt32BE(box.length);
    return Buffer.concat([box, Buffer.from("\0\0\0\x08mdat", "latin1")]);
  };

  test("is recognised by its main brand or a compatible one, and no other file of the format is", () => {
    for (const brands of [["avif"], ["avis", "msf1"], ["mif1", "miaf", "avif"]]) {
      expect(imageMediaTypeOf(file(...brands)), brands.join()).toBe("image/avif");
    }
    for (const brands of [["heic", "mif1"], ["isom", "iso2", "mp41"], ["mif1"]]) {
      expect(imageMediaTypeOf(file(...brands)), brands.join()).toBeNull();
    }
    // The version, which is between the brands, is none, and what follows the box is none.
    expect(imageMediaTypeOf(Buffer.from("\0\0\0\x10ftypheicavifavif", "latin1"))).toBeNull();
    expect(imageMediaTypeOf(Buffer.from("\0\0\0\x14ftypavif", "latin1"))).toBeNull();
  });
});

describe("the size of an AVIF", () => {
  const box = (name: string, ...content: Buffer[]) => {
    const header = Buffer.from(`\0\0\0\0${name}`, "latin1");
    header.writeUInt32BE(8 + Buffer.concat(content).length);
    return Buffer.concat([header, ...content]);
  };
  const numbers = (...values: number[]) => {
    const bytes = Buffer.alloc(4 * values.length);
    for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
    return bytes;
  };
  const extent = (width: number, height: number) => box("ispe", numbers(0, width, height));
  const sizeOf = (...properties: Buffer[]) =>
    imageSizeOf(
      "image/avif",
      Buffer.concat([
        box("ftyp", Buffer.from("avif\0\0\0\0")),
        box("meta", numbers(0), box("iprp", box("ipco", ...properties))),
      ]),
    );

  test("is that of the whole image, not of its tiles or its thumbnail", () => {
    expect(sizeOf(extent(31, 17))).toEqual(size);
    expect(sizeOf(extent(16, 16), extent(31, 17), extent(4, 2))).toEqual(size);
  });

  test("is unknown if it is cropped, empty, beyond Int, or not stated", () => {
    expect(sizeOf(extent(31, 17), box("clap", numbers(30, 1, 16, 1, 0, 1, 0, 1)))).toBeNull();
    expect(sizeOf(extent(0, 17))).toBeNull();
    expect(sizeOf(extent(2 ** 31, 17))).toBeNull();
    expect(sizeOf()).toBeNull();
  });
});

describe("a JPEG", () => {
  test("with metadata before its size is read to the end of the metadata", () => {
    const jpeg = Buffer.from(encoded.jpeg, "base64");
    const profile = Buffer.alloc(65_535, 0x41);
    profile.writeUInt16BE(65_533);
    const segment = Buffer.concat([Buffer.from([0xff, 0xe2]), profile.subarray(0, 65_533)]);
    const withProfiles = Buffer.concat([jpeg.subarray(0, 2), segment, segment, segment, jpeg.subarray(2)]);
    expect(imageSizeOf("image/jpeg", withProfiles)).toEqual(size);
    expect(imageSizeOf("image/jpeg", withProfiles.subarray(0, 4096))).toBeNull();
  });
});

describe("an SVG", () => {
  test.each([
    ['<svg width="31" height="17"/>', size],
    ["<svg\n  width='31px'\n  height='17px'\n  xmlns='http://www.w3.org/2000/svg'><g/></svg>", size],
    ['<svg viewBox="0 0 31 17"></svg>', size],
    ['<svg viewBox="0,0,31,17" width="100%"></svg>', size],
    ['<?xml version="1.0"?><!-- <svg width="1" height="1"> --><s:svg width="31" height="17"/>', size],
    ['<svg width="1in" height="48"></svg>', { width: 96, height: 48 }],
    ['<svg width="62" viewBox="0 0 31 17"></svg>', { width: 62, height: 34 }],
    ["<svg/>", null],
    ['<svg width="31"></svg>', null],
    ['<svg width="1.2.3" height="17"></svg>', null],
    ['<svg width="0" height="17"></svg>', null],
    ['<svg viewBox="0 0 31"></svg>', null],
    ['<svg width="31" height="17"', null],
    ["not an SVG", null],
  ])("%s", (text, expected) => {
    expect(sizeOfSvg(text)).toEqual(expected);
  });

  test("has its size only in its root element's tag", () => {
    expect(sizeOfSvg('<svg><rect width="31" height="17"/></svg>')).toBeNull();
    expect(sizeOfSvg('<svg><svg width="31" height="17"/></svg>')).toBeNull();
  });
});

describe("hostile bytes", () => {
  test("property: any bytes have a size of whole pixels or none, and nothing is thrown", () => {
    const of = fc.constantFrom<ImageMediaType>(...imageMediaTypes);
    const damaged = fc
      .tuple(
        fc.constantFrom(...images),
        fc.nat(400),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 }),
      )
      .map(([{ bytes }, length, changes]) => {
        const copy = Buffer.from(bytes.subarray(0, length));
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        return copy;
      });
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged);
    fc.assert(
      fc.property(of, bytes, (mediaType, head) => {
        const found = imageSizeOf(mediaType, head);
        if (!found) return;
        for (const pixels of Object.values(found)) {
          expect(Number.isInteger(pixels) && pixels >= 1 && pixels < 2 ** 31).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("nothing beyond the end of the bytes is read, though they share their memory with others", () => {
    const webp = Buffer.from(encoded.webp, "base64");
    expect(imageSizeOf("image/webp", webp.subarray(0, 26))).toBeNull();
    expect(imageSizeOf("image/png", Buffer.from(encoded.png, "base64").subarray(0, 20))).toBeNull();
  });

  /** Files in which a search finds something to look at everywhere. */
  const slow: Record<string, (length: number) => Buffer> = {
    "image/jpeg": (length) => Buffer.alloc(length, Buffer.from([0x00, 0x01])),
    "image/svg+xml": (length) => Buffer.alloc(length, "<svg width='"),
  };
  test.each(Object.entries(slow))("of %s take linear time", (mediaType, file) => {
    const processorTime = (length: number) => {
      const bytes = file(length);
      imageSizeOf(mediaType as ImageMediaType, bytes);
      const { user } = process.cpuUsage();
      for (let i = 0; i < 4; i++) imageSizeOf(mediaType as ImageMediaType, bytes);
      return process.cpuUsage({ user, system: 0 }).user;
    };
    const most = longHeadBytes[mediaType as ImageMediaType];
    // Four times the length: 16 times as long if it were quadratic.
    expect(processorTime(most)).toBeLessThan(10 * Math.max(processorTime(most / 4), 2_000));
  });
});
