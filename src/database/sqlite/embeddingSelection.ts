import type { EmbeddingSelection } from "../bulkStore.js";

/**
 * The SQL of a selection: a SELECT of rowid and id of its embeddings in canonical order (run id,
 * sequence number, embedding id), and its parameters. Lists travel as JSON, so that no length is refused.
 */
export function selectionQuery(selection: EmbeddingSelection): { sql: string; parameters: unknown[] } {
  const conditions = [`e."embeddingModelId" = ?`];
  const parameters: unknown[] = [selection.embeddingModelId];
  const isOneOf = (column: string, values: string[] | null | undefined) => {
    if (!values) return;
    conditions.push(`${column} IN (SELECT value FROM json_each(?))`);
    parameters.push(JSON.stringify(values));
  };
  isOneOf(`i."runId"`, selection.runIds);
  isOneOf(
    `r."network"`,
    selection.networks?.map((network) => JSON.stringify(network)),
  );
  isOneOf(`r."initialPrompt"`, selection.initialPrompts);
  isOneOf(`i."model"`, selection.models);
  const { min, max } = selection.sequenceNumber ?? {};
  if (min != null) {
    conditions.push(`i."sequenceNumber" >= ?`);
    parameters.push(min);
  }
  if (max != null) {
    conditions.push(`i."sequenceNumber" <= ?`);
    parameters.push(max);
  }
  const matching = `
    SELECT e.rowid AS "rowid", e."id" AS "id", i."runId" AS "runId", i."sequenceNumber" AS "sequenceNumber"
    FROM "Embedding" e
    JOIN "Invocation" i ON i."id" = e."invocationId"
    JOIN "Run" r ON r."id" = i."runId"
    WHERE ${conditions.join(" AND ")}`;
  const inOrder = `"runId", "sequenceNumber", "id"`;
  if (!selection.everyNth || selection.everyNth === 1) {
    return { sql: `SELECT "rowid", "id" FROM (${matching}) ORDER BY ${inOrder}`, parameters };
  }
  parameters.push(selection.everyNth);
  return {
    sql: `
      SELECT "rowid", "id" FROM (
        SELECT *, row_number() OVER (PARTITION BY "runId" ORDER BY "sequenceNumber", "id") AS "place" FROM (${matching})
      ) WHERE ("place" - 1) % ? = 0 ORDER BY ${inOrder}`,
    parameters,
  };
}
