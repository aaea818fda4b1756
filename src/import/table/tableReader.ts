import { shortenedText } from "../../runtime/shortenedText.js";
import type { VectorShare } from "./seemingVector.js";

/** A row of a table. */
export interface TableRow {
  /** From 1; a header is not counted. */
  number: number;
  /** By column; a value that is missing is null or absent. */
  cells: Record<string, unknown>;
  /** Why the row cannot be used; null if it can. */
  fault: string | null;
  /** What in the row is at fault, if the reason does not say it. */
  faultExample?: string;
}

/** A table that can be read any number of times from its start, row by row. */
export interface TableReader {
  /** Names of the columns. Of JSON lines, these are only the columns of the first rows. */
  columns: string[];
  /** Number of rows, if the file says it. */
  rowCount: number | null;
  /** Columns whose values cannot become metadata, with the reason. */
  notMetadata: Map<string, string>;
  /** How many values of a column are vectors; a column that is absent, or "unknown", had none in the first rows. */
  vectorShares: Map<string, VectorShare>;
  /**
   * @param options.withVectors whether columns are read that Parquet says hold vectors; default: true
   * @throws RunFileError if the file cannot be read further
   */
  rows(options?: { withVectors?: boolean }): AsyncGenerator<TableRow>;
  /** The share of the file that the present reading has read, 0 to 1. */
  shareRead(): number;
  close(): Promise<void>;
}

/** The value of a column; null if the row has none. */
export function cell(row: TableRow, column: string): unknown {
  return Object.hasOwn(row.cells, column) ? (row.cells[column] ?? null) : null;
}

/** Number of lists in lists that a message shows. */
const deepestShown = 3;

function jsonText(value: object | null): string {
  try {
    return (
      JSON.stringify(value, (_, part) => (typeof part === "bigint" ? jsonNumber(part) : part)) ??
      String(value)
    );
  } catch {
    return "{…}"; // deeper than the stack
  }
}

function jsonNumber(integer: bigint): number | string {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : String(integer);
}

/** Number of bytes that a message shows of a value that is not text. */
const bytesShown = 16;

function shownBytes(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, bytesShown), (byte) => byte.toString(16).padStart(2, "0"));
  return `the bytes ${shown.join(" ")}${bytes.length > bytesShown ? " …" : ""}`;
}

/** A value as a message quotes it, on one line and shortened. */
export function shownValue(value: unknown, depth = 0): string {
  if (typeof value === "object" && value !== null && depth > deepestShown) return "…";
  if (value instanceof Uint8Array) return shownBytes(value);
  if (Array.isArray(value) || value instanceof Float32Array) {
    const first = Array.from(value.slice(0, 8), (part: unknown) => shownValue(part, depth + 1));
    return `[${first.join(", ")}${value.length > first.length ? ", …" : ""}]`;
  }
  const text = typeof value !== "object" ? String(value) : jsonText(value);
  return shortenedText(text.slice(0, 200).replace(/\s+/g, " "), 60);
}

/** The number of a row that cannot be used, and what in it is at fault. */
export function shownFault({ number, faultExample }: Pick<TableRow, "number" | "faultExample">): string {
  return faultExample === undefined ? `row ${number}` : `row ${number}: ${faultExample}`;
}

/** The number of a row, a column, and the column's value, as the example of a row that is left out. */
export function shownCell(row: TableRow, column: string, value = cell(row, column)): string {
  return `row ${row.number}, ${column}: ${shownValue(value)}`;
}
