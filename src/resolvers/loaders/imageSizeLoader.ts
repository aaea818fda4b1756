import DataLoader from "dataloader";
import type { ImageMediaType } from "../../database/recording/imageMediaType.js";
import { imageSizeOf, longHeadBytes, shortHeadBytes } from "../../database/recording/imageSize.js";
import type { PixelSize } from "../../database/recording/pixelSize.js";
import { yieldTurn } from "../../runtime/yieldTurn.js";
import { type SqlReader, statement } from "../statement.js";

interface Head {
  invocationId: string;
  mediaType: ImageMediaType;
  head: Uint8Array;
}

/** Maximum number of images whose long heads are in memory at a time: 16 MB. */
const mostLongHeads = 64;

/**
 * Sizes of the output images of invocations, by the invocation's id; null if there is no image, or its first
 * bytes do not hold its size. One statement reads the short heads of all images; only those that do not hold
 * the size, which are few, are read again.
 */
export function imageSizeLoader(reader: SqlReader): DataLoader<string, PixelSize | null> {
  return new DataLoader(async (ids) => {
    const sizes = new Map<string, PixelSize>();
    const unknown: string[] = [];
    /** Parsing bytes from outside may take long, so other requests have their turns in between. */
    const parse = async (heads: Head[], onUnknown: (head: Head) => void) => {
      for (const read of heads) {
        await yieldTurn();
        reader.signal?.throwIfAborted();
        const size = imageSizeOf(read.mediaType, read.head);
        if (size) sizes.set(read.invocationId, size);
        else onUnknown(read);
      }
    };
    await parse(await heads(reader, ids, () => shortHeadBytes), ({ invocationId, mediaType, head }) => {
      const mayBeLonger = head.length === shortHeadBytes && longHeadBytes[mediaType] > shortHeadBytes;
      if (mayBeLonger) unknown.push(invocationId);
    });
    for (let first = 0; first < unknown.length; first += mostLongHeads) {
      const piece = unknown.slice(first, first + mostLongHeads);
      await parse(await heads(reader, piece, (mediaType) => longHeadBytes[mediaType]), () => {});
    }
    return ids.map((id) => sizes.get(id) ?? null);
  });
}

/** The first bytes of images. SQLite reads a whole image for them, so another thread does it. */
async function heads(
  reader: SqlReader,
  ids: readonly string[],
  length: (mediaType: ImageMediaType) => number,
): Promise<Head[]> {
  const { dialect } = reader;
  const { parameter, queryLong } = statement(reader);
  const lengths = Object.keys(longHeadBytes)
    .map((mediaType) => `WHEN '${mediaType}' THEN ${length(mediaType as ImageMediaType)}`)
    .join(" ");
  const rows = await queryLong(`
    SELECT i."id" AS "invocationId", i."outputImageMediaType" AS "mediaType",
      substr(o."bytes", 1, CASE i."outputImageMediaType" ${lengths} ELSE 0 END) AS "head"
    FROM ${dialect.parents(parameter(dialect.listValue(ids)))} ${dialect.joins([
      { table: `"Invocation"`, as: "i", on: `i."id" = parent."value"` },
      { table: `"OutputImage"`, as: "o", on: `o."invocationId" = i."id"` },
    ])}`);
  return rows.map(({ invocationId, mediaType, head }) => ({
    invocationId: invocationId as string,
    mediaType: mediaType as ImageMediaType,
    head: new Uint8Array(head as ArrayBuffer | Uint8Array), // libsql's asynchronous statements give an ArrayBuffer
  }));
}
