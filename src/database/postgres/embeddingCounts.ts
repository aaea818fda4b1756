import type { PoolClient } from "pg";

/**
 * Adds to the models' numbers of embeddings. Must be the last step of a transaction, because it locks the
 * models' rows until the end. They are locked in the order of their ids, so that two transactions cannot
 * deadlock.
 * @param changes by id of the model
 */
export async function addToEmbeddingCounts(
  client: PoolClient,
  changes: Iterable<readonly [id: string, change: number]>,
): Promise<void> {
  for (const [id, change] of [...changes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    await client.query(
      `UPDATE "EmbeddingModel" SET "embeddingCount" = "embeddingCount" + $2 WHERE "id" = $1`,
      [id, change],
    );
  }
}
