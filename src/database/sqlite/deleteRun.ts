import type { RunDeletion } from "../bulkStore.js";
import { type Connection, writeTransaction } from "./connection.js";

const mostListed = 20;

/**
 * Removes a run with its invocations, images and embeddings in one transaction, unless a clustering result
 * holds an assignment of one of them. A clustering that finishes later finds its embeddings gone: the
 * foreign keys refuse its rows.
 */
export function deleteRun(connection: Connection, runId: string): RunDeletion | null {
  const all = (sql: string) => connection.prepare(sql).all([runId]) as Record<string, string>[];
  const ofRun = `IN (SELECT "id" FROM "Invocation" WHERE "runId" = ?)`;
  return writeTransaction(connection, () => {
    if (all(`SELECT "id" FROM "Run" WHERE "id" = ?`).length === 0) return null;
    const usedBy = all(`
      SELECT "id" FROM "ClusteringResult" WHERE "id" IN (
        SELECT a."clusteringResultId" FROM "Invocation" i
        JOIN "Embedding" e ON e."invocationId" = i."id"
        JOIN "ClusterAssignment" a ON a."embeddingId" = e."id"
        WHERE i."runId" = ?)
      ORDER BY "createdAt" DESC, "id" DESC LIMIT ${mostListed}`);
    if (usedBy.length > 0) return { usedBy: usedBy.map(({ id }) => id) };

    const perModel = connection
      .prepare(`
        SELECT "embeddingModelId", count(*) AS "count" FROM "Embedding" WHERE "invocationId" ${ofRun}
        GROUP BY "embeddingModelId"`)
      .all([runId]) as { embeddingModelId: string; count: number }[];
    const takeFromModel = connection.prepare(
      `UPDATE "EmbeddingModel" SET "embeddingCount" = "embeddingCount" - ? WHERE "id" = ?`,
    );
    for (const { embeddingModelId, count } of perModel) takeFromModel.run([count, embeddingModelId]);
    const run = (sql: string) => connection.prepare(sql).run([runId]);
    run(`DELETE FROM "Embedding" WHERE "invocationId" ${ofRun}`);
    run(`DELETE FROM "OutputImage" WHERE "invocationId" ${ofRun}`);
    // Row by row an input could not go before what it was given to.
    run(`UPDATE "Invocation" SET "inputInvocationId" = NULL WHERE "runId" = ?`);
    run(`DELETE FROM "Invocation" WHERE "runId" = ?`);
    run(`DELETE FROM "Run" WHERE "id" = ?`);
    return { usedBy: [] };
  });
}
