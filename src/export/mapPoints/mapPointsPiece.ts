import type { SelectRows } from "../../database/rowSelection.js";
import type { SqlDialect } from "../../database/sqlDialect.js";
import { type PageStart, rowsOfPiece } from "../rowsOfPiece.js";
import { arrowPoints } from "./arrowPoints.js";
import type { MapPointsFile } from "./mapPointsFile.js";
import { mapPointsSelection, type PointCluster, type PointRow } from "./mapPointsTable.js";

/** A piece of a map's points: as many as are in memory at a time. */
export interface MapPointsPieceRequest extends MapPointsFile {
  after: PageStart;
  /** Of the clustering; null if none is given. */
  clusterCount: number | null;
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

/**
 * Reads points until the piece is full, and encodes them. Those of a cluster follow one another, the most probable
 * first: compressed, labels then take next to nothing, and probabilities less.
 */
export async function mapPointsPiece(
  { after, clusterCount, metadata, ...file }: MapPointsPieceRequest,
  dialect: SqlDialect,
  selectRows: SelectRows,
): Promise<MapPointsPiece> {
  const page = (last: PageStart, limit: number) =>
    mapPointsSelection(dialect, file, last as string | null, limit);
  const { rows, next } = await rowsOfPiece(after, page, selectRows);
  const points = rows as PointRow[];
  if (clusterCount !== null) points.sort(byCluster);
  const part = { isFirst: after === null, isLast: next === null };
  const bytes = arrowPoints(points, { clusterCount, origin: file.origin }, metadata, part);
  return { bytes, count: points.length, next };
}

/** Embeddings that were not clustered come first, then outliers. */
function byCluster(a: PointRow, b: PointRow): number {
  const [label, probability] = clusterOf(a);
  const [otherLabel, otherProbability] = clusterOf(b);
  return (label ?? -2) - (otherLabel ?? -2) || (otherProbability ?? 0) - (probability ?? 0);
}

const clusterOf = ([, , , label, probability]: PointRow) =>
  [label, probability] as [PointCluster[0], PointCluster[1]];
