import type { PoolClient } from "pg";
import type { RunDeletionStore } from "../recording/deleteRun.js";
import { addToEmbeddingCounts } from "./embeddingCounts.js";

/** In the transaction of the client. */
export function postgresRunDeletionStore(client: PoolClient, runId: string): RunDeletionStore {
  const all = async <Row>(sql: string) => (await client.query(sql, [runId])).rows as Row[];
  return {
    id: "$1",
    // Who records invocations of the run holds its row: that is done before, or finds it gone.
    holdRun: async () => (await all(`SELECT 1 FROM "Run" WHERE "id" = $1 FOR UPDATE`)).length > 0,
    rows: all,
    async changeRows(change, _table, condition) {
      await all(`${change} WHERE ${condition}`);
    },
    async deleteEmbeddings(ofRun) {
      // Counted as they are deleted: others may record embeddings of invocations that there are.
      const perModel = await all<{ model: string; count: number }>(`
        WITH "removed" AS (DELETE FROM "Embedding" WHERE ${ofRun} RETURNING "embeddingModelId" AS "model")
        SELECT "model", count(*)::int AS "count" FROM "removed" GROUP BY "model"`);
      return new Map(perModel.map(({ model, count }) => [model, count]));
    },
    addToModels: (counts) => addToEmbeddingCounts(client, counts),
  };
}
