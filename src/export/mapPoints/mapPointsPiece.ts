import type { SelectRows } from "../../database/rowSelection.js";
import type { SqlDialect } from "../../database/sqlDialect.js";
import { type PageStart, rowsOfPiece } from "../rowsOfPiece.js";
import { arrowPoints } from "./arrowPoints.js";
import type { MapPointsFile } from "./mapPointsFile.js";
import { mapPointsSelection, type PointRow } from "./mapPointsTable.js";

/** A piece of a map's points: as many as are in memory at a time. */
export interface MapPointsPieceRequest extends MapPointsFile {
  after: PageStart;
  /** JSON about the map as a whole. */
  metadata: string;
}

export interface MapPointsPiece {
  bytes: Uint8Array;
  /** Number of points. */
  count: number;
  /** Where the next piece begins; null after the last one. */
  next: PageStart;
}

/** Reads points until the piece is full, and encodes them. */
export async function mapPointsPiece(
  { after, metadata, ...file }: MapPointsPieceRequest,
  dialect: SqlDialect,
  selectRows: SelectRows,
): Promise<MapPointsPiece> {
  const page = (last: PageStart, limit: number) =>
    mapPointsSelection(dialect, file, last as string | null, limit);
  const { rows, next } = await rowsOfPiece(after, page, selectRows);
  const part = { isFirst: after === null, isLast: next === null };
  const bytes = arrowPoints(rows as PointRow[], file.clusteringResultId !== null, metadata, part);
  return { bytes, count: rows.length, next };
}
