import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ImageMediaType,
  imageMediaTypeOf,
  imageMediaTypes,
} from "../../src/database/recording/imageMediaType.js";
import { imageSizeOf } from "../../src/database/recording/imageSize.js";
import { expectLinearTime } from "../linearTime.js";
import { encoded } from "./encodedImages.js";

const images = Object.entries(encoded).map(([name, base64]) => ({
  name,
  bytes: Buffer.from(base64, "base64"),
}));
const size = { width: 31, height: 17 };
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
const avif = (...boxes: Buffer[]) =>
  Buffer.concat([box("ftyp", Buffer.from("avif\0\0\0\0")), box("meta", numbers(0), ...boxes)]);
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
  const sizeOf = (...properties: Buffer[]) =>
    imageSizeOf("image/avif", avif(box("iprp", box("ipco", ...properties))));

  test("is that of the whole image, not of its tiles or its thumbnail", () => {
    expect(sizeOf(extent(31, 17))).toEqual(size);
    expect(sizeOf(extent(16, 16), extent(31, 17), extent(4, 2))).toEqual(size);
  });

  /** Items with 16-bit or 32-bit ids, and properties with 7-bit or 15-bit indexes, of which some are essential. */
  const associations = (isLong: boolean, items: Record<number, number[]>) =>
    box(
      "ipma",
      Buffer.from([isLong ? 1 : 0, 0, 0, isLong ? 1 : 0]),
      numbers(Object.keys(items).length),
      ...Object.entries(items).map(([id, indexes]) =>
        Buffer.from([
          ...(isLong ? [0, 0] : []),
          ...[Number(id) >> 8, Number(id) & 0xff],
          indexes.length,
          ...indexes.flatMap((index, i) =>
            isLong ? [i % 2 ? 0x80 : 0, index] : [index | (i % 2 ? 0x80 : 0)],
          ),
        ]),
      ),
    );
  const primaryItem = (isLong: boolean, id: number) =>
    box(
      "pitm",
      Buffer.from(isLong ? [1, 0, 0, 0, 0, 0, id >> 8, id & 0xff] : [0, 0, 0, 0, id >> 8, id & 0xff]),
    );

  test.each([false, true])(
    "is that of the primary image, whatever other images the file has (long numbers: %s)",
    (isLong) => {
      const properties = box(
        "ipco",
        extent(512, 512),
        box("clap", numbers(30, 1, 16, 1, 0, 1, 0, 1)),
        extent(31, 17),
        box("irot", Buffer.from([1])),
      );
      const sizeOfItem = (id: number, ...items: Record<number, number[]>[]) =>
        imageSizeOf(
          "image/avif",
          avif(
            primaryItem(isLong, id),
            box("iprp", properties, ...items.map((each) => associations(isLong, each))),
          ),
        );
      expect(sizeOfItem(300, { 1: [1], 2: [1, 2], 300: [4, 3] })).toEqual(size);
      expect(sizeOfItem(300, { 1: [1] }, { 300: [4, 3] })).toEqual(size);
      expect(sizeOfItem(2, { 1: [1], 2: [1, 2], 300: [4, 3] })).toBeNull(); // cropped
      expect(sizeOfItem(1, { 1: [4], 2: [1] })).toBeNull(); // without a size of its own
      expect(sizeOfItem(7, { 1: [3] })).toBeNull(); // nothing says which is whose, and one is cropped
    },
  );

  test("is read whichever way the lengths of boxes are written, and only from boxes that are whole", () => {
    const properties = box("iprp", box("ipco", extent(31, 17)));
    const toTheEnd = Buffer.from(properties);
    toTheEnd.writeUInt32BE(0);
    expect(imageSizeOf("image/avif", avif(toTheEnd))).toEqual(size);
    const long = Buffer.concat([numbers(1), Buffer.from("iprp"), numbers(0, 8 + properties.length)]);
    const file = avif(long, properties.subarray(8));
    expect(imageSizeOf("image/avif", file)).toEqual(size);
    for (let length = 0; length < file.length; length++) {
      expect(imageSizeOf("image/avif", file.subarray(0, length))).toBeNull();
    }
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

  test.each([
    [
      "of every process, and not of a table",
      [0xff, 0xc4, 0, 3, 0, 0xff, 0xcf, 0, 8, 8, 0, 17, 0, 31, 1],
      size,
    ],
    [
      "after bytes that fill and bytes of no segment",
      [1, 2, 0xff, 0, 0xff, 0xff, 0xc2, 0, 8, 8, 0, 17, 0, 31],
      size,
    ],
    [
      "not in a thumbnail",
      [0xff, 0xe1, 0, 11, 0xff, 0xc0, 0, 8, 8, 0, 1, 0, 1, 0xff, 0xc0, 0, 8, 8, 0, 17, 0, 31],
      size,
    ],
    ["not after the image's data have begun", [0xff, 0xda, 0, 2, 0xff, 0xc0, 0, 8, 8, 0, 17, 0, 31], null],
    ["with a height that is stated later", [0xff, 0xc0, 0, 8, 8, 0, 0, 0, 31], null],
  ])("has its size in its frame header: %s", (_, bytes, expected) => {
    expect(imageSizeOf("image/jpeg", Buffer.from([0xff, 0xd8, ...bytes]))).toEqual(expected);
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

  /** `length` bytes that begin with `head` and go on with `unit` again and again. */
  const repeated = (head: Buffer | string, unit: Buffer | string) => (length: number) => {
    const start = Buffer.from(head);
    return Buffer.concat([start, Buffer.alloc(length - start.length, unit)]);
  };
  /** An AVIF of boxes around a content of `length` bytes in all. */
  const nested =
    (unit: Buffer, ...names: string[]) =>
    (length: number) => {
      const content = Buffer.alloc(length - 60, unit);
      return avif(names.reduceRight((inner, name) => box(name, inner), content));
    };
  const exif = (length: number) => {
    const entries = Buffer.alloc(65_526 - 14, "\xff\xff\0\0\0\0\0\0\0\0\0\0", "latin1");
    const head = Buffer.from("\xff\xe1\xff\xf6Exif\0\0MM\0\x2a\0\0\0\x08\xff\xff", "latin1");
    return Buffer.alloc(length, Buffer.concat([head, entries]));
  };
  /** Files in which a search finds something to look at everywhere. */
  const slow: [ImageMediaType, string, (length: number) => Buffer][] = [
    ["image/avif", "sizes", nested(extent(1, 1), "iprp", "ipco")],
    ["image/avif", "empty boxes", nested(box("free"), "iprp", "ipco")],
    ["image/avif", "boxes of no length", nested(numbers(1, 0), "iprp", "ipco")],
    ["image/avif", "lists of properties", nested(box("ipma", numbers(0, 1), Buffer.from([0, 1, 0])), "iprp")],
    ["image/avif", "containers", nested(box("iprp", box("ipco")))],
    ["image/avif", "bytes 0", (length) => Buffer.alloc(length)],
    ["image/jpeg", "bytes outside segments", repeated("", Buffer.from([0x00, 0x01]))],
    ["image/jpeg", "empty segments", repeated("", Buffer.from([0xff, 0xe1, 0x00, 0x02]))],
    ["image/jpeg", "bytes FF", repeated("", Buffer.from([0xff]))],
    ["image/jpeg", "markers of nothing", repeated("", Buffer.from([0xff, 0x00]))],
    ["image/jpeg", "entries of Exif data", exif],
    ["image/png", "chunks", repeated("\x89PNG\r\n\x1a\n", "\0\0\0\0tEXt\0\0\0\0")],
    ["image/webp", "chunks", repeated("RIFF\0\0\0\0WEBP", "EXIF\0\0\0\0")],
    ["image/svg+xml", "attributes", repeated("<svg ", "width='")],
    ["image/svg+xml", "tags in an attribute", repeated("<svg/a='", "<svg ")],
    ["image/svg+xml", "comments", repeated("", "<!---->")],
    ["image/svg+xml", "comments that do not end", repeated("", "<!--")],
    ["image/svg+xml", "brackets of a document type", repeated("<!DOCTYPE a [>", "] ")],
    ["image/svg+xml", "white space", repeated("<svg ", " ")],
  ];
  test.each(slow)("%s: %s take linear time", async (mediaType, _, file) => {
    // Longer than what is ever searched, in which little could be measured.
    await expectLinearTime(file, 1024 * 1024, (bytes) => imageSizeOf(mediaType, bytes));
  });
});
