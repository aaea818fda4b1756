import type { CastingContext } from "csv-parse";
import type { CsvDialect } from "./csvDialect.js";

const escapedByBackslash =
  'a quoted field has a quote escaped by a backslash (\\"), but the first rows of the file do not: write quotes within fields doubled ("")';
const doubled =
  'a quoted field has doubled quotes (""), but the first rows of the file escape quotes by a backslash: write all of them in one way';
const closedWithin = "the quotes of a field are closed before its end";
const otherNumber = "its number of fields differs from the number of columns in the header";
const afterBackslash = `${otherNumber}: a quote with a backslash in front (\\") ends a field in this file`;

/**
 * A quoted field whose quotes the parser took to be closed within it, so that its text, and what follows, may not be what
 * was written: its quotes are not escaped in the way in which the first rows of the file escape them.
 */
export class MisreadField {
  constructor(
    readonly text: string,
    readonly fault: string,
  ) {}

  toString(): string {
    return this.text;
  }
}

/**
 * For each field that the parser reads, in their order, either its text or a MisreadField.
 *
 * The parser does not say that quotes were closed within a field. Such a field begins with the quote that opened it, and
 * none of these two quotes was escaped; in a field that begins with an escaped quote, all are. Where the parser took an
 * escaped quote before a delimiter for the end of a field, the rest of this field is one without quotes that ends with one.
 */
export function quoteCheck(
  dialect: Pick<CsvDialect, "escape">,
): (text: string, context: CastingContext) => string | MisreadField {
  const isDoubling = dialect.escape === '"';
  const faultWithin = (text: string) => {
    if (text.includes(isDoubling ? '\\"' : '""')) return isDoubling ? escapedByBackslash : doubled;
    return /[\r\n]/.test(text) ? closedWithin : null;
  };
  let end = 0;
  /** Whether a field ended behind a backslash, and no quote has followed. */
  let mayGoOn = false;
  return (text, { quoting, bytes }) => {
    const written = bytes - end; // with the delimiter before the field
    end = bytes;
    if (!quoting) {
      const isRest = mayGoOn && text.endsWith('"');
      mayGoOn &&= !text.includes('"');
      return isRest ? new MisreadField(text, escapedByBackslash) : text;
    }
    mayGoOn = isDoubling && text.endsWith("\\");
    const fault = text.startsWith('"') ? faultWithin(text) : null;
    if (fault === null) return text;
    const quotes = text.split('"').length - 1;
    const inQuotes = Buffer.byteLength(text) + quotes + 2;
    return written < inQuotes ? new MisreadField(text, fault) : text;
  };
}

/** Why a row with another number of fields than the header cannot be used. */
export function otherNumberFault(record: string[], dialect: Pick<CsvDialect, "escape">): string {
  const isEscaped = dialect.escape === '"' && record.some((field) => field.endsWith("\\"));
  return isEscaped ? afterBackslash : otherNumber;
}
