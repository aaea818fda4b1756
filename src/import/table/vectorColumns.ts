import { RunFileError } from "../runSource.js";
import { fewestNumbers, seemingVector, type VectorShare } from "./seemingVector.js";
import { cell, type TableReader, type TableRow } from "./tableReader.js";

/** Number of the first rows whose values tell what a column holds. */
const rowsLookedAt = 200;

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

interface FirstRowsOptions {
  /** Whether columns are read that Parquet says hold vectors. */
  withVectors?: boolean;
  /** Whether the rows before one that cannot be read suffice. */
  mayEndEarly?: boolean;
}

/**
 * The first rows of a table that can be used.
 *
 * @throws RunFileError if the file cannot be read further
 */
export async function firstRows(
  table: TableReader,
  { withVectors = true, mayEndEarly = false }: FirstRowsOptions = {},
): Promise<FirstRows> {
  const rows: TableRow[] = [];
  let fault: string | null = null;
  try {
    for await (const row of table.rows({ withVectors })) {
      if (row.fault === null) rows.push(row);
      else fault ??= `row ${row.number}: ${row.fault}`;
      if (rows.length === rowsLookedAt) break;
    }
  } catch (error) {
    if (!(error instanceof RunFileError && mayEndEarly && rows.length > 0)) throw error;
  }
  const values = (column: string) => rows.map((row) => cell(row, column)).filter((value) => value !== null);
  return {
    count: rows.length,
    fault,
    values: new Map(table.columns.map((column) => [column, values(column)])),
  };
}

/**
 * How many of the values of a column are vectors of one length, or lists of so many numbers that they can hardly be
 * anything else: as in Parquet, lists of numbers of which some have a fraction. Lists of whole numbers, which may count or
 * name anything, must be long, unless `shortLists` is true. Vectors that cannot be recorded, because a number is missing or
 * Python has printed them, are vectors all the same.
 */
export function shareOfVectors(values: unknown[], { shortLists = false } = {}): VectorShare {
  const lengths = new Map<number, number>();
  let present = 0;
  let long = 0;
  let readable = 0;
  let hasFraction = shortLists;
  for (const value of values) {
    const vector = seemingVector(value);
    if (vector === "missing") continue;
    present++;
    if (vector === null) continue;
    if (vector.isReadable) readable++;
    hasFraction ||= vector.hasFraction;
    if (vector.length >= fewestNumbers && vector.hasFraction) long++;
    lengths.set(vector.length, (lengths.get(vector.length) ?? 0) + 1);
  }
  if (present === 0) return "unknown";
  const areMost = (count: number) => 2 * count > present;
  const [[length, ofLength] = [0, 0]] = [...lengths].sort(([, a], [, b]) => b - a);
  const areVectors = areMost(long) || (areMost(ofLength) && (hasFraction || length >= fewestNumbers));
  if (!areVectors) return "few";
  return readable === present && lengths.size === 1 ? "all" : "most";
}

/** Whether most values of a column are vectors. */
export function areVectors(values: unknown[], options?: { shortLists?: boolean }): boolean {
  return /^(?:all|most)$/.test(shareOfVectors(values, options));
}
