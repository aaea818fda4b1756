import { type FileHandle, open } from "node:fs/promises";
import {
  type AsyncBuffer,
  type FileMetaData,
  type ParquetParsers,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type RowGroup,
  type SchemaElement,
  type SchemaTree,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { mostComponents } from "../../database/recording/runRecord.js";
import { RunFileError } from "../runSource.js";
import { bytesOf } from "./parquetBytes.js";
import {
  exactDecimal,
  faultOfDecimals,
  isColumnOfDecimals,
  isDecimal,
  readDecimalsAsStored,
} from "./parquetDecimals.js";
import { listsOf } from "./parquetLists.js";
import { pageBytesAt } from "./parquetPages.js";
import { digitsOfTime, parquetParsers, timeOfDay } from "./parquetValues.js";
import type { TableReader, TableRow } from "./tableReader.js";
import { requireFile, unreadable } from "./unreadable.js";
import { areVectors, holdsVectors } from "./vectorColumns.js";

/** The most bytes that a vector takes in a column of bytes, with the 4 that say its length. */
const mostVectorBytes = 4 * mostComponents + 4;

/** Number of rows whose values other than vectors are in memory at a time. */
const rowsPerPart = 20_000;

/** The same of the first rows, since often only some of them are read. */
const rowsOfFirstPart = 200;

/**
 * Maximum size, in bytes before compression, of what one row group holds besides vectors: it is read together.
 */
const mostRowGroupBytes = 200 * 2 ** 20;

/** Maximum size, in bytes, of a page of vectors, compressed and uncompressed: both are in memory while it is read. */
const mostPageBytes = 256 * 2 ** 20;

interface ParquetOptions {
  withMetadata?: boolean;
  readsVectors?: boolean;
  vector?: string;
}

/**
 * Opens a Parquet file. Row groups are read one after the other: their vectors page by page, and the other
 * columns in parts of the row group.
 *
 * @param wanted the columns to read, besides those that can become metadata if `withMetadata` is true, and those of
 *   vectors if `readsVectors` is true
 * @param vector the one of them that has the vectors, if any
 * @throws RunFileError if the file is damaged, encrypted, or has a row group that is too large
 */
export async function openParquet(
  path: string,
  shownPath: string,
  wanted: string[],
  { withMetadata = true, readsVectors = false, vector }: ParquetOptions = {},
): Promise<TableReader> {
  let handle: FileHandle | undefined;
  try {
    requireFile(path, shownPath);
    handle = await open(path);
    return await openHandle(handle, shownPath, wanted, { withMetadata, readsVectors, vector });
  } catch (error) {
    await handle?.close();
    throw unreadable(error, shownPath);
  }
}

async function openHandle(
  handle: FileHandle,
  shownPath: string,
  wanted: string[],
  { withMetadata, readsVectors, vector }: ParquetOptions,
): Promise<TableReader> {
  const file = await fileBuffer(handle);
  /** @param row the number of the last row that was read */
  const damaged = (error: unknown, row: number): unknown => {
    const named = unreadable(error, shownPath);
    if (named !== error) return named;
    const reason = (error as Error).message.split("\n")[0];
    const where = row > 0 ? ` after row ${row.toLocaleString("en-US")}` : "";
    return new RunFileError(`${shownPath} cannot be read as Parquet${where}: it is damaged (${reason}).`);
  };
  const tail = Buffer.from(await file.slice(Math.max(0, file.byteLength - 4), file.byteLength)).toString(
    "latin1",
  );
  if (tail === "PARE") {
    throw new RunFileError(`${shownPath} is encrypted Parquet, which cannot be read. Decrypt it first.`);
  }
  if (tail !== "PAR1" || file.byteLength < 12) {
    throw new RunFileError(`${shownPath} is Parquet that is cut off: its end is missing.`);
  }
  let metadata: FileMetaData;
  let roots: SchemaTree[];
  try {
    metadata = await parquetMetadataAsync(file, { geoparquet: false });
    roots = parquetSchema(metadata).children;
  } catch (error) {
    throw damaged(error, 0);
  }
  for (const { columns } of metadata.row_groups) {
    for (const { meta_data, crypto_metadata, file_path } of columns) {
      if (!meta_data || crypto_metadata) {
        throw new RunFileError(`${shownPath} has encrypted columns, which cannot be read. Decrypt it first.`);
      }
      if (file_path) throw new RunFileError(`${shownPath} only refers to other files: give one of these.`);
    }
  }

  for (const root of roots.filter(isColumnOfDecimals)) {
    const fault = faultOfDecimals(root);
    if (fault) throw damaged(new Error(fault), 0);
  }

  const notMetadata = new Map<string, string>();
  /** How the columns that may hold vectors are read. */
  const readings = new Map<string, typeof listsOf | typeof bytesOf>();
  for (const root of roots) {
    const { name } = root.element;
    const reason = reasonAgainst(root);
    if (reason) notMetadata.set(name, reason);
    if (isListOfNumbers(root)) readings.set(name, listsOf);
    else if (isColumnOfBytes(root) && (name === vector || !wanted.includes(name))) {
      const isVectors = withMetadata && (await holdsFloat32(file, metadata, name));
      if (isVectors) notMetadata.set(name, holdsVectors);
      if (isVectors || name === vector) readings.set(name, bytesOf);
    }
  }
  const names = roots.map(({ element }) => element.name);
  const vectors = names.filter(
    (column) =>
      readings.has(column) &&
      (wanted.includes(column) || (readsVectors && notMetadata.get(column) === holdsVectors)),
  );
  const others = names.filter(
    (column) =>
      !vectors.includes(column) && (wanted.includes(column) || (withMetadata && !notMetadata.has(column))),
  );
  refuseLargeRowGroups(metadata, others, shownPath);
  const pageBytes = (at: number) =>
    pageBytesAt(file, at).catch((error: unknown) => {
      throw damaged(error, 0);
    });
  await refuseLargePages(pageBytes, metadata, vectors, shownPath);
  const timesOfDay = new Map<string, number>();
  for (const { element, children } of roots) {
    const digits = children.length === 0 ? digitsOfTime(element) : null;
    if (digits !== null && others.includes(element.name)) timesOfDay.set(element.name, digits);
  }
  const decimals = readDecimalsAsStored(roots.filter(({ element }) => others.includes(element.name)));

  let number = 0;
  async function* rows(vectors: string[]): AsyncGenerator<TableRow> {
    number = 0;
    let groupStart = 0;
    // Texts may have turned out to hold vectors.
    const read = others.filter(
      (column) => readsVectors || wanted.includes(column) || !notMetadata.has(column),
    );
    for (const group of metadata.row_groups) {
      const groupEnd = groupStart + Number(group.num_rows);
      const readers = vectors.map((column) =>
        readings.get(column)!(file, metadata, group, column, compressors),
      );
      for (let start = groupStart, end = start; start < groupEnd; start = end) {
        end = Math.min(groupEnd, start + (start === 0 ? rowsOfFirstPart : rowsPerPart));
        const part = await parquetReadObjects({
          file,
          metadata,
          columns: read,
          rowStart: start,
          rowEnd: end,
          compressors,
          utf8: false,
          parsers: parquetParsers as Partial<ParquetParsers>,
          geoparquet: false,
        });
        for (const cells of part) {
          for (const [column, digits] of timesOfDay) cells[column] = timeOfDay(cells[column], digits);
          for (const [column, scale] of decimals) cells[column] = exactDecimal(cells[column], scale);
          for (const [at, column] of vectors.entries()) {
            const { value, done } = await readers[at].next();
            if (done) throw new Error(`column ${column} has fewer values than rows`);
            cells[column] = value;
          }
          yield { number: ++number, cells, fault: null };
        }
      }
      groupStart = groupEnd;
    }
  }

  return {
    columns: names,
    rowCount: Number(metadata.num_rows),
    notMetadata,
    vectorShares: new Map(),
    async *rows({ withVectors = true } = {}) {
      const read = rows(withVectors ? vectors : []);
      try {
        for (;;) {
          let next: IteratorResult<TableRow>;
          try {
            next = await read.next();
          } catch (error) {
            throw damaged(error, number);
          }
          if (next.done) return;
          yield next.value;
        }
      } finally {
        await read.return(undefined);
      }
    },
    shareRead: () => number / Math.max(1, Number(metadata.num_rows)),
    close: () => handle.close(),
  };
}

async function fileBuffer(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = new Uint8Array(end - start);
      for (let at = 0; at < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
        if (bytesRead === 0) throw new Error("the file ends too early");
        at += bytesRead;
      }
      return bytes.buffer;
    },
  };
}

