import { setImmediate } from "node:timers/promises";
import type { RowSelection, SelectRows, StoredValue } from "../database/rowSelection.js";

/** Where a page begins: after the row that has this value in its first column; null for the first page. */
export type PageStart = string | number | null;

const mostRows = 16_384;
/** Approximate number of bytes of rows above which no further row is added. */
const mostBytes = 8 * 2 ** 20;
/** A statement reads few rows as long as it is not known how long they are. */
const firstRows = 256;
const mostRowsPerStatement = 4096;
/** Approximate number of bytes of a row without its texts and vectors. */
const bytesOfRow = 300;
/** While a vector is encoded, a component of 4 bytes takes at least four times as many. */
const vectorFactor = 4;

/**
 * Reads rows until the piece is full. Each statement continues after the last row of the one before, instead of holding
 * a cursor open for as long as a client takes: a read transaction that lasts hours would keep SQLite's write-ahead log,
 * or PostgreSQL's dead rows, from being cleared. The rows of what has succeeded do not change, so that all statements
 * see the same ones, unless they are deleted.
 *
 * @param page the selection of at most `limit` rows, whose first column orders them
 * @returns the rows, and where the next piece begins; null after the last one
 */
export async function rowsOfPiece(
  after: PageStart,
  page: (after: PageStart, limit: number) => RowSelection,
  selectRows: SelectRows,
): Promise<{ rows: StoredValue[][]; next: PageStart }> {
  const rows: StoredValue[][] = [];
  let next = after;
  let bytes = 0;
  let limit = firstRows;
  while (rows.length < mostRows && bytes < mostBytes) {
    const read = await selectRows(page(next, limit));
    for (const row of read) {
      rows.push(row);
      bytes += bytesOf(row);
    }
    if (read.length < limit) return { rows, next: null };
    next = read[read.length - 1][0] as string | number;
    const fitting = Math.ceil((mostBytes - bytes) / (bytes / rows.length));
    limit = Math.max(1, Math.min(mostRowsPerStatement, mostRows - rows.length, fitting));
    await setImmediate(); // libsql releases a statement's memory only then
  }
  return { rows, next };
}

function bytesOf(row: StoredValue[]): number {
  let bytes = bytesOfRow;
  for (const value of row) {
    if (typeof value === "string") bytes += value.length;
    else if (Buffer.isBuffer(value)) bytes += vectorFactor * value.length;
  }
  return bytes;
}
