import type { PoolClient } from "pg";

/**
 * Adds to the models' counts. To be done last in a transaction, as it holds the models' rows: in the order of their
 * ids, so that of two transactions neither waits for a row while the other waits for one of its own.
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
