import type { PoolClient } from "pg";
import type { DeletionStore, RunDeletionStore } from "../deleting/deletionStore.js";
import { addToEmbeddingCounts } from "./embeddingCounts.js";

/** A store that works in the client's current transaction. */
export function postgresDeletionStore(client: PoolClient, id: string): DeletionStore {
  const rows = async <Row>(sql: string) => (await client.query(sql, [id])).rows as Row[];
  return {
    id: "$1",
    // A transaction that adds rows to the object locks its row: it has either ended before, or finds the
    // object deleted.
    lockRow: async (table, condition = "true") =>
      (await rows(`SELECT 1 FROM "${table}" WHERE "id" = $1 AND ${condition} FOR UPDATE`)).length > 0,
    rows,
    async changeRows(change, _table, condition) {
      await rows(`${change} WHERE ${condition}`);
    },
  };
}

export function postgresRunDeletionStore(client: PoolClient, runId: string): RunDeletionStore {
  const store = postgresDeletionStore(client, runId);
  return {
    ...store,
    async deleteEmbeddings(ofRun) {
      // Counted by the statement that deletes them, because others may be recording embeddings of these
      // invocations.
      const perModel = await store.rows<{ model: string; count: number }>(`
        WITH "removed" AS (DELETE FROM "Embedding" WHERE ${ofRun} RETURNING "embeddingModelId" AS "model")
        SELECT "model", count(*)::int AS "count" FROM "removed" GROUP BY "model"`);
      return new Map(perModel.map(({ model, count }) => [model, count]));
    },
    addToModels: (counts) => addToEmbeddingCounts(client, counts),
  };
}
