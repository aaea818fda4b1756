import { canonicalOrder } from "../../database/embeddings/embeddingSelection.js";
import type { SelectRows } from "../../database/rowSelection.js";
import type { SqlDialect } from "../../database/sqlDialect.js";
import { spanningTreeOf } from "../../jobs/clustering/spanningTreeBytes.js";
import type { LoadedTree } from "./loadedTree.js";

/**
 * The tree's point of each distinct vector of a result with a reduction, by the number that assignments and clusters
 * store. Without a reduction both numbers are the same. The rows of a tree are in canonical order, in which all embeddings
 * of the result are read.
 * @returns null if there are not as many as the tree has rows: the result was deleted meanwhile
 */
export async function pointsOfResult(
  { clusteringResultId, tree }: { clusteringResultId: string; tree: LoadedTree },
  dialect: SqlDialect,
  selectRows: SelectRows,
): Promise<Int32Array | null> {
  const sql = `
    SELECT "point" FROM (
      SELECT "row"."point", invocation."runId", invocation."sequenceNumber", embedding."id"
      FROM "ClusterAssignment" AS "row"
      JOIN "Embedding" embedding ON embedding."id" = "row"."embeddingId"
      JOIN "Invocation" invocation ON invocation."id" = embedding."invocationId"
      WHERE "row"."clusteringResultId" = ${dialect.placeholder(1)}
    ) AS "participant" ORDER BY ${canonicalOrder}`;
  const rows = await selectRows({ sql, parameters: [clusteringResultId], types: ["int4"] });
  const { points } = spanningTreeOf(tree.id, tree.bytes);
  if (rows.length !== points.length) return null;
  let vectors = 0;
  for (const [number] of rows) vectors = Math.max(vectors, (number as number) + 1);
  const pointOf = new Int32Array(vectors);
  for (const [row, [number]] of rows.entries()) pointOf[number as number] = points[row];
  return pointOf;
}
