import { statSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CsvError, type Options, parse } from "csv-parse";
import { fileChunks } from "../fileChunks.js";
import { RunFileError } from "../runSource.js";
import type { CsvDialect } from "./csvDialect.js";
import { unreadField } from "./csvLines.js";
import { MisreadField, otherNumberFault, quoteCheck } from "./csvQuotes.js";
import type { TableFormat } from "./tableFormat.js";
import { shownValue, type TableReader, type TableRow } from "./tableReader.js";
import { notUtf8, unreadable } from "./unreadable.js";
import { Utf8Check } from "./utf8Check.js";

/** A longer record is taken for one whose quotes are wrong, before it fills the memory. */
const mostRecordBytes = 64 * 2 ** 20;

/** @throws RunFileError if the file has no header that names its columns */
export async function openCsv(
  path: string,
  shownPath: string,
  { isCompressed, kind: _, ...dialect }: Extract<TableFormat, { kind: "CSV" }>,
): Promise<TableReader> {
  const { size } = statSync(path);
  let bytesRead = 0;
  const options: Options = {
    ...dialect,
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    relax_quotes: true, // a quote within a field that is not quoted is a character like any other
    max_record_size: mostRecordBytes,
  };
  const content = () => utf8Bytes(path, shownPath, isCompressed, () => {});
  async function* records(): AsyncGenerator<(string | MisreadField)[]> {
    const reported = (count: number) => {
      bytesRead = count;
    };
    const bytes = Readable.from(utf8Bytes(path, shownPath, isCompressed, reported));
    const parser = parse({ ...options, cast: quoteCheck(dialect) });
    const piped = pipeline(bytes, parser);
    piped.catch(() => {}); // the iteration below throws the same error
    try {
      for await (const record of parser) yield record as (string | MisreadField)[];
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      throw new RunFileError(`${shownPath} is not valid CSV: ${await reasonOf(error)}.`);
    } finally {
      bytes.destroy();
    }
  }

  async function reasonOf({ code, message }: CsvError): Promise<string> {
    if (code !== "CSV_QUOTE_NOT_CLOSED" && code !== "CSV_MAX_RECORD_SIZE") return message.split("\n")[0];
    const { line, text } = await unreadField(content, options);
    const escaped =
      dialect.escape === '"' && text.includes('\\"')
        ? '; it has a quote with a backslash in front (\\"): write quotes within fields doubled ("")'
        : "";
    return code === "CSV_QUOTE_NOT_CLOSED"
      ? `the quote that opens in line ${line} is not closed${escaped}`
      : `with the field that begins in line ${line}, a row has more than ${mostRecordBytes / 2 ** 20} MB, so that a quote seems not to be closed${escaped}`;
  }

  let columns: string[] = [];
  for await (const record of records()) {
    columns = record.map(String);
    break;
  }
  if (columns.length === 0) throw new RunFileError(`${shownPath} is empty.`);
  return {
    columns,
    rowCount: null,
    notMetadata: new Map(),
    vectorShares: new Map(),
    async *rows() {
      let number = -1; // the header comes first
      for await (const record of records()) {
        number++;
        if (number > 0) yield row(number, columns, record, dialect);
      }
    },
    shareRead: () => Math.min(1, bytesRead / Math.max(1, size)),
    async close() {},
  };
}

/** An empty field is a missing value. */
function row(
  number: number,
  columns: string[],
  record: (string | MisreadField)[],
  dialect: Pick<CsvDialect, "escape">,
): TableRow {
  const misread = record.find((field) => field instanceof MisreadField);
  if (misread) return { number, cells: {}, fault: misread.fault, faultExample: shownValue(misread.text) };
  const fields = record as string[];
  const cells: Record<string, unknown> = Object.create(null);
  for (const [at, column] of columns.entries()) cells[column] = fields[at] || null;
  if (fields.length === columns.length) return { number, cells, fault: null };
  return {
    number,
    cells,
    fault: otherNumberFault(fields, dialect),
    faultExample: `${fields.length} instead of ${columns.length}: ${shownValue(fields)}`,
  };
}

/**
 * Reads a file chunk by chunk, unpacking it if it is compressed by gzip.
 *
 * @throws RunFileError if the file cannot be read or unpacked, or is not UTF-8, which the parser would not
 *   notice
 * @param onRead receives the number of bytes of the file that have been read
 */
async function* utf8Bytes(
  path: string,
  shownPath: string,
  isCompressed: boolean,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const check = new Utf8Check();
  const refuseOthers = (chunk: Buffer | null) => {
    const line = check.invalidLine(chunk);
    if (line !== null) throw notUtf8(shownPath, `in line ${line}`);
  };
  try {
    for await (const { bytes, bytesRead } of fileChunks(path, isCompressed)) {
      refuseOthers(bytes);
      onRead(bytesRead);
      yield bytes;
    }
    refuseOthers(null);
  } catch (error) {
    throw unreadable(error, shownPath);
  }
}
