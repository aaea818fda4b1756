import { mostResultsListed, type RunDeletion, type WriteOptions } from "../bulkStore.js";
import type { BulkConnections } from "./connections/bulkConnections.js";
import { isIntegrityViolation } from "./connections/integrityViolation.js";
import { writeTransaction } from "./connections/transaction.js";
import { addToEmbeddingCounts } from "./embeddingCounts.js";

/**
 * Removes a run with its invocations, images and embeddings in one transaction, unless a clustering result
 * holds an assignment of one of them. A clustering that finishes later finds its embeddings gone: the
 * foreign keys refuse its rows. Where such rows, or invocations, come in between, it looks again.
 */
export function deleteRun(
  connections: BulkConnections,
  runId: string,
  { signal }: WriteOptions = {},
): Promise<RunDeletion | null> {
  return writeTransaction(
    connections,
    async (client) => {
      const all = async <Row>(sql: string) => (await client.query(sql, [runId])).rows as Row[];
      const ofRun = `IN (SELECT "id" FROM "Invocation" WHERE "runId" = $1)`;
      // Whoever records invocations of the run holds its row: they are done before, or find it gone.
      if ((await all(`SELECT 1 FROM "Run" WHERE "id" = $1 FOR UPDATE`)).length === 0) return null;
      const usedBy = await all<{ id: string }>(`
        SELECT "id" FROM "ClusteringResult" WHERE "id" IN (
          SELECT a."clusteringResultId" FROM "Invocation" i
          JOIN "Embedding" e ON e."invocationId" = i."id"
          JOIN "ClusterAssignment" a ON a."embeddingId" = e."id"
          WHERE i."runId" = $1)
        ORDER BY "createdAt" DESC, "id" DESC LIMIT ${mostResultsListed}`);
      if (usedBy.length > 0) return { usedBy: usedBy.map(({ id }) => id) };

      const removed = await all<{ id: string; count: number }>(`
        WITH "removed" AS (
          DELETE FROM "Embedding" WHERE "invocationId" ${ofRun} RETURNING "embeddingModelId" AS "id")
        SELECT "id", count(*)::int AS "count" FROM "removed" GROUP BY "id"`);
      await all(`DELETE FROM "OutputImage" WHERE "invocationId" ${ofRun}`);
      await all(`UPDATE "Invocation" SET "inputInvocationId" = NULL WHERE "runId" = $1`);
      await all(`DELETE FROM "Invocation" WHERE "runId" = $1`);
      await all(`DELETE FROM "Run" WHERE "id" = $1`);
      await addToEmbeddingCounts(
        client,
        removed.map(({ id, count }) => [id, -count] as const),
      );
      return { usedBy: [] };
    },
    { signal, isWorthRetrying: isIntegrityViolation },
  );
}
