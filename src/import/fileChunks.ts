import { createReadStream, type ReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

const chunkBytes = 256 * 1024;

export interface FileChunk {
  bytes: Buffer;
  /** Number of bytes of the file that have been read so far, counted before unpacking. */
  bytesRead: number;
}

/**
 * Reads a file chunk by chunk, unpacking it if it is compressed by gzip.
 *
 * @throws errors of reading and unpacking; also if anything but NULs, which tools pad files with, follows what is
 *   compressed: Node would ignore it, be it garbage or another compressed part
 */
export async function* fileChunks(path: string, isCompressed: boolean): AsyncGenerator<FileChunk> {
  const file = createReadStream(path, { highWaterMark: chunkBytes });
  const unpacked = isCompressed ? createGunzip() : undefined;
  if (unpacked) pipeline(file, unpacked).catch(() => {}); // the iteration below throws the same error
  try {
    for await (const bytes of (unpacked ?? file) as AsyncIterable<Buffer>) {
      yield { bytes, bytesRead: file.bytesRead };
    }
  } finally {
    file.destroy();
  }
  if (unpacked) {
    await requirePadding(createReadStream(path, { start: unpacked.bytesWritten, highWaterMark: chunkBytes }));
  }
}

async function requirePadding(rest: ReadStream): Promise<void> {
  for await (const bytes of rest as AsyncIterable<Buffer>) {
    if (bytes.some((byte) => byte !== 0)) {
      const message = "other bytes follow what gzip has compressed, after NULs";
      throw Object.assign(new Error(message), { code: "Z_DATA_ERROR" });
    }
  }
}