function refuseLargeRowGroups({ row_groups }: FileMetaData, columns: string[], shownPath: string): void {
  for (const [index, group] of row_groups.entries()) {
    const bytes = sizeOf(group, columns);
    if (bytes <= mostRowGroupBytes) continue;
    const rows = Number(group.num_rows);
    const advised = advisedRows(rows, bytes, mostRowGroupBytes);
    throw new RunFileError(
      `${shownPath} has a row group that is too large: number ${index + 1} has ${rows.toLocaleString("en-US")} rows with ${megabytes(bytes)} MB besides vectors, and at most ${megabytes(mostRowGroupBytes)} MB are read together. Write the file again with smaller row groups, for example in pandas: df.to_parquet(path, row_group_size=${advised}).`,
    );
  }
}

/** Refuses vectors that some programs write into one page for a row group of very many rows. */
async function refuseLargePages(
  pageBytes: (at: number) => Promise<number>,
  { row_groups }: FileMetaData,
  vectors: string[],
  shownPath: string,
): Promise<void> {
  for (const [index, { columns, num_rows }] of row_groups.entries()) {
    for (const { meta_data } of columns) {
      if (!meta_data || !vectors.includes(meta_data.path_in_schema[0])) continue;
      const { total_compressed_size, total_uncompressed_size, data_page_offset } = meta_data;
      if (Number(total_compressed_size) + Number(total_uncompressed_size) <= mostPageBytes) continue;
      const bytes = await pageBytes(Number(data_page_offset));
      if (bytes <= mostPageBytes) continue;
      const rows = Number(num_rows);
      const advised = advisedRows(rows, bytes, mostPageBytes);
      throw new RunFileError(
        `${shownPath} has a page that is too large: the first one of row group ${index + 1}, of ${rows.toLocaleString("en-US")} rows, has ${megabytes(bytes)} MB of column ${meta_data.path_in_schema[0]}, compressed and uncompressed, and at most ${megabytes(mostPageBytes)} MB are read together. Write the file again with smaller row groups, for example in DuckDB: COPY … TO FILE (FORMAT parquet, ROW_GROUP_SIZE ${advised}).`,
      );
    }
  }
}

