import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { fileFormat } from "../fileFormat.js";

/** A line of a file, without its line break. */
export interface TextLine {
  /** The number of the line, from 1. */
  number: number;
  /** Null if the line is not UTF-8. */
  text: string | null;
  /** Number of bytes of the file that had been read when the line was complete, counted before unpacking. */
  bytesRead: number;
}

/**
 * Reads a UTF-8 file line by line, unpacking it if its content is compressed by gzip.
 *
 * @param replaceInvalid whether bytes that are not UTF-8 are replaced; otherwise, the text of their line is null
 * @throws errors of reading and unpacking
 */
export async function* textLines(path: string, { replaceInvalid = false } = {}): AsyncGenerator<TextLine> {
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  const unpacked = fileFormat(path).isCompressed ? createGunzip() : undefined;
  const piped = unpacked ? pipeline(file, unpacked) : undefined;
  piped?.catch(() => {}); // the iteration below throws the same error
  let number = 0;
  let started: Buffer[] = [];
  const line = (parts: Buffer[]): TextLine => {
    number++;
    const text = decoded(Buffer.concat(parts), replaceInvalid);
    return { number, text: text?.endsWith("\r") ? text.slice(0, -1) : text, bytesRead: file.bytesRead };
  };
  try {
    for await (const chunk of (unpacked ?? file) as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        yield line([...started, chunk.subarray(start, end)]);
        started = [];
        start = end + 1;
      }
      if (start < chunk.length) started.push(chunk.subarray(start));
    }
    if (started.length > 0) yield line(started);
  } finally {
    file.destroy();
  }
}

function decoded(bytes: Buffer, replaceInvalid: boolean): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: !replaceInvalid }).decode(bytes);
  } catch {
    return null;
  }
}
