import { mostResultsListed, type RunDeletion } from "../bulkStore.js";
import type { TaskReporter } from "../threads/taskReporter.js";
import { type Connection, writeTransaction } from "./connection.js";

/** So many rows go with one statement: a caller who aborts waits for no more than that. */
const rowsPerStatement = 2000;

/**
 * Removes a run with its invocations, images and embeddings in one transaction, unless a clustering result
 * holds an assignment of one of them. A clustering that finishes later finds its embeddings gone: the
 * foreign keys refuse its rows.
 */
export function deleteRun(connection: Connection, runId: string, reporter: TaskReporter): RunDeletion | null {
  const all = (sql: string) => connection.prepare(sql).all([runId]) as Record<string, string>[];
  const ofRun = `IN (SELECT "id" FROM "Invocation" WHERE "runId" = ?)`;
  const work = () => {
    if (all(`SELECT "id" FROM "Run" WHERE "id" = ?`).length === 0) return null;
    const usedBy = all(`
      SELECT "id" FROM "ClusteringResult" WHERE "id" IN (
        SELECT a."clusteringResultId" FROM "Invocation" i
        JOIN "Embedding" e ON e."invocationId" = i."id"
        JOIN "ClusterAssignment" a ON a."embeddingId" = e."id"
        WHERE i."runId" = ?)
      ORDER BY "createdAt" DESC, "id" DESC LIMIT ${mostResultsListed}`);
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
    /** Of the rows of a table for which `condition` holds, some at a time: `change` must make it hold no more. */
    const each = (change: string, table: string, condition: string) => {
      const some = connection.prepare(`
        ${change} WHERE rowid IN (SELECT rowid FROM "${table}" WHERE ${condition} LIMIT ${rowsPerStatement})`);
      do reporter.heedStop();
      while (some.run([runId]).changes > 0);
    };
    each(`DELETE FROM "Embedding"`, "Embedding", `"invocationId" ${ofRun}`);
    each(`DELETE FROM "OutputImage"`, "OutputImage", `"invocationId" ${ofRun}`);
    // Row by row an input could not go before what it was given to.
    const given = `"runId" = ? AND "inputInvocationId" IS NOT NULL`;
    each(`UPDATE "Invocation" SET "inputInvocationId" = NULL`, "Invocation", given);
    each(`DELETE FROM "Invocation"`, "Invocation", `"runId" = ?`);
    connection.prepare(`DELETE FROM "Run" WHERE "id" = ?`).run([runId]);
    return { usedBy: [] };
  };
  return writeTransaction(connection, work, reporter);
}
