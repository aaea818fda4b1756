import { fileChunks } from "../fileChunks.js";
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
 * @throws the errors of `fileChunks`
 */
export async function* textLines(path: string, { replaceInvalid = false } = {}): AsyncGenerator<TextLine> {
  let number = 0;
  let started: Buffer[] = [];
  let bytesRead = 0;
  const line = (parts: Buffer[]): TextLine => {
    number++;
    const text = decoded(Buffer.concat(parts), replaceInvalid);
    return { number, text: text?.endsWith("\r") ? text.slice(0, -1) : text, bytesRead };
  };
  for await (const chunk of fileChunks(path, fileFormat(path).isCompressed)) {
    const { bytes } = chunk;
    bytesRead = chunk.bytesRead;
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      yield line([...started, bytes.subarray(start, end)]);
      started = [];
      start = end + 1;
    }
    if (start < bytes.length) started.push(bytes.subarray(start));
  }
  if (started.length > 0) yield line(started);
}

function decoded(bytes: Buffer, replaceInvalid: boolean): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: !replaceInvalid }).decode(bytes);
  } catch {
    return null;
  }
}
