import type {
  AsyncBuffer,
  Compressors,
  DataPageHeader,
  DataReader,
  DecodedArray,
  FileMetaData,
  RowGroup,
} from "hyparquet";
import { parquetHeader, readPage } from "hyparquet/src/column.js";
import { convert, convertWithDictionary, DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { decompressPage, readDataPage, readDataPageV2 } from "hyparquet/src/datapage.js";
import { readPlain } from "hyparquet/src/plain.js";
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getSchemaPath } from "hyparquet/src/schema.js";
import { LevelReader } from "./parquetLevels.js";

type ColumnDecoder = Parameters<typeof readDataPage>[2];

/** Far above the length of a page's header, which may hold the least and the greatest value of the page. */
const headerBytes = 64 * 1024;

/** Number of values that are decoded at a time. */
const valuesPerPart = 16 * 1024;

/** Consecutive values of a column. */
export interface ColumnPart {
  readonly valueCount: number;
  /** Of each value; 0 where a row begins. Empty if each value is a row. */
  readonly repetitionLevels: ArrayLike<number>;
  /** Of each value; empty if no value is missing. */
  readonly definitionLevels: ArrayLike<number>;
  /** The values that are not missing. */
  readonly values: DecodedArray;
}

/** A column of a row group that is read part by part. */
export interface ColumnParts {
  parts: AsyncGenerator<ColumnPart>;
  /** The definition level of a value that is there; of a null it is one less if the values are `optional`, or none. */
  levelOfValue: number;
  isOptional: boolean;
}

/** Reads a column of numbers or bytes, which may be in lists, part by part. */
export function partsOfColumn(
  file: AsyncBuffer,
  { schema }: FileMetaData,
  { columns }: RowGroup,
  column: string,
  compressors: Compressors,
): ColumnParts {
  const chunk = columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === column)!.meta_data!;
  const schemaPath = getSchemaPath(schema, chunk.path_in_schema);
  const { element } = schemaPath[schemaPath.length - 1];
  const decoder = {
    ...chunk,
    pathInSchema: chunk.path_in_schema,
    element,
    schemaPath,
    compressors,
    parsers: DEFAULT_PARSERS,
    utf8: false,
  };
  const first = chunk.dictionary_page_offset || chunk.data_page_offset;
  const end = Number(first + chunk.total_compressed_size);
  return {
    parts: columnParts(file, Number(first), end, decoder),
    levelOfValue: getMaxDefinitionLevel(schemaPath),
    isOptional: element.repetition_type === "OPTIONAL",
  };
}

/**
 * Reads the values of a column part by part. Some programs (DuckDB) write a row group's whole column into one page, which
 * fills much memory: so only one page is in memory, and of plain values only a part is decoded, with its levels.
 *
 * @param start where the column's first page begins
 * @param end where its last page ends
 */
async function* columnParts(
  file: AsyncBuffer,
  start: number,
  end: number,
  decoder: ColumnDecoder,
): AsyncGenerator<ColumnPart> {
  let dictionary: DecodedArray | undefined;
  for (let at = start; at < end; ) {
    const { length, read } = await pageAt(file, at, end, decoder, dictionary);
    at += length;
    if (read === null) continue;
    if ("dictionary" in read) dictionary = read.dictionary;
    else yield* read.parts;
  }
}

/** Bytes of the page that begins somewhere in a file, compressed and uncompressed: both are in memory while it is read. */
export async function pageBytesAt(file: AsyncBuffer, at: number): Promise<number> {
  const start = await file.slice(at, Math.min(file.byteLength, at + headerBytes));
  const { compressed_page_size, uncompressed_page_size } = parquetHeader({
    view: new DataView(start),
    offset: 0,
  });
  return Number(compressed_page_size) + Number(uncompressed_page_size);
}

/**
 * Reads a page as far as its compressed bytes are needed, which can be freed when it returns.
 *
 * @returns null for an index page
 */
