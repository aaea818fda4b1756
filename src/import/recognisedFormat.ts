import { statSync } from "node:fs";
import { apparentContent } from "./apparentContent.js";
import { fileFormat } from "./fileFormat.js";
import { fileStart, isGzip, unpackedStart } from "./fileStart.js";
import { filesToImport, type ImportFormat } from "./importFormats.js";
import { RunFileError } from "./runSource.js";
import { refuseSpreadJson } from "./spreadJson.js";
import { looksLikeCsv } from "./table/csvDialect.js";
import { isRowsOfTable } from "./table/jsonRows.js";
import { tableFormat } from "./table/tableFormat.js";
import { recognisedTraces } from "./traces/recogniseTraces.js";

/**
 * The format of a file, recognised by its content; text that does not look like CSV is taken for it because of the
 * file's name, or because it comes from standard input. A file that cannot be read has any format: the code that reads it reports the error.
 *
 * @param shownPath its name in messages
 * @throws RunFileError if the content has no format that can be imported
 */
export async function recognisedFormat(path: string, shownPath: string): Promise<ImportFormat> {
  const { content, isCompressed } = fileFormat(path);
  if (content === "SQLite" && isCompressed) {
    throw new RunFileError(`${shownPath} is a SQLite database compressed with gzip. Decompress it first.`);
  }
  if (content === "JSON lines") refuseSpreadJson(path, shownPath);
  if (content === "SQLite" || content === "directory") return "panic-tda";
  const isNamedLines = content === null && /\.(jsonl|ndjson)(\.gz)?$/i.test(shownPath);
  const isText =
    content === null && (/\.([ct]sv|parquet)(\.gz)?$/i.test(shownPath) || shownPath !== path || isCsv(path));
  if (content === "JSON lines" || content === "Parquet" || isText || isNamedLines) {
    const areRuns = (content === "JSON lines" || isNamedLines) && !(await isRowsOfTable(path));
    if (isNamedLines) tableFormat(path, shownPath); // refuses what is empty or in UTF-16
    const traces = await recognisedTraces(path, shownPath).catch((error) => {
      // Of runs, only the lines that cannot be read are left out.
      if (areRuns && error instanceof RunFileError) return null;
      throw error;
    });
    return traces ?? (areRuns ? "runs" : "table");
  }
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return "panic-tda";
  throw new RunFileError(
    `${shownPath} cannot be imported: it ${apparentContent(path)}. ${filesToImport} If it is text in one of these formats, name it with --format.`,
  );
}

const bytesRead = 64 * 1024;

function isCsv(path: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false;
  const start = fileStart(path, bytesRead);
  const content = isGzip(start) ? unpackedStart(start) : start;
  const text = content.toString("utf8").replace(/^\ufeff/, "");
  return !content.includes(0) && !/^\s*[<[%]/.test(text) && looksLikeCsv(text);
}
