import { setImmediate } from "node:timers/promises";
import type { SelectRows, StoredValue } from "../database/rowSelection.js";
import type { SqlDialect } from "../database/sqlDialect.js";
import type { ExportedFile } from "./exportedFile.js";
import type { EncodedRows } from "./formats/rowFormat.js";
import { rowFormats } from "./formats/rowFormats.js";
import { columnsOf, type Page, pageSelection } from "./tables.js";

/** A piece of a file: as many rows as are in memory at a time. */
export interface PieceRequest extends ExportedFile {
  after: Page["after"];
  /** The offset at which the piece begins in the file. */
  offset: number;
}

export interface Piece extends EncodedRows {
  /** Number of rows. */
  count: number;
  /** Where the next piece begins; null after the last one. */
  next: Page["after"];
}

const mostRows = 32_768;
/** Approximate number of bytes of rows above which no further row is added. */
const mostBytes = 16 * 2 ** 20;
/** A statement reads few rows as long as it is not known how long they are. */
const firstRows = 256;
const mostRowsPerStatement = 4096;
/** Approximate number of bytes of a row without its texts and vectors. */
const bytesOfRow = 300;
/** While a vector is encoded, a component of 4 bytes takes at least four times as many. */
const vectorFactor = 4;

/**
 * Reads rows until the piece is full, and encodes them. Each statement continues after the last row of the one
 * before, instead of holding a cursor open for as long as a client takes: a read transaction that lasts hours
 * would keep SQLite's write-ahead log, or PostgreSQL's dead rows, from being cleared. The rows of a clustering
 * that has succeeded do not change, so that all statements see the same ones, unless it is deleted.
 */
export async function encodedPiece(
  request: PieceRequest,
  dialect: SqlDialect,
  selectRows: SelectRows,
): Promise<Piece> {
  const columns = columnsOf(request);
  const rows: StoredValue[][] = [];
  let { after } = request;
  let bytes = 0;
  let limit = firstRows;
  while (rows.length < mostRows && bytes < mostBytes) {
    const read = await selectRows(pageSelection(dialect, { ...request, after, limit }));
    for (const row of read) {
      rows.push(row);
      bytes += bytesOf(row);
    }
    if (read.length < limit) {
      after = null;
      break;
    }
    after = rows.at(-1)![0] as string | number;
    const fitting = Math.ceil((mostBytes - bytes) / (bytes / rows.length));
    limit = Math.max(1, Math.min(mostRowsPerStatement, mostRows - rows.length, fitting));
    await setImmediate(); // libsql releases a statement's memory only then
  }
  const encoded = rowFormats[request.format].encode(columns, rows, request.offset);
  return { ...encoded, count: rows.length, next: after };
}

function bytesOf(row: StoredValue[]): number {
  let bytes = bytesOfRow;
  for (const value of row) {
    if (typeof value === "string") bytes += value.length;
    else if (Buffer.isBuffer(value)) bytes += vectorFactor * value.length;
  }
  return bytes;
}
