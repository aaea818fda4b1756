import type { SelectRows } from "../database/rowSelection.js";
import type { SqlDialect } from "../database/sqlDialect.js";
import type { ExportedFile } from "./exportedFile.js";
import type { EncodedRows } from "./formats/rowFormat.js";
import { rowFormats } from "./formats/rowFormats.js";
import { type PageStart, rowsOfPiece } from "./rowsOfPiece.js";
import { columnsOf, pageSelection } from "./tables.js";

/** A piece of a file: as many rows as are in memory at a time. */
export interface PieceRequest extends ExportedFile {
  after: PageStart;
  /** The offset at which the piece begins in the file. */
  offset: number;
}

export interface Piece extends EncodedRows {
  /** Number of rows. */
  count: number;
  /** Where the next piece begins; null after the last one. */
  next: PageStart;
}

/** Reads rows until the piece is full, and encodes them. */
export async function encodedPiece(
  request: PieceRequest,
  dialect: SqlDialect,
  selectRows: SelectRows,
): Promise<Piece> {
  const page = (after: PageStart, limit: number) => pageSelection(dialect, { ...request, after, limit });
  const { rows, next } = await rowsOfPiece(request.after, page, selectRows);
  const encoded = rowFormats[request.format].encode(columnsOf(request), rows, request.offset);
  return { ...encoded, count: rows.length, next };
}
