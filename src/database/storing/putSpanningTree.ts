import type { Awaitable } from "../awaitable.js";
import type { TreeOfResult } from "../bulkStore.js";
import type { Parameters, Statement } from "./publication.js";
import { pieceInsert, storedTree, treeInsert, treePieces } from "./spanningTrees.js";

/** The operations that this needs of a database, all in one transaction. */
export interface TreeStore extends Pick<Parameters, "placeholder"> {
  /** Runs a SELECT, and locks the rows that it returns if the database supports that. */
  lockRows<Row>(sql: string, parameters: unknown[]): Awaitable<Row[]>;
  run(sql: string, parameters: unknown[]): Awaitable<unknown>;
}

/**
 * Stores the spanning tree of a published clustering, in the place of the one that it has.
 * @returns false, with nothing written, if there is no such result, or it clustered other embeddings
 */
export async function putSpanningTree(
  { placeholder: at, lockRows, run }: TreeStore,
  { clusteringResultId, inputDigest, bytes }: TreeOfResult,
): Promise<boolean> {
  const [result] = await lockRows<{ spanningTreeId: string | null }>(
    `SELECT "spanningTreeId" FROM "ClusteringResult"
     WHERE "id" = ${at(1)} AND "inputDigest" = ${at(2)} AND "status" = 'SUCCEEDED'`,
    [clusteringResultId, inputDigest],
  );
  if (result === undefined) return false;
  const tree = await storedTree(result.spanningTreeId ?? clusteringResultId, bytes);
  const { id, byteLength, checksum } = tree;
  const insert = ({ sql, parameters }: Statement) => run(sql, parameters);
  if (result.spanningTreeId === null) await insert(treeInsert({ placeholder: at }, tree));
  else {
    await run(
      `UPDATE "SpanningTree" SET "byteLength" = ${at(2)}, "checksum" = ${at(3)} WHERE "id" = ${at(1)}`,
      [id, byteLength, checksum],
    );
    await run(`DELETE FROM "SpanningTreePiece" WHERE "spanningTreeId" = ${at(1)}`, [id]);
  }
  for (const piece of treePieces(bytes)) await insert(pieceInsert({ placeholder: at }, id, piece));
  await run(`UPDATE "ClusteringResult" SET "spanningTreeId" = ${at(1)} WHERE "id" = ${at(2)}`, [
    id,
    clusteringResultId,
  ]);
  return true;
}
