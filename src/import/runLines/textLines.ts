import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { fileFormat } from "../fileFormat.js";

/** A line of a file, without its end. */
export interface TextLine {
  /** From 1. */
  number: number;
  text: string;
  /** How many bytes of the file were read by then, as they stand on the disk. */
  bytesRead: number;
}

/**
 * Reads a UTF-8 file line by line, unpacked where it is compressed by gzip, whatever its name.
 * @throws what reading or unpacking throws, and TypeError at the line that is not UTF-8.
 */
export async function* textLines(path: string): AsyncGenerator<TextLine> {
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  const unpacked = fileFormat(path).isCompressed ? createGunzip() : undefined;
  const piped = unpacked ? pipeline(file, unpacked) : undefined;
  piped?.catch(() => {}); // the iteration below throws the same
  let number = 0;
  let started: Buffer[] = [];
  const line = (parts: Buffer[]): TextLine => {
    number++;
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts));
    return { number, text: text.endsWith("\r") ? text.slice(0, -1) : text, bytesRead: file.bytesRead };
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
