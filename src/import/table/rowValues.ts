import {
  deepestMetadata,
  longestExternalId,
  metadataText,
  mostMetadataBytes,
} from "../../database/recording/metadata.js";
import { characterFault } from "../characterFault.js";
import { unknownModel } from "../unknownModel.js";
import { rowIdOf } from "./rowIds.js";
import type { TableOptions } from "./tableOptions.js";
import { cell, shownCell, shownFault, shownValue, type TableRow } from "./tableReader.js";

/** The metadata that a row records. */
export interface RowMetadata {
  metadata: string | null;
  /** Why the row is recorded without metadata, and what is at fault; null if it is not. */
  metadataFault: { reason: string; value: string } | null;
  /** Whether the metadata would be too large together with the vectors of the row. */
  isTooLargeWithVectors: boolean;
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
  /** Of a row without an id of its own: the id that it has if its vectors were recorded as metadata. */
  formerId?: string;
}

/** What a column holds that no option but --vector names. */
type ColumnContent = "metadata" | "vectors" | "other";

export interface ColumnsOfRows {
  contentOf(column: string, value: unknown): ColumnContent;
  /** Whether an earlier import may have recorded a column of vectors as metadata. */
  mayHaveBeenMetadata(column: string): boolean;
}

export interface RowFault {
  reason: string;
  /** The number of the row, the column and the value. */
  example: string;
}

const largestInt = 2 ** 31 - 1;

export function rowValues(
  row: TableRow,
  options: TableOptions,
  { contentOf, mayHaveBeenMetadata }: ColumnsOfRows,
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
  const others: Fields = [];
  const vectors: Fields = [];
  for (const field of Object.entries(row.cells)) {
    const content = contentOf(...field);
    if (content === "metadata") others.push(field);
    else if (content === "vectors") vectors.push(field);
  }
  const named = { text, externalId, model, prompt, run, step };
  const values: RowValues = { ...named, ...metadataOf(others, otherColumns, vectors) };
  const former = vectors.filter(([column]) => mayHaveBeenMetadata(column));
  if (former.length > 0 && externalId === null && run === null) {
    const { metadata } = metadataOf([...others, ...former], otherColumns);
    values.formerId = rowIdOf(options.dataset, ownIdentity({ ...named, metadata }, row.number));
  }
  return values;
}

const otherColumns = "the other columns of the row";

/** What identifies a row without an id of its own: its number and everything that it records except its vector. */
export function ownIdentity(
  { text, model, prompt, metadata }: Pick<RowValues, "text" | "model" | "prompt" | "metadata">,
  number: number,
): { number: number; content: string[] } {
  return { number, content: [text, model, prompt, metadata ?? ""] };
}

/** Fields with their names. */
export type Fields = [name: string, value: unknown][];

/**
 * @param what what the fields are, in a message
 * @param vectors fields of the same row that are no metadata because they hold vectors
 */
export function metadataOf(fields: Fields, what: string, vectors: Fields = []): RowMetadata {
  const metadata: Record<string, unknown> = Object.create(null);
  const none = (metadataFault: RowMetadata["metadataFault"]) => ({
    metadata: null,
    metadataFault,
    isTooLargeWithVectors: false,
  });
  let isEmpty = true;
  for (const [name, field] of fields) {
    if (field instanceof Uint8Array) {
      const reason = `${what} at ${name} cannot be its metadata: it is not UTF-8`;
      return none({ reason, value: shownValue(field) });
    }
    const value = jsonValue(field, 1);
    if (value === null || value === undefined) continue;
    metadata[name] = value;
    isEmpty = false;
  }
  if (isEmpty) return none(null);
  const text = metadataText(metadata);
  if (typeof text === "string") {
    return { metadata: text, metadataFault: null, isTooLargeWithVectors: isTooLarge(text, vectors) };
  }
  const where = text.path.length > 0 ? ` at ${text.path[0]}` : "";
  const [, bytes] = /takes (\d+)\.$/.exec(text.message) ?? [];
  return none({
    reason: `${what}${where} cannot be its metadata: metadata ${withoutSize(text.message)}`,
    value: bytes === undefined ? shownValue(text.value) : `${bytes} bytes`,
  });
}

/** The most characters of a number in JSON, with a comma. */
const longestNumber = 25;

/** Whether metadata would be too large with the vectors of the row. */
function isTooLarge(metadata: string, vectors: Fields): boolean {
  const bytes = Buffer.byteLength(metadata);
  const most = vectors.reduce((sum, [, value]) => sum + mostBytes(value), bytes);
  if (most <= mostMetadataBytes) return false; // without the work of writing them
  const written = vectors.map(([name, value]) => JSON.stringify([name, jsonValue(value, 1) ?? null]));
  return bytes + Buffer.byteLength(written.join("")) > mostMetadataBytes;
}

/** Limit of the size of a vector in metadata, roughly. */
function mostBytes(value: unknown): number {
  if (typeof value === "string") return value.length;
  return Array.isArray(value) || value instanceof Float32Array ? value.length * longestNumber : 0;
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
