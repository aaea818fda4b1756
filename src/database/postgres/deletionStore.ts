import type { PoolClient } from "pg";
import type { DeletionStore, RunDeletionStore } from "../deleting/deletionStore.js";
import { addToEmbeddingCounts } from "./embeddingCounts.js";

/** A store that works in the client's current transaction. */
export function postgresDeletionStore(client: PoolClient, ids: string[]): DeletionStore {
  const rows = async <Row>(sql: string) => (await client.query(sql, [ids])).rows as Row[];
  const isGiven = (column: string) => `${column} = ANY($1::uuid[])`;
  const locked = <Row>(table: string, columns: string, condition: string, mode = "") =>
    rows<Row>(
      `SELECT ${columns} FROM "${table}" WHERE ${isGiven(`"id"`)} AND ${condition} ORDER BY "id" FOR UPDATE${mode}`,
    );
  return {
    isGiven,
    // A transaction that adds rows to an object locks its row: it has either ended before, or finds the
    // object deleted. All lock in the order of the ids, so that none waits for another that waits for it.
    lockRows: (table, columns, condition = "true") => locked(table, columns, condition),
    lockUnused: (table, columns, condition) => locked(table, columns, condition, " SKIP LOCKED"),
    rows,
    async changeRows(change, _table, condition) {
      return (await client.query(`${change} WHERE ${condition}`, [ids])).rowCount ?? 0;
    },
  };
}

export function postgresRunDeletionStore(client: PoolClient, runIds: string[]): RunDeletionStore {
  const store = postgresDeletionStore(client, runIds);
  return {
    ...store,
    async deleteEmbeddings(ofRuns) {
      // Counted by the statement that deletes them, because others may be recording embeddings of these
      // invocations.
      const perModel = await store.rows<{ model: string; count: number }>(`
        WITH "removed" AS (DELETE FROM "Embedding" WHERE ${ofRuns} RETURNING "embeddingModelId" AS "model")
        SELECT "model", count(*)::int AS "count" FROM "removed" GROUP BY "model"`);
      return new Map(perModel.map(({ model, count }) => [model, count]));
    },
    addToModels: (counts) => addToEmbeddingCounts(client, counts),
  };
}
