import { deepestMetadata, longestExternalId, metadataText } from "../../database/recording/metadata.js";
import { characterFault } from "../characterFault.js";
import { unknownModel } from "../unknownModel.js";
import type { TableOptions } from "./tableOptions.js";
import { cell, shownCell, shownFault, type TableRow } from "./tableReader.js";

/** The metadata that a row records. */
export interface RowMetadata {
  metadata: string | null;
  /** Why the row is recorded without metadata; null if it is not. */
  metadataFault: string | null;
}

/** What a row records, except its vector. */
export interface RowValues extends RowMetadata {
  text: string;
  externalId: string | null;
  model: string;
  prompt: string;
  /** The run's name in the table; null if every row is a run of its own. */
  run: string | null;
  /** The sequence number; null if the order of the rows in the file decides. */
  step: number | null;
}

export interface RowFault {
  reason: string;
  /** The number of the row, the column and the value. */
  example: string;
}

const largestInt = 2 ** 31 - 1;

/** @param isMetadata whether a value of a column becomes metadata */
export function rowValues(
  row: TableRow,
  options: TableOptions,
  isMetadata: (column: string, value: unknown) => boolean,
): RowValues | RowFault {
  if (row.fault !== null) return { reason: row.fault, example: shownFault(row) };
  let fault: RowFault | undefined;
  const refuse = (column: string, reason: string) => {
    fault ??= { reason, example: shownCell(row, column) };
    return "";
  };
  /** The text of a column that must have one. */
  const required = (column: string, what: string): string => {
    const text = textOf(cell(row, column));
    if (text === undefined) return refuse(column, `its ${what} is not text, or not UTF-8`);
    if (text === null || (what !== "text" && text.trim() === "") || text === "") {
      return refuse(column, `it has no ${what}`);
    }
    const textual = characterFault(text);
    return textual === null ? text : refuse(column, `its ${what} ${textual}`);
  };

  const text = required(options.text, "text");
  const externalId = options.id === undefined ? null : required(options.id, "id");
  if (options.id !== undefined && externalId !== null && externalId.length > longestExternalId) {
    refuse(options.id, `its id is longer than ${longestExternalId} characters`);
  }
  const model = options.model === undefined ? unknownModel : required(options.model, "model");
  const run = options.run === undefined ? null : required(options.run, "run");
  const step = options.step === undefined ? null : wholeNumber(cell(row, options.step));
  if (options.step !== undefined && step === null) {
    refuse(options.step, `its step is not a whole number from 0 to ${largestInt}`);
  }
  let prompt = "";
  if (options.prompt !== undefined) {
    const given = textOf(cell(row, options.prompt));
    prompt = given ?? "";
    const textual = given === undefined ? "is not text, or not UTF-8" : characterFault(prompt);
    if (textual !== null) refuse(options.prompt, `its prompt ${textual}`);
  }
  if (fault) return fault;
  const others = Object.entries(row.cells).filter(([column, value]) => isMetadata(column, value));
  return {
    ...{ text, externalId, model, prompt, run, step },
    ...metadataOf(Object.fromEntries(others), "the other columns of the row"),
  };
}

/** @param what what the fields are, in a message */
export function metadataOf(fields: Record<string, unknown>, what: string): RowMetadata {
  const metadata: Record<string, unknown> = Object.create(null);
  let isEmpty = true;
  for (const [name, field] of Object.entries(fields)) {
    if (field instanceof Uint8Array) {
      return { metadata: null, metadataFault: `${what} at ${name} cannot be its metadata: it is not UTF-8` };
    }
    const value = jsonValue(field, 1);
    if (value === null || value === undefined) continue;
    metadata[name] = value;
    isEmpty = false;
  }
  if (isEmpty) return { metadata: null, metadataFault: null };
  const text = metadataText(metadata);
  if (typeof text === "string") return { metadata: text, metadataFault: null };
  const where = text.path.length > 0 ? ` at ${text.path[0]}` : "";
  return {
    metadata: null,
    metadataFault: `${what}${where} cannot be its metadata: metadata ${withoutSize(text.message)}`,
  };
}

/** Without the row's own size, so that all such rows are counted together. */
function withoutSize(message: string): string {
  return message.replace(/, and takes \d+\.$/, "").replace(/\.$/, "");
}

/** The text of a value; null if there is none, undefined if it is not text. */
export function textOf(value: unknown): string | null | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean")
    return String(value);
  if (!(value instanceof Uint8Array)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value); // a text that the file does not declare as such
  } catch {
    return undefined;
  }
}

function wholeNumber(value: unknown): number | null {
  const isWritten = typeof value === "string" && /^\s*\d+(\.0*)?\s*$/.test(value);
  if (!isWritten && typeof value !== "number" && typeof value !== "bigint") return null;
  const number = Number(value);
  return Number.isInteger(number) && number >= 0 && number <= largestInt ? number : null;
}

/**
 * A value of a table as JSON holds it: numbers that JSON has no word for, and integers that it would round,
 * are texts.
 *
 * @param depth number of objects and lists that the value is in; what is deeper than metadata may be is not looked at,
 *   because it is refused
 * @returns undefined for what metadata cannot hold
 */
function jsonValue(value: unknown, depth: number): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return undefined;
  if (depth > deepestMetadata) return value;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return Array.from(value as unknown as unknown[], (item) => jsonValue(item, depth + 1) ?? null);
  }
  const fields: Record<string, unknown> = Object.create(null);
  for (const [name, field] of Object.entries(value)) fields[name] = jsonValue(field, depth + 1);
  return fields;
}