async function pageAt(
  file: AsyncBuffer,
  at: number,
  end: number,
  decoder: ColumnDecoder,
  dictionary: DecodedArray | undefined,
): Promise<{ length: number; read: { parts: Iterable<ColumnPart> } | { dictionary: DecodedArray } | null }> {
  const start = await file.slice(at, Math.min(end, at + headerBytes));
  const reader = { view: new DataView(start), offset: 0 };
  const header = parquetHeader(reader);
  const length = reader.offset + header.compressed_page_size;
  if (length > start.byteLength) reader.view = new DataView(await file.slice(at, at + length));
  if (header.type === "DICTIONARY_PAGE") {
    const values = readPage(reader, header, decoder, undefined, undefined, 0).data!;
    return { length, read: { dictionary: convert(values, decoder) } };
  }
  const bytes = new Uint8Array(reader.view.buffer, reader.offset, header.compressed_page_size);
  const { data_page_header: v1, data_page_header_v2: v2, uncompressed_page_size: size } = header;
  const decoded = (
    page: ReturnType<typeof readDataPage>,
    of: Pick<DataPageHeader, "num_values" | "encoding">,
  ) => ({
    length,
    read: { parts: [decodedPart(page, of, dictionary, decoder)] },
  });
  if (v1) {
    const page = unpacked(bytes, Number(size), decoder);
    return v1.encoding === "PLAIN"
      ? { length, read: { parts: plainParts(decoder, v1.num_values, page) } }
      : decoded(readDataPage(page, v1, decoder), v1);
  }
  if (!v2) return { length, read: null };
  if (v2.encoding !== "PLAIN") return decoded(readDataPageV2(bytes, header, decoder), v2);
  const ofRepetition = v2.repetition_levels_byte_length;
  const ofLevels = ofRepetition + v2.definition_levels_byte_length;
  const compressed = bytes.subarray(ofLevels);
  const values =
    v2.is_compressed === false ? compressed : unpacked(compressed, Number(size) - ofLevels, decoder);
  const levels: [Uint8Array, Uint8Array] = [
    bytes.slice(0, ofRepetition),
    bytes.slice(ofRepetition, ofLevels),
  ];
  return { length, read: { parts: plainParts(decoder, v2.num_values, values, levels) } };
}

/** Pages above this size in bytes are large. */
const largePage = 16 * 2 ** 20;

/**
 * The content of a page. A large one is not unpacked by WebAssembly, which would hold copies of it in memory that it never
 * gives back; hyparquet itself unpacks Snappy in JavaScript.
 */
function unpacked(bytes: Uint8Array, size: number, { codec, compressors }: ColumnDecoder): Uint8Array {
  const isLargeSnappy = codec === "SNAPPY" && size > largePage;
  return decompressPage(bytes, size, codec, isLargeSnappy ? undefined : compressors);
}

/** A page that hyparquet has decoded. */
function decodedPart(
  { definitionLevels = [], repetitionLevels, dataPage }: ReturnType<typeof readDataPage>,
  { num_values, encoding }: Pick<DataPageHeader, "num_values" | "encoding">,
  dictionary: DecodedArray | undefined,
  decoder: ColumnDecoder,
): ColumnPart {
  const values = convertWithDictionary(dataPage, dictionary, encoding, decoder);
  return { valueCount: num_values, repetitionLevels, definitionLevels, values };
}

/**
 * A page of values that are stored as they are.
 *
 * @param levels the repetition and the definition levels, if they are not before the values
 */
function* plainParts(
  decoder: ColumnDecoder,
  valueCount: number,
  page: Uint8Array,
  levels?: [Uint8Array, Uint8Array],
): Generator<ColumnPart> {
  const { element, type, schemaPath } = decoder;
  const levelOfValue = getMaxDefinitionLevel(schemaPath);
  const reader = readerOf(page);
  const repetition = levelsOf(getMaxRepetitionLevel(schemaPath), reader, levels?.[0]);
  const definition = levelsOf(levelOfValue, reader, levels?.[1]);
  for (let left = valueCount; left > 0; left -= valuesPerPart) {
    const count = Math.min(left, valuesPerPart);
    const repetitionLevels = repetition.next(count);
    const definitionLevels = definition.next(count);
    const present =
      levelOfValue === 0 ? count : definitionLevels.filter((level) => level === levelOfValue).length;
    yield {
      valueCount: count,
      repetitionLevels,
      definitionLevels: present === count ? [] : definitionLevels,
      values: convert(readPlain(reader, type, present, element.type_length), decoder),
    };
  }
}

/** @param page where the levels are, with their length before them, if they are not `encoded` on their own */
function levelsOf(greatest: number, page: DataReader, encoded: Uint8Array | undefined): LevelReader {
  const width = 32 - Math.clz32(greatest);
  if (greatest === 0) return new LevelReader(readerOf(new Uint8Array()), width);
  if (encoded) return new LevelReader(readerOf(encoded), width);
  const length = page.view.getUint32(page.offset, true);
  const start = page.offset + 4;
  page.offset = start + length;
  const { buffer, byteOffset } = page.view;
  return new LevelReader(readerOf(new Uint8Array(buffer, byteOffset + start, length)), width);
}

const readerOf = (bytes: Uint8Array): DataReader => ({
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  offset: 0,
});
