import { SpanningTreeUnreadableError } from "../../database/errors/bulkErrors.js";
import type { SelectRows } from "../../database/rowSelection.js";
import type { SqlDialect } from "../../database/sqlDialect.js";
import { readSpanningTree } from "../../database/storing/spanningTrees.js";
import { spanningTreeOf } from "../../jobs/clustering/spanningTreeBytes.js";

/** A stored spanning tree in memory that threads share. */
export interface LoadedTree {
  id: string;
  /** As spanningTreeBytes.ts describes them. */
  bytes: SharedArrayBuffer;
  /** Number of rows. */
  rows: number;
  /** Number of distinct points. */
  points: number;
}

/**
 * Reads and checks a stored spanning tree.
 * @returns null if no tree has the id
 * @throws SpanningTreeUnreadableError if it is damaged
 */
export async function loadTree(
  id: string,
  dialect: SqlDialect,
  selectRows: SelectRows,
): Promise<LoadedTree | null> {
  const read = () => readSpanningTree(selectRows, dialect, id);
  const stored = await read().catch((error: unknown) => {
    // Its pieces are read one by one: those that were not there may have been deleted just now, with the whole tree.
    if (error instanceof SpanningTreeUnreadableError) return read();
    throw error;
  });
  if (stored === null) return null;
  const { points, weights } = spanningTreeOf(id, stored);
  const bytes = new SharedArrayBuffer(stored.byteLength);
  new Uint8Array(bytes).set(new Uint8Array(stored));
  return { id, bytes, rows: points.length, points: weights.length };
}
