import { cell, type TableReader, type TableRow } from "./tableReader.js";
import { vectorOf } from "./vectorValue.js";

/** Number of the first rows whose values tell what a column holds. */
const rowsLookedAt = 200;

/**
 * Fewest numbers by which whole numbers and base64 are known to be a vector: shorter lists and words may be anything.
 */
const fewestNumbers = 16;

/** What other words look like if they are read as base64 of float32 numbers has numbers far above this. */
const largestOfBase64 = 1000;

/** Why a column of vectors does not become metadata. */
export const holdsVectors = "it holds vectors";

export interface FirstRows {
  /** Number of the rows that can be used. */
  count: number;
  /** Why the first row that cannot be used cannot; null if all can. */
  fault: string | null;
  /** The values of each column, without those that are missing. */
  values: Map<string, unknown[]>;
}

/** The first rows of a table that can be used. */
export async function firstRows(table: TableReader): Promise<FirstRows> {
  const rows: TableRow[] = [];
  let fault: string | null = null;
  for await (const row of table.rows()) {
    if (row.fault === null) rows.push(row);
    else fault ??= `row ${row.number}: ${row.fault}`;
    if (rows.length === rowsLookedAt) break;
  }
  const values = (column: string) => rows.map((row) => cell(row, column)).filter((value) => value !== null);
  return {
    count: rows.length,
    fault,
    values: new Map(table.columns.map((column) => [column, values(column)])),
  };
}

/**
 * Whether all values of a column are vectors of one length: as in Parquet, lists of numbers of which some have a
 * fraction. Lists of whole numbers, which may count or name anything, must be long, unless `shortLists` is true.
 */
export function areVectors(values: unknown[], { shortLists = false } = {}): boolean {
  const lengths = new Set<number>();
  let mayBeShort = shortLists;
  for (const value of values) {
    const vector = vectorOf(value);
    if (!(vector instanceof Float32Array)) return false;
    const isList = typeof value !== "string" || value.trimStart().startsWith("[");
    if (vector.length < (isList ? 2 : fewestNumbers)) return false;
    if (!isList && !vector.every((number) => Math.abs(number) <= largestOfBase64)) return false;
    mayBeShort ||= isList && vector.some((number) => !Number.isInteger(number));
    lengths.add(vector.length);
    if (lengths.size > 1) return false;
  }
  const [length] = lengths;
  return length !== undefined && (mayBeShort || length >= fewestNumbers);
}
