import { statSync } from "node:fs";
import { knownBinary } from "../apparentContent.js";
import { fileStart, isGzip, unpackedStart } from "../fileStart.js";
import { RunFileError } from "../runSource.js";
import { wideEncoding } from "../wideEncoding.js";
import { type CsvDialect, csvDialect } from "./csvDialect.js";

export type TableFormat =
  | { kind: "Parquet" }
  | { kind: "JSON lines"; isCompressed: boolean }
  | ({ kind: "CSV"; isCompressed: boolean } & CsvDialect);

const bytesRead = 64 * 1024;

/**
 * The format of a table: Parquet and JSON lines are recognised by the content, everything else is taken for
 * CSV.
 *
 * @throws RunFileError if the file cannot be a table that can be read
 */
export function tableFormat(path: string, shownPath: string): TableFormat {
  const start = startOf(path, shownPath);
  const refuse = (reason: string): never => {
    throw new RunFileError(`${shownPath} ${reason}`);
  };
  if (start.length === 0) refuse("is empty.");
  const magic = start.toString("latin1", 0, 4);
  if (magic === "PAR1") return { kind: "Parquet" };
  if (magic === "PARE") refuse("is encrypted Parquet, which cannot be read. Decrypt it first.");
  if (start.toString("latin1", 0, 15) === "SQLite format 3") {
    refuse("is a SQLite database, not a table: import it without --text.");
  }
  if (start.toString("latin1", 1, 6) === "NUMPY") {
    refuse("holds vectors only. Give the table of their texts first, and this file as --vectors.");
  }
  if (start.toString("latin1", 0, 2) === "PK")
    refuse("is a ZIP archive or a spreadsheet: save it as CSV first.");
  const isCompressed = isGzip(start);
  const content = isCompressed ? unpackedStart(start) : start;
  if (content.length === 0) {
    refuse(isCompressed ? "is compressed by gzip, and empty or damaged." : "is empty.");
  }
  if (content.toString("latin1", 0, 4) === "PAR1") {
    refuse("is Parquet that is compressed by gzip, which cannot be read. Decompress it first.");
  }
  const binary = knownBinary(content);
  if (binary !== null) refuse(`${isCompressed ? "is compressed by gzip, and what is in it " : ""}${binary}.`);
  const encoding = wideEncoding(content);
  if (encoding !== null) {
    refuse(`is not UTF-8 but ${encoding}. Convert it first: \`iconv -f ${encoding} -t UTF-8 FILE > NEW\`.`);
  }
  if (content.includes(0)) refuse("is neither Parquet, nor CSV, nor JSON lines: it holds zero bytes.");
  const text = content.toString("utf8").replace(/^\ufeff/, "");
  if (/^\s*[[{]/.test(text)) {
    if (text.trimStart().startsWith("[")) {
      refuse("is one JSON list. Write it as JSON lines, one object per line.");
    }
    return { kind: "JSON lines", isCompressed };
  }
  // A damaged line may be the first.
  if (/\.(jsonl|ndjson)(\.gz)?$/i.test(shownPath)) return { kind: "JSON lines", isCompressed };
  return { kind: "CSV", isCompressed, ...csvDialect(text, /\.tsv(\.gz)?$/i.test(shownPath)) };
}

function startOf(path: string, shownPath: string): Buffer {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new RunFileError(`${shownPath} does not exist.`);
  if (stats.isDirectory()) throw new RunFileError(`${shownPath} is a directory, not a file.`);
  if (!stats.isFile()) {
    throw new RunFileError(
      `${shownPath} is not a file. Give - as the file to read standard input, with a name of the dataset: COMMAND | medoid import - --dataset NAME`,
    );
  }
  try {
    return fileStart(path, bytesRead);
  } catch (error) {
    throw new RunFileError(`${shownPath} cannot be read: ${(error as Error).message}.`);
  }
}
