import type { AsyncBuffer, DataPageHeader, DataReader, DecodedArray } from "hyparquet";
import { parquetHeader, readPage } from "hyparquet/src/column.js";
import { convert, convertWithDictionary } from "hyparquet/src/convert.js";
import { decompressPage, readDataPage, readDataPageV2 } from "hyparquet/src/datapage.js";
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import { readPlain } from "hyparquet/src/plain.js";
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from "hyparquet/src/schema.js";

type ColumnDecoder = Parameters<typeof readDataPage>[2];

/** Far above the length of a page's header, which may hold the least and the greatest value of the page. */
const headerBytes = 64 * 1024;

/** Number of values that are decoded at a time. */
const valuesPerPart = 16 * 1024;

/** A page of a column of lists. It is empty once the next page is read, so that only one page is in memory. */
export interface ListPage {
  readonly valueCount: number;
  /** Of each value; 0 where a list begins. */
  readonly repetitionLevels: ArrayLike<number>;
  /** Of each value; empty if every value is a number. */
  readonly definitionLevels: ArrayLike<number>;
  /** The next numbers, as many as are decoded at a time. */
  moreNumbers(): DecodedArray;
}

/**
 * Reads the pages of a column one by one. Some programs (DuckDB) write a row group's whole column into one page, which
 * fills much memory: so plain numbers are decoded part by part, and levels take a byte each.
 *
 * @param start where the column's first page begins
 * @param end where its last page ends
 */
export async function* listPages(
  file: AsyncBuffer,
  start: number,
  end: number,
  decoder: ColumnDecoder,
): AsyncGenerator<ListPage> {
  let dictionary: DecodedArray | undefined;
  for (let at = start; at < end; ) {
    const { length, read } = await pageAt(file, at, end, decoder, dictionary);
    at += length;
    if (read === null) continue;
    if ("dictionary" in read) {
      dictionary = read.dictionary;
      continue;
    }
    if (read instanceof PlainPage) read.decodeLevels();
    yield read;
    read.release();
  }
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
): Promise<{ length: number; read: PlainPage | DecodedPage | { dictionary: DecodedArray } | null }> {
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
  const { codec, compressors } = decoder;
  if (v1) {
    const page = decompressPage(bytes, Number(size), codec, compressors);
    if (v1.encoding === "PLAIN") return { length, read: new PlainPage(decoder, v1.num_values, page) };
    return {
      length,
      read: new DecodedPage(decoder, v1, dictionary, readDataPage(page, v1, decoder)),
    };
  }
  if (!v2) return { length, read: null };
  if (v2.encoding !== "PLAIN") {
    return {
      length,
      read: new DecodedPage(decoder, v2, dictionary, readDataPageV2(bytes, header, decoder)),
    };
  }
  const ofRepetition = v2.repetition_levels_byte_length;
  const ofLevels = ofRepetition + v2.definition_levels_byte_length;
  const values = bytes.subarray(ofLevels);
  return {
    length,
    read: new PlainPage(
      decoder,
      v2.num_values,
      v2.is_compressed === false
        ? values
        : decompressPage(values, Number(size) - ofLevels, codec, compressors),
      [bytes.slice(0, ofRepetition), bytes.slice(ofRepetition, ofLevels)],
    ),
  };
}

/** A page that hyparquet has decoded. */
class DecodedPage implements ListPage {
  readonly valueCount: number;
  repetitionLevels: ArrayLike<number>;
  definitionLevels: ArrayLike<number>;
  #values: DecodedArray;

  constructor(
    private readonly decoder: ColumnDecoder,
    private readonly header: Pick<DataPageHeader, "num_values" | "encoding">,
    private readonly dictionaryValues: DecodedArray | undefined,
    { definitionLevels = [], repetitionLevels, dataPage }: ReturnType<typeof readDataPage>,
  ) {
    this.valueCount = header.num_values;
    this.repetitionLevels = repetitionLevels;
    this.definitionLevels = definitionLevels;
    this.#values = dataPage;
  }

  moreNumbers(): DecodedArray {
    return convertWithDictionary(this.#values, this.dictionaryValues, this.header.encoding, this.decoder);
  }

  release(): void {
    this.repetitionLevels = [];
    this.definitionLevels = [];
    this.#values = [];
  }
}

/** A page of numbers that are stored as they are. */
class PlainPage implements ListPage {
  repetitionLevels: ArrayLike<number> = [];
  definitionLevels: ArrayLike<number> = [];
  #values: DataReader;
  #left: number;

  /** @param levels the repetition and the definition levels, if they are not before the values */
  constructor(
    private readonly decoder: ColumnDecoder,
    readonly valueCount: number,
    values: Uint8Array,
    private readonly levels?: [Uint8Array, Uint8Array],
  ) {
    this.#values = readerOf(values);
    this.#left = valueCount;
  }

  decodeLevels(): void {
    const { schemaPath } = this.decoder;
    const ofNumber = getMaxDefinitionLevel(schemaPath);
    this.repetitionLevels = this.#levels(getMaxRepetitionLevel(schemaPath), this.levels?.[0]);
    const definitionLevels = this.#levels(ofNumber, this.levels?.[1]);
    for (const level of definitionLevels) if (level !== ofNumber) this.#left--;
    if (this.#left < this.valueCount) this.definitionLevels = definitionLevels;
  }

  #levels(greatest: number, encoded: Uint8Array | undefined): Uint8Array {
    const levels = new Uint8Array(greatest === 0 ? 0 : this.valueCount);
    const reader = encoded ? readerOf(encoded) : this.#values;
    if (greatest > 0) readRleBitPackedHybrid(reader, 32 - Math.clz32(greatest), levels, encoded?.byteLength);
    return levels;
  }

  moreNumbers(): DecodedArray {
    const { element, type } = this.decoder;
    const count = Math.min(this.#left, valuesPerPart);
    this.#left -= count;
    return convert(readPlain(this.#values, type, count, element.type_length), this.decoder);
  }

  release(): void {
    this.repetitionLevels = [];
    this.definitionLevels = [];
    this.#values = readerOf(new Uint8Array());
    this.#left = 0;
  }
}

const readerOf = (bytes: Uint8Array): DataReader => ({
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  offset: 0,
});
