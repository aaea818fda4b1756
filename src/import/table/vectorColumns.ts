import { cell, type TableReader, type TableRow } from "./tableReader.js";
import { vectorOf } from "./vectorValue.js";

/** Number of the first rows whose values tell what a column holds. */
const rowsLookedAt = 200;

/** Fewest numbers by which a value is known to be a vector: shorter lists and words may be anything. */
const fewestNumbers = 16;

/** What other words look like if they are read as base64 of float32 numbers has numbers far above this. */
const largestOfBase64 = 1000;

/** The values of each column in the first rows, without those that are missing. */
export async function firstValues(table: TableReader): Promise<Map<string, unknown[]>> {
  const rows: TableRow[] = [];
  for await (const row of table.rows()) {
    if (row.fault === null) rows.push(row);
    if (rows.length === rowsLookedAt) break;
  }
  const values = (column: string) => rows.map((row) => cell(row, column)).filter((value) => value !== null);
  return new Map(table.columns.map((column) => [column, values(column)]));
}

/**
 * Whether all values of a column are vectors of one length. A list may have any length of 2 or more if
 * `shortLists` is true.
 */
export function areVectors(values: unknown[], { shortLists = false } = {}): boolean {
  const lengths = new Set<number>();
  for (const value of values) {
    const vector = vectorOf(value);
    if (!(vector instanceof Float32Array)) return false;
    const isList = typeof value !== "string" || value.trimStart().startsWith("[");
    if (vector.length < (shortLists && isList ? 2 : fewestNumbers)) return false;
    if (!isList && !vector.every((number) => Math.abs(number) <= largestOfBase64)) return false;
    lengths.add(vector.length);
    if (lengths.size > 1) return false;
  }
  return lengths.size === 1;
}
