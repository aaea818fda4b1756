import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { isGzip, unpackedStart } from "../fileStart.js";
import { widenFloat16 } from "../float16.js";
import { RunFileError } from "../runSource.js";
import { type NumberType, readNpyHeader } from "./npyHeader.js";

/** Vectors of one length, each read by its place in the file. */
export interface VectorFile {
  count: number;
  dimensions: number;
  /** @throws RunFileError if the file cannot be read */
  vector(index: number): Float32Array | Float64Array;
  close(): void;
}

const bytesOf: Record<NumberType, number> = { float16: 2, float32: 4, float64: 8 };

/** Bytes that are read together. */
const blockBytes = 2 ** 20;

/**
 * Opens a file of vectors: NumPy's .npy, or raw .f16 or .f32.
 *
 * @param dimensions numbers in each vector, which a raw file does not say itself
 * @throws RunFileError if the file is not such a file, or is cut off
 */
export function openVectorFile(path: string, dimensions: number | undefined): VectorFile {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new RunFileError(`${path} does not exist.`);
  if (!stats.isFile()) throw new RunFileError(`${path} is not a file.`);
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    throw new RunFileError(`${path} cannot be read: ${(error as Error).message}.`);
  }
  try {
    return opened(path, descriptor, dimensions);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

interface Layout {
  type: NumberType;
  start: number;
  count: number;
  dimensions: number;
}

function opened(path: string, descriptor: number, dimensions: number | undefined): VectorFile {
  const layout = layoutOf(path, descriptor, dimensions);
  const vectorBytes = layout.dimensions * bytesOf[layout.type];
  const perBlock = Math.max(1, Math.floor(blockBytes / vectorBytes));
  let first = 0;
  let block: Float32Array | Float64Array = new Float32Array(0);
  return {
    count: layout.count,
    dimensions: layout.dimensions,
    vector(index) {
      if (index < first || (index - first) * layout.dimensions >= block.length) {
        first = index;
        const count = Math.min(perBlock, layout.count - index);
        const bytes = bytesAt(path, descriptor, layout.start + index * vectorBytes, count * vectorBytes);
        block = numbersIn(bytes, layout.type);
      }
      const at = (index - first) * layout.dimensions;
      return block.slice(at, at + layout.dimensions);
    },
    close: () => closeSync(descriptor),
  };
}

function layoutOf(path: string, descriptor: number, dimensions: number | undefined): Layout {
  const { size } = fstatSync(descriptor);
  if (size === 0) throw new RunFileError(`${path} is empty.`);
  const start = bytesAt(path, descriptor, 0, Math.min(size, 2 ** 17));
  if (isGzip(start) && unpackedStart(start).length > 0) {
    throw new RunFileError(`${path} is compressed by gzip, which vectors must not be. Decompress it first.`);
  }
  const npy = readNpyHeader(path, start);
  if (npy) {
    const { type, shape } = npy;
    const [count, ofShape] = shape;
    if (dimensions !== undefined && dimensions !== ofShape) {
      throw new RunFileError(`${path} has vectors of ${ofShape} numbers, not of --dimensions ${dimensions}.`);
    }
    const expected = npy.start + count * ofShape * bytesOf[type];
    if (size !== expected) {
      throw new RunFileError(
        `${path} is ${size < expected ? "cut off" : "longer than its header says"}: it has ${size} bytes instead of ${expected}.`,
      );
    }
    return { type, start: npy.start, count, dimensions: ofShape };
  }
  const [, ending] = /\.(f16|f32)$/i.exec(path) ?? [];
  if (!ending) {
    throw new RunFileError(
      `${path} is no file of vectors: it must be a .npy file, or be named .f16 or .f32 and hold raw little-endian numbers.`,
    );
  }
  if (dimensions === undefined) {
    throw new RunFileError(`${path} does not say how long its vectors are: add --dimensions.`);
  }
  const type = ending.toLowerCase() === "f16" ? "float16" : "float32";
  if (size % (dimensions * bytesOf[type]) !== 0) {
    throw new RunFileError(
      `${path} has ${size} bytes, which are not whole ${type} vectors of ${dimensions} numbers.`,
    );
  }
  return { type, start: 0, count: size / (dimensions * bytesOf[type]), dimensions };
}

function bytesAt(path: string, descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.from(new ArrayBuffer(length));
  try {
    for (let at = 0; at < length; ) {
      const read = readSync(descriptor, bytes, at, length - at, position + at);
      if (read === 0) throw new RunFileError(`${path} was cut off while it was read.`);
      at += read;
    }
  } catch (error) {
    if (error instanceof RunFileError) throw error;
    throw new RunFileError(`${path} cannot be read: ${(error as Error).message}.`);
  }
  return bytes;
}

function numbersIn(bytes: Buffer, type: NumberType): Float32Array | Float64Array {
  if (type === "float16") return new Float32Array(widenFloat16(bytes));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = bytes.length / bytesOf[type];
  if (type === "float32") {
    const floats = new Float32Array(count);
    for (let i = 0; i < count; i++) floats[i] = view.getFloat32(4 * i, true);
    return floats;
  }
  const doubles = new Float64Array(count);
  for (let i = 0; i < count; i++) doubles[i] = view.getFloat64(8 * i, true);
  return doubles;
}
