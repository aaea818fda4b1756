import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Options, parse } from "csv-parse";

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
const [lineFeed, carriageReturn] = [10, 13];

/** A field that the parser could not read to its end. */
export interface UnreadField {
  /** The number of the line, from 1, in which it begins. */
  line: number;
  /** What is written in this line from the field on, or of a long line its beginning. */
  text: string;
}

/** Limit of this text in bytes. */
const longestText = 2 ** 16;

/**
 * The field that makes a CSV file unreadable. The parser itself only knows the line at which it gives up: for a quote
 * that is not closed, the end of the file.
 *
 * @param content reads the file from its start
 * @param options those with which it cannot be read
 */
export async function unreadField(
  content: () => AsyncIterable<Buffer>,
  options: Options,
): Promise<UnreadField> {
  let end = 0;
  const parser = parse({
    ...options,
    cast(value, { bytes }) {
      end = bytes;
      return value;
    },
  });
  parser.resume(); // only the ends of the fields are of interest
  await pipeline(Readable.from(content()), parser).catch(() => {}); // the error is known
  return fieldAfter(content(), end);
}

/**
 * What follows a field and the line breaks behind it.
 *
 * @param end number of bytes before the end of the field, as the parser counts them: without a byte order mark
 */
async function fieldAfter(content: AsyncIterable<Buffer>, end: number): Promise<UnreadField> {
  let [line, position, last] = [1, 0, 0];
  for await (const chunk of content) {
    const hasMark = position === 0 && last === 0 && chunk.subarray(0, 3).equals(byteOrderMark);
    for (let at = hasMark ? byteOrderMark.length : 0; at < chunk.length; at++) {
      const byte = chunk[at];
      const isBreak = byte === lineFeed || byte === carriageReturn;
      if (position >= end && !isBreak) {
        const [text] = chunk
          .subarray(at, at + longestText)
          .toString()
          .split(/[\r\n]/, 1);
        return { line, text };
      }
      if (isBreak && !(byte === lineFeed && last === carriageReturn)) line++;
      position++;
      last = byte;
    }
  }
  return { line, text: "" };
}
