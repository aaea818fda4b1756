import type { SpanningTreeOfRows } from "../../clustering/index.js";
import { SpanningTreeUnreadableError } from "../../database/errors/bulkErrors.js";

/*
 * A stored spanning tree: four unsigned 32-bit numbers (the version of the format, the number of points m and of rows
 * n, and 0), then m − 1 heights and m core distances as float64, then the m − 1 first and second ends of the edges and
 * the n points of the rows as int32. All numbers are little-endian. The weights follow from the points.
 */
const version = 1;
const headerNumbers = 4;
const headerBytes = 4 * headerNumbers;

/** Bytes of a tree: 24 for each point, and 4 for each row. */
const byteLength = (points: number, rows: number): number =>
  headerBytes + 8 * (edgesOf(points) + points) + 4 * (2 * edgesOf(points) + rows);

const edgesOf = (points: number): number => Math.max(0, points - 1);

/** The arrays of a tree in its bytes, and the number of rows of each point yet to be counted. */
function arraysIn(buffer: ArrayBufferLike, points: number, rows: number): SpanningTreeOfRows {
  const edges = edgesOf(points);
  const firstEnds = headerBytes + 8 * (edges + points);
  return {
    heights: new Float64Array(buffer, headerBytes, edges),
    coreDistances: new Float64Array(buffer, headerBytes + 8 * edges, points),
    firstEnds: new Int32Array(buffer, firstEnds, edges),
    secondEnds: new Int32Array(buffer, firstEnds + 4 * edges, edges),
    points: new Int32Array(buffer, firstEnds + 8 * edges, rows),
    weights: new Int32Array(points),
  };
}

export function spanningTreeBytes(tree: SpanningTreeOfRows): Uint8Array<ArrayBuffer> {
  const { length: points } = tree.weights;
  const { length: rows } = tree.points;
  const buffer = new ArrayBuffer(byteLength(points, rows));
  new Uint32Array(buffer, 0, headerNumbers).set([version, points, rows, 0]);
  const { weights: _, ...stored } = arraysIn(buffer, points, rows);
  for (const [name, array] of Object.entries(stored)) array.set(tree[name as keyof typeof stored]);
  return new Uint8Array(buffer);
}

/**
 * The tree in some bytes, whose arrays share their memory, except for the weights.
 *
 * @param id of the stored tree, for the error
 * @throws SpanningTreeUnreadableError if they are not those of a tree in this format
 */
export function spanningTreeOf(id: string, buffer: ArrayBufferLike): SpanningTreeOfRows {
  const unreadable = (what: string) => new SpanningTreeUnreadableError(id, what);
  if (buffer.byteLength < headerBytes) throw unreadable(`has only ${buffer.byteLength} bytes`);
  const [found, points, rows] = new Uint32Array(buffer, 0, headerNumbers);
  if (found !== version) throw unreadable(`has the format ${found}, which this version cannot read`);
  const expected = byteLength(points, rows);
  if (buffer.byteLength !== expected) {
    throw unreadable(`has ${buffer.byteLength} bytes instead of ${expected}`);
  }
  const tree = arraysIn(buffer, points, rows);
  for (const [row, point] of tree.points.entries()) {
    if (!(point >= 0 && point < points)) throw unreadable(`gives row ${row} the point ${point} of ${points}`);
    tree.weights[point]++;
  }
  const { firstEnds, secondEnds, heights } = tree;
  for (const [edge, height] of heights.entries()) {
    const [a, b] = [firstEnds[edge], secondEnds[edge]];
    const joins = a >= 0 && a < points && b >= 0 && b < points;
    if (!joins) throw unreadable(`joins the points ${a} and ${b} of ${points} by its edge ${edge}`);
    // Not a number is not at least anything.
    if (!(height >= (edge === 0 ? 0 : heights[edge - 1]))) {
      throw unreadable(`has the height ${height} at its edge ${edge}, below the one before`);
    }
  }
  return tree;
}
