import { statSync } from "node:fs";
import { textLines } from "../runLines/textLines.js";
import { RunFileError } from "../runSource.js";
import { refuseSpreadJson } from "../spreadJson.js";
import { type IsVectorField, parseExactJson } from "./exactJson.js";
import { repeatedField } from "./repeatedField.js";
import { shownValue, type TableReader, type TableRow } from "./tableReader.js";
import { notUtf8, unreadable } from "./unreadable.js";

/** Number of the first rows whose columns are the columns of the table, besides those that are wanted. */
const rowsOfColumns = 1000;

interface Reading {
  isVector?: IsVectorField;
  /** Receives the number of bytes of the file that have been read. */
  onRead?: (bytes: number) => void;
}

/**
 * The rows of a file of JSON lines.
 *
 * @throws RunFileError if the file cannot be read further
 */
export async function* jsonRows(
  path: string,
  shownPath: string,
  { isVector, onRead = () => {} }: Reading = {},
): AsyncGenerator<TableRow> {
  let number = 0;
  try {
    for await (const line of textLines(path)) {
      onRead(line.bytesRead);
      if (line.text === null) throw notUtf8(shownPath, `in line ${line.number}`);
      if (line.text.trim() !== "") yield row(++number, line.text, isVector);
    }
  } catch (error) {
    throw unreadable(error, shownPath);
  }
}

/**
 * @param wanted columns that are looked for in all rows
 * @param isVector whether a column, or a field in it, holds vectors; other columns may turn out to
 * @throws RunFileError if the file cannot be read
 */
export async function openJsonRows(
  path: string,
  shownPath: string,
  wanted: string[],
  isVector: IsVectorField,
): Promise<TableReader> {
  refuseSpreadJson(path, shownPath);
  const { size } = statSync(path);
  let bytesRead = 0;
  const notMetadata = new Map<string, string>(); // the columns that turn out to hold vectors
  const rows = () => {
    const found = new Set(Array.from(notMetadata.keys(), nameInJson));
    return jsonRows(path, shownPath, {
      isVector: (name) => isVector(name) || found.has(name),
      onRead(bytes) {
        bytesRead = bytes;
      },
    });
  };

  const columns = new Set<string>();
  let rowsRead = 0;
  let firstFault = "";
  for await (const { number, cells, fault } of rows()) {
    rowsRead = number;
    if (fault !== null && firstFault === "") firstFault = ` Of line ${number}: ${fault}.`;
    if (number > rowsOfColumns) {
      for (const column of wanted) if (Object.hasOwn(cells, column)) columns.add(column);
    } else for (const column of Object.keys(cells)) columns.add(column);
    if (number >= rowsOfColumns && wanted.every((column) => columns.has(column))) break;
  }
  if (rowsRead === 0) throw new RunFileError(`${shownPath} has no rows.`);
  if (columns.size === 0)
    throw new RunFileError(
      `${shownPath} has no line that can be read as a JSON object with a field.${firstFault}`,
    );
  return {
    columns: [...columns],
    rowCount: null,
    notMetadata,
    vectorShares: new Map(),
    rows,
    shareRead: () => Math.min(1, bytesRead / size),
    async close() {},
  };
}

/**
 * Whether a file of JSON lines holds rows of a table, not runs: the first line that is an object with some field has
 * neither a "network" nor "invocations". Other lines, and bytes that are not UTF-8, do not matter to that.
 */
export async function isRowsOfTable(path: string): Promise<boolean> {
  try {
    for await (const { number, text } of textLines(path, { replaceInvalid: true })) {
      const fields = text === null ? [] : Object.keys(row(number, text).cells);
      if (fields.length > 0) return !fields.includes("network") && !fields.includes("invocations");
      if (number >= rowsOfColumns) break;
    }
  } catch {
    // Whoever reads the file reports the error.
  }
  return true;
}

/** A name as JSON writes it between quotes. */
export const nameInJson = (name: string): string => JSON.stringify(name).slice(1, -1);

function row(number: number, text: string, isVector?: IsVectorField): TableRow {
  let value: unknown;
  try {
    value = parseExactJson(text, isVector);
  } catch (error) {
    const fault = /\b(NaN|Infinity)\b/.test(text)
      ? "it is not valid JSON, which has no NaN and no infinity"
      : "it is not valid JSON";
    return { number, cells: {}, fault, faultExample: shownValue((error as Error).message) };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { number, cells: {}, fault: "it is not a JSON object", faultExample: shownValue(value) };
  }
  const repeated = repeatedField(text, value);
  if (repeated !== undefined) {
    return {
      number,
      cells: {},
      fault: "it has two fields of the same name",
      faultExample: shownValue(repeated),
    };
  }
  return { number, cells: value as Record<string, unknown>, fault: null };
}
