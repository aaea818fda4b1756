import { copyRows, type DistinctSources } from "./distinctPoints.js";
import { memoryBuffer, TILE } from "./kernel/kernel.js";
import type { Metric } from "./metric.js";
import {
  centredLengths,
  type Layout,
  middleRow,
  type QuantisedRows,
  roundRowsAt,
  unfilledRows,
  unitFor,
} from "./quantisedRows.js";
import { sharedArray } from "./sharedArray.js";
import type { Team } from "./team.js";

/** Most rows of a piece: it takes little memory beside a million rows. */
const PIECE = 16_384;

/** Number of rows of a piece of this many. */
export const pieceSize = (rows: number): number => Math.min(PIECE, rows);

/** Space for rows that stay, and for a piece of others after them: row-major, in shared memory. */
export const spaceForPiece = (known: number, others: number, dimensions: number): Float32Array =>
  sharedArray(Float32Array, (known + pieceSize(others)) * dimensions);

/** Number of places of rows that stay, which end with a tile, and of a piece of others after them. */
export const placesWithPiece = (known: number, others: number): number =>
  Math.ceil(known / TILE) * TILE + pieceSize(others);

/**
 * Rows that stay, from place 0 on, and one piece of others after another in the tiles after them: so that not all of
 * the rows are in memory at the same time. The points of the rows that stay are numbered from 0, those of a piece after
 * them.
 */
export interface RowsInPieces {
  /** The rows that stay. */
  known: QuantisedRows;
  /**
   * Replaces the piece.
   *
   * @param numbers of its rows among all distinct rows, in shared memory; at most `pieceSize` of them
   * @returns both parts, with the largest errors of each
   */
  load(numbers: Int32Array): {
    rows: QuantisedRows;
    errors: Pick<QuantisedRows, "mostError" | "mostRelativeError">;
  };
}

/**
 * @param rows `spaceForPiece`, of which the first are filled in
 * @param count number of rows that stay
 * @param layout for `placesWithPiece`
 */
export function rowsInPieces(
  sources: DistinctSources,
  rows: Float32Array,
  count: number,
  metric: Metric,
  layout: Layout,
  team: Team,
): RowsInPieces {
  const { dimensions } = sources;
  const centre = middleRow(rows.subarray(0, count * dimensions), dimensions);
  const length = Math.sqrt(centre.reduce((sum, x) => sum + x * x, 0));
  const points = { rows, dimensions, weight: sharedArray(Int32Array, 0) };
  const unfilled = unfilledRows(points, count, metric, layout, unitFor(sources.longest + length), team);
  const lengths = centredLengths({ rows, dimensions, centre, first: 0 }, count, team);
  const known = { ...unfilled, ...roundRowsAt(unfilled, lengths, { point: 0, place: 0 }, team) };

  const first = Math.ceil(count / TILE) * TILE;
  const end = layout.tiles * TILE;
  const buffer = memoryBuffer(known.memory);
  const limits = new Float32Array(buffer, layout.limits, end);
  const counts = new Int32Array(buffer, layout.counts, end);
  return {
    known,
    load(numbers) {
      copyRows(sources, numbers, rows.subarray(count * dimensions), team);
      known.norms.fill(Infinity, first, end);
      limits.fill(Infinity, first, end);
      counts.fill(0, first, end);
      const own = centredLengths({ rows, dimensions, centre, first: count }, numbers.length, team);
      const both = { ...known, count: first + numbers.length };
      return { rows: both, errors: roundRowsAt(both, own, { point: count, place: first }, team) };
    },
  };
}
