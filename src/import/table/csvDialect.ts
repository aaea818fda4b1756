import { parse } from "csv-parse/sync";

/** How the fields of a CSV file are separated and quoted. */
export interface CsvDialect {
  delimiter: string;
  /** What is before a quote within a quoted field: a quote or, as some programs write it, a backslash. */
  escape: string;
}

const delimiters = [",", "\t", ";", "|"];

/** Number of records by which the delimiter is recognised. */
const recordsLookedAt = 6;

/**
 * The dialect of a CSV file, recognised by its first lines: the delimiter is the one that splits the header, and by
 * which most of the next rows have as many fields; of several, the most frequent one in the header.
 *
 * @param start the start of the text
 * @param isTsv whether the file is named as one with tabs, which are then the delimiter if its header has any
 */
export function csvDialect(start: string, isTsv: boolean): CsvDialect {
  const [header] = start.split(/\r?\n|\r/, 1);
  const unquoted = header.replace(/"[^"]*"/g, "");
  const count = (delimiter: string) => unquoted.split(delimiter).length;
  const dialect = { escape: escapeOf(start) };
  const scored = delimiters.map((delimiter) => {
    const [columns, ...rows] = records(start, { delimiter, ...dialect }) ?? [];
    const agreeing = columns ? rows.filter((row) => row.length === columns.length).length : 0;
    return { delimiter, agreement: agreeing / Math.max(1, rows.length), count: count(delimiter) };
  });
  const [best = scored[0]] = scored
    .filter(({ count }) => count > 1)
    .sort((a, b) => b.agreement - a.agreement || b.count - a.count);
  return { delimiter: isTsv && count("\t") > 1 ? "\t" : best.delimiter, ...dialect };
}

/**
 * Whether text without a name that says so is a table in CSV: its first line has several different names, and each of the
 * next lines as many fields.
 */
export function looksLikeCsv(start: string): boolean {
  const [columns, ...rows] = records(start, csvDialect(start, false)) ?? [];
  if (columns === undefined || columns.length < 2 || rows.length === 0) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: names have none
  const areNames = columns.every((name) => name.trim() !== "" && !/[\x00-\x1f\ufffd]/.test(name));
  return (
    areNames && new Set(columns).size === columns.length && rows.every((row) => row.length === columns.length)
  );
}

/** The first records that are there in full; null if the first one is not, or is no CSV. */
function records(start: string, dialect: CsvDialect): string[][] | null {
  try {
    const read: string[][] = parse(start, {
      ...{ ...dialect, to: recordsLookedAt },
      ...{ bom: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true },
    });
    // The start may end within the last one.
    return read.length === recordsLookedAt || read.length < 3 ? read : read.slice(0, -1);
  } catch {
    return null;
  }
}

/** A quote with a backslash in front, within a quoted field, that neither ends the field nor is doubled. */
const escapedQuote = /(?:^|[,;|\t\n])"[^"]*\\"(?![",;|\t\r\n]|$)/;
const doubledQuote = /(?<![,;|\t\r\n\\])""(?![,;|\t\r\n]|$)/;

function escapeOf(start: string): string {
  return escapedQuote.test(start) && !doubledQuote.test(start) ? "\\" : '"';
}