/** A number of rows per row group that is well below the limit of bytes which this many rows exceed. */
const advisedRows = (rows: number, bytes: number, mostBytes: number) =>
  Math.max(1, Math.floor((rows * mostBytes) / bytes / 2));

const megabytes = (count: number) => Math.round(count / 2 ** 20).toLocaleString("en-US");

function sizeOf({ columns }: RowGroup, names: string[]): number {
  const read = new Set(names);
  let bytes = 0;
  for (const { meta_data } of columns) {
    if (meta_data && read.has(meta_data.path_in_schema[0]))
      bytes += Number(meta_data.total_uncompressed_size);
  }
  return bytes;
}

function leavesOf(tree: SchemaTree): SchemaTree[] {
  return tree.children.length === 0 ? [tree] : tree.children.flatMap(leavesOf);
}

/** Whether a column is a list of numbers, in any of the layouts in which Parquet has lists. */
function isListOfNumbers(root: SchemaTree): boolean {
  let repeated = 0;
  let tree = root;
  for (;;) {
    if (tree.element.repetition_type === "REPEATED") repeated++;
    if (tree.children.length === 0) break;
    if (tree.children.length > 1) return false;
    [tree] = tree.children;
  }
  const { type, converted_type, logical_type } = tree.element;
  const isInteger =
    (type === "INT32" || type === "INT64") &&
    (converted_type === undefined || /^U?INT_/.test(converted_type)) &&
    (logical_type === undefined || logical_type.type === "INTEGER");
  const isNumber = type === "FLOAT" || type === "DOUBLE" || logical_type?.type === "FLOAT16" || isInteger;
  return repeated === 1 && isNumber;
}

/** Whether each value of a column is bytes, of which the file does not say what they are. */
function isColumnOfBytes({ element, children }: SchemaTree): boolean {
  return children.length === 0 && element.repetition_type !== "REPEATED" && holdsBytes(element);
}

function holdsBytes({ type, converted_type, logical_type }: SchemaElement): boolean {
  const isBytes = type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY";
  return isBytes && converted_type === undefined && logical_type === undefined;
}

/**
 * Whether the values of a column of bytes are vectors of float32, by those of the first rows. They are read only if they
 * may have such a length: images, on average, do not.
 */
async function holdsFloat32(file: AsyncBuffer, metadata: FileMetaData, column: string): Promise<boolean> {
  const [group] = metadata.row_groups;
  const chunk = group?.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === column)?.meta_data;
  if (!chunk || Number(chunk.total_uncompressed_size) > mostVectorBytes * Number(chunk.num_values)) {
    return false;
  }
  const values: Uint8Array[] = [];
  let rows = 0;
  try {
    if ((await pageBytesAt(file, Number(chunk.data_page_offset))) > mostPageBytes) return false;
    for await (const value of bytesOf(file, metadata, group, column, compressors)) {
      if (value?.length) values.push(value);
      if (++rows === rowsOfFirstPart) break;
    }
  } catch {
    return false; // whoever reads the column reports it
  }
  return values.every(({ length }) => length === values[0].length) && areVectors(values);
}

/** Why a column cannot become metadata; null if it can. */
function reasonAgainst(root: SchemaTree): string | null {
  for (const { element } of leavesOf(root)) {
    const { type, converted_type, logical_type } = element;
    if (converted_type === "BSON" || converted_type === "INTERVAL") return "its type cannot be read";
    if (isDecimal(element) && !isColumnOfDecimals(root))
      return "the decimals within its values would be rounded";
    if (holdsBytes(element)) return "it holds bytes";
    if (
      isListOfNumbers(root) &&
      (type === "FLOAT" || type === "DOUBLE" || logical_type?.type === "FLOAT16")
    ) {
      return holdsVectors;
    }
  }
  return null;
}
